//! Data like that of a shop: the same for the same seed, except for the times at which keys expire.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{Client, Pipeline, Random, Reply, words};

/// Commands in one pipeline.
const BATCH: usize = 2000;
const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

/// A mixed set of keys.
#[derive(Clone, Copy)]
pub struct Dataset {
    keys: u64,
    seed: u64,
}

impl Dataset {
    /// So many keys of all types. A third of them expire in hours to weeks.
    pub fn mixed(keys: u64) -> Self {
        Self { keys, seed: 7 }
    }

    /// Another set of the same kind.
    pub fn seeded(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Writes it into the database that the connection has selected. Fields expire if the server supports that.
    pub fn fill(self, client: &mut Client) {
        let field_expiry = client.run(words!["COMMAND", "INFO", "HPEXPIRE"]).array() != [Reply::Nil];
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that is set").as_millis();
        let mut writer = Writer {
            random: Random::new(self.seed),
            pipeline: Pipeline::new(),
            now: u64::try_from(now).expect("the time fits into 64 bits"),
            field_expiry,
        };
        for number in 0..self.keys {
            writer.key(number);
            if writer.pipeline.len() >= BATCH {
                client.run_all(&std::mem::take(&mut writer.pipeline));
            }
        }
        client.run_all(&writer.pipeline);
    }
}

struct Writer {
    random: Random,
    pipeline: Pipeline,
    now: u64,
    field_expiry: bool,
}

impl Writer {
    /// Writes one key. The first hundred numbers have every shape.
    fn key(&mut self, number: u64) {
        let key = match number % 100 {
            0..35 => self.session(number),
            35..50 => self.cache(number),
            50..58 => self.counter(number),
            58..73 => self.user(number),
            73..80 => self.queue(number),
            80..86 => self.tags(number),
            86..91 => self.leaderboard(number),
            91..95 => self.events(number),
            95 => self.visitors(number),
            96 => self.places(number),
            97 => self.bits(number),
            98 => self.binary(number),
            _ => self.empty(number),
        };
        if self.random.chance(33) {
            let at = self.now + HOUR + self.random.below(30 * DAY);
            self.add(words!["PEXPIREAT", key, at]);
        }
    }

    fn session(&mut self, number: u64) -> Vec<u8> {
        let key = format!("session:{number:x}").into_bytes();
        let cart: Vec<String> = (0..self.random.below(9)).map(|_| self.text()).collect();
        let session = serde_json::json!({ "id": number, "user": self.text(), "cart": cart });
        self.add(words!["SET", key, session.to_string()]);
        key
    }

    fn cache(&mut self, number: u64) -> Vec<u8> {
        let key = format!("cache:{}:{number}", self.random.below(10)).into_bytes();
        let length = *self.random.pick(&[16, 64, 200, 1000, 4000]);
        let value = self.random.bytes(length);
        self.add(words!["SET", key, value]);
        key
    }

    fn counter(&mut self, number: u64) -> Vec<u8> {
        let key = format!("counter:{number}").into_bytes();
        let value = i64::try_from(self.random.below(1_000_000_000_000)).expect("it is small") - 1_000_000_000;
        self.add(words!["SET", key, value]);
        key
    }

    /// A listpack. One in fifteen is a hash table because of many fields, one in fifteen because of a long value. In one of
    /// three, every third field expires.
    fn user(&mut self, number: u64) -> Vec<u8> {
        let key = format!("user:{number}").into_bytes();
        let fields = if number % 100 == 58 { 600 } else { *self.random.pick(&[1, 3, 5, 8, 12]) };
        let mut command = words!["HSET", key].to_vec();
        for field in 0..fields {
            command.extend(words![format!("f{field}"), self.text()]);
        }
        if number % 100 == 59 {
            command.extend(words!["photo", self.random.bytes(3000)]);
        }
        self.add(command);
        if self.field_expiry && number.is_multiple_of(3) {
            // Each field expires at its own time. The only field of a hash expires, too.
            for field in (0..fields).step_by(3) {
                let at = self.now + HOUR + self.random.below(DAY);
                self.add(words!["HPEXPIREAT", key, at, "FIELDS", 1, format!("f{field}")]);
            }
        }
        key
    }

    fn queue(&mut self, number: u64) -> Vec<u8> {
        let key = format!("queue:{number}").into_bytes();
        let length = if number % 100 == 73 { 800 } else { *self.random.pick(&[1, 5, 10, 20]) };
        let mut command = words!["RPUSH", key].to_vec();
        command.extend((0..length).map(|_| self.text().into_bytes()));
        self.add(command);
        key
    }

    /// Numbers, a few words, many words: three encodings.
    fn tags(&mut self, number: u64) -> Vec<u8> {
        let key = format!("tags:{number}").into_bytes();
        let mut command = words!["SADD", key].to_vec();
        match number % 3 {
            0 => command.extend((0..=self.random.below(60)).map(|_| words![self.random.below(1_000_000)][0].clone())),
            1 => command.extend((0..=self.random.below(60)).map(|_| self.text().into_bytes())),
            _ => command.extend((0..300).map(|member| format!("tag {member} {}", self.text()).into_bytes())),
        }
        self.add(command);
        key
    }

    fn leaderboard(&mut self, number: u64) -> Vec<u8> {
        let key = format!("leaderboard:{number}").into_bytes();
        let members = *self.random.pick(&[1, 3, 20, 100, 200]);
        let mut command = words!["ZADD", key].to_vec();
        for member in 0..members {
            let score = match self.random.below(20) {
                0 => "inf".to_owned(),
                1 => "-inf".to_owned(),
                2 => "-0".to_owned(),
                3..10 => self.random.below(100).to_string(),
                // Any finite number, with a text of any length.
                _ => format!("{:?}", f64::from_bits(self.random.next() & !(1 << 62))),
            };
            command.extend(words![score, format!("p{member}")]);
        }
        self.add(command);
        key
    }

    /// Entries, some of them deleted; groups with pending entries, and one without a consumer.
    fn events(&mut self, number: u64) -> Vec<u8> {
        let key = format!("events:{number}").into_bytes();
        let entries = 1 + self.random.below(15);
        for entry in 0..entries {
            let id = format!("{}-{entry}", self.now - 1000 + entry);
            let kind = self.text();
            self.add(words!["XADD", key, id, "kind", kind, "n", entry]);
        }
        if self.random.chance(30) {
            self.add(words!["XDEL", key, format!("{}-0", self.now - 1000)]);
        }
        if self.random.chance(60) {
            self.add(words!["XGROUP", "CREATE", key, "workers", "0"]);
            self.add(words!["XGROUP", "CREATE", key, "idle", "$"]);
            for (consumer, count) in [("c1", 3), ("c2", 2)] {
                self.add(words!["XREADGROUP", "GROUP", "workers", consumer, "COUNT", count, "STREAMS", key, ">"]);
            }
            self.add(words!["XACK", key, "workers", format!("{}-1", self.now - 999)]);
        }
        key
    }

    fn visitors(&mut self, number: u64) -> Vec<u8> {
        let key = format!("visitors:{number}").into_bytes();
        let mut command = words!["PFADD", key].to_vec();
        command.extend((0..20).map(|_| self.text().into_bytes()));
        self.add(command);
        key
    }

    fn places(&mut self, number: u64) -> Vec<u8> {
        let key = format!("places:{number}").into_bytes();
        let mut command = words!["GEOADD", key].to_vec();
        for place in 0..5 {
            let (east, north) = (self.random.below(179), self.random.below(85));
            command.extend(words![format!("{east}.5"), format!("-{north}.25"), format!("m{place}")]);
        }
        self.add(command);
        key
    }

    fn bits(&mut self, number: u64) -> Vec<u8> {
        let key = format!("bits:{number}").into_bytes();
        let at = self.random.below(5000);
        self.add(words!["SETBIT", key, at, 1]);
        key
    }

    fn binary(&mut self, number: u64) -> Vec<u8> {
        let mut key = b"bin:\xff\xfe\x00 \"\r\n".to_vec();
        key.extend_from_slice(&number.to_be_bytes());
        let value = self.random.bytes(50);
        self.add(words!["SET", key, value]);
        key
    }

    fn empty(&mut self, number: u64) -> Vec<u8> {
        let key = format!("empty:{number}").into_bytes();
        self.add(words!["SET", key, ""]);
        key
    }

    /// A few words.
    fn text(&mut self) -> String {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789 ";
        let length = 4 + self.random.below(37);
        (0..length).map(|_| char::from(*self.random.pick(LETTERS))).collect()
    }

    fn add(&mut self, command: impl AsRef<[Vec<u8>]>) {
        self.pipeline.add(command);
    }
}
