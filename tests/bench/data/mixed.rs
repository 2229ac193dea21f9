//! A mixed set in the proportions of a shop. Published figures are for this set.
//!
//! It is not the data set of the tests. That one has every shape, this one has the usual proportions: sessions, caches,
//! counters, users, queues, tags, leaderboards, event streams, and one percent for each rarer kind. A third of the keys
//! expire in an hour to a month.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::server::Server;
use crate::support::{Pipeline, Random, words};

/// Commands in one pipeline.
const BATCH: usize = 2000;
/// Texts that values are made of.
const TEXTS: usize = 2000;
const HOUR: u64 = 3_600_000;
const MONTH: u64 = 30 * 24 * HOUR;

/// Fills a server with that many keys.
pub fn mixed(server: &Server, keys: u64) {
    let mut client = server.client();
    let mut maker = Maker::new();
    for number in 0..keys {
        maker.key(number);
        if maker.pipeline.len() >= BATCH {
            client.run_all(&std::mem::take(&mut maker.pipeline));
        }
    }
    client.run_all(&maker.pipeline);
}

struct Maker {
    random: Random,
    texts: Vec<String>,
    pipeline: Pipeline,
    now: u64,
}

impl Maker {
    fn new() -> Self {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789 ";
        let mut random = Random::new(7);
        let mut text = || {
            let length = random.below(37) + 4;
            (0..length).map(|_| char::from(*random.pick(LETTERS))).collect()
        };
        let texts = (0..TEXTS).map(|_| text()).collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that is set").as_millis();
        let now = u64::try_from(now).expect("the time fits into 64 bits");
        Self { random, texts, pipeline: Pipeline::new(), now }
    }

    /// Adds the commands that write one key.
    fn key(&mut self, number: u64) {
        let key = match self.random.below(100) {
            0..35 => self.session(number),
            35..50 => self.cache(number),
            50..58 => self.counter(number),
            58..73 => self.user(number),
            73..81 => self.queue(number),
            81..86 => self.tags(number),
            86..92 => self.leaderboard(number),
            92..95 => self.events(number),
            _ => self.rarer(number),
        };
        if self.random.chance(33) {
            let at = self.now + HOUR + self.random.below(MONTH - HOUR);
            self.add(words!["PEXPIREAT", key, at]);
        }
    }

    fn session(&mut self, number: u64) -> Vec<u8> {
        let cart: Vec<String> = (0..self.random.below(9)).map(|_| self.text()).collect();
        let session = serde_json::json!({ "id": number, "user": self.text(), "cart": cart }).to_string();
        self.set(format!("session:{number:x}"), session)
    }

    fn cache(&mut self, number: u64) -> Vec<u8> {
        let name = format!("cache:{}:{number}", self.random.below(10));
        let length = *self.random.pick(&[16, 64, 200, 1000, 4000]);
        let value = self.random.bytes(length);
        self.set(name, value)
    }

    fn counter(&mut self, number: u64) -> Vec<u8> {
        let value = self.random.below(1_000_000_000_000);
        self.set(format!("counter:{number}"), value.to_string())
    }

    /// Mostly a handful of fields. One in a hundred has so many that it is a hash table.
    fn user(&mut self, number: u64) -> Vec<u8> {
        let fields = *self.random.pick(&[3, 5, 6, 8, 12]);
        let fields = if self.random.chance(1) { 200 } else { fields };
        let pairs = (0..fields).flat_map(|field| [format!("f{field}"), self.text()]).collect();
        self.collection("HSET", format!("user:{number}"), pairs)
    }

    fn queue(&mut self, number: u64) -> Vec<u8> {
        let length = *self.random.pick(&[1, 5, 10, 20]);
        let length = if self.random.chance(2) { 300 } else { length };
        let jobs = (0..length).map(|_| self.text()).collect();
        self.collection("RPUSH", format!("queue:{number}"), jobs)
    }

    /// Numbers or words, half and half: two encodings.
    fn tags(&mut self, number: u64) -> Vec<u8> {
        let numbers = self.random.chance(50);
        let length = self.random.below(60) + 1;
        let tag = |_| if numbers { self.random.below(1_000_000).to_string() } else { self.text() };
        let tags = (0..length).map(tag).collect();
        self.collection("SADD", format!("tags:{number}"), tags)
    }

    /// Scores with fractions, whole ones, and equal ones.
    fn leaderboard(&mut self, number: u64) -> Vec<u8> {
        let players = *self.random.pick(&[3, 20, 100, 200]);
        let pairs = (0..players).flat_map(|player| [self.score(), format!("p{player}")]).collect();
        self.collection("ZADD", format!("leaderboard:{number}"), pairs)
    }

    fn score(&mut self) -> String {
        match self.random.below(3) {
            0 => format!("{}.{:013}", self.random.below(1000), self.random.below(10_000_000_000_000)),
            1 => self.random.below(100).to_string(),
            _ => "1.5".to_owned(),
        }
    }

    /// A few entries. Half of the streams have a group with a consumer that has not acknowledged them.
    fn events(&mut self, number: u64) -> Vec<u8> {
        let key = format!("events:{number}").into_bytes();
        for entry in 0..=self.random.below(15) {
            let id = format!("{}-{entry}", self.now - 1000 + entry);
            let kind = self.text();
            self.add(words!["XADD", key, id, "k", kind, "n", entry]);
        }
        if self.random.chance(50) {
            self.add(words!["XGROUP", "CREATE", key, "workers", "0"]);
            self.add(words!["XREADGROUP", "GROUP", "workers", "c1", "COUNT", 3, "STREAMS", key, ">"]);
        }
        key
    }

    /// Five kinds, a hundredth each.
    fn rarer(&mut self, number: u64) -> Vec<u8> {
        match self.random.below(5) {
            0 => {
                let seen = (0..20).map(|_| self.text()).collect();
                self.collection("PFADD", format!("hll:{number}"), seen)
            }
            1 => self.places(number),
            2 => {
                let key = format!("bits:{number}").into_bytes();
                let at = self.random.below(5000);
                self.add(words!["SETBIT", key, at, 1]);
                key
            }
            3 => {
                let key = [b"bin:\xff\xfe\x00".as_slice(), &number.to_be_bytes(), b"\r\n"].concat();
                let value = self.random.bytes(50);
                self.set(key, value)
            }
            _ => self.set(format!("empty:{number}"), ""),
        }
    }

    fn places(&mut self, number: u64) -> Vec<u8> {
        let place = |place| {
            let (east, north) = (self.random.below(358), self.random.below(170));
            let degrees =
                |whole: u64, middle: u64| format!("{}{}.5", if whole < middle { "-" } else { "" }, whole % middle);
            [degrees(east, 179), degrees(north, 85), format!("m{place}")]
        };
        let places = (0..5).flat_map(place).collect();
        self.collection("GEOADD", format!("geo:{number}"), places)
    }

    fn set(&mut self, key: impl Into<Vec<u8>>, value: impl AsRef<[u8]>) -> Vec<u8> {
        let key = key.into();
        self.add(words!["SET", key, value.as_ref()]);
        key
    }

    fn collection(&mut self, command: &str, key: String, elements: Vec<String>) -> Vec<u8> {
        let key = key.into_bytes();
        let mut words = words![command, key].to_vec();
        words.extend(elements.into_iter().map(String::into_bytes));
        self.add(words);
        key
    }

    fn text(&mut self) -> String {
        self.random.pick(&self.texts).clone()
    }

    fn add(&mut self, command: impl AsRef<[Vec<u8>]>) {
        self.pipeline.add(command);
    }
}
