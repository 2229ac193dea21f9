//! From each of the four servers to each of them: what the destination supports arrives, and the rest is logged.

use std::collections::BTreeSet;

use redis_keys_migrator::payload::{Comparison, compare};

use crate::readme::expect_generated;
use crate::support::{
    CAREFUL, Client, Dataset, KeyReading, Kind, Pipeline, Ran, Reading, Reply, Scene, Server, Value, assert_same,
    differences, shown, words,
};

const KEYS: u64 = 2000;
/// A server before 7.0 reports only the remaining time. Its sum with the clock may be off by so many milliseconds.
const BY_CLOCK: u64 = 50;
/// The start of the message about a hash with field expiries, if the destination does not support them.
const FIELDS_EXPIRE: &str = r#"said="the hash has fields that expire, which the destination does not support "#;

#[test]
fn what_the_destination_supports_arrives_between_all_servers_and_the_rest_is_logged() {
    let four = Four::filled(|client| Dataset::mixed(KEYS).fill(client));
    let mut table = "| from | to | passed | re-stamped | translated | failed |\n|---|---|---|---|---|---|\n".to_owned();
    for from in Kind::ALL {
        let before = four.server(from).reading();
        for pair in Kind::ALL.map(|to| Pair { from, to }) {
            let (held, refused) = pair.divided(&before);
            let (code, failed) = match refused.len() {
                0 => (0, String::new()),
                count => (1, format!(", failed {count}")),
            };
            let ran = four.run(pair, "").exits(code).outcomes("all", &format!("copied {}{failed}", held.0.len()));
            let counts = pair.counted(&ran, held.0.len());
            pair.assert_arrived(&held, &four);
            pair.assert_same_values(&held, &four);
            pair.assert_logged(&refused, &four.scene.error_log());
            let cells = counts.map(|count| count.to_string()).join(" | ");
            table.extend(["| ", &pair.named(), " | ", &cells, " | ", &refused.len().to_string(), " |\n"]);
        }
        assert_same(&before, &four.server(from).reading());
    }
    expect_generated("pairs", &table);
}

#[test]
fn hashes_with_field_expiries_arrive_without_them_if_the_job_allows_it() {
    let four = Four::filled(|client| Dataset::mixed(KEYS).fill(client));
    for from in [Kind::Redis82, Kind::Valkey91] {
        let mut expected = four.server(from).reading();
        expected.0.values_mut().for_each(drop_field_expiry);
        for pair in [Kind::Redis62, Kind::Redis70].map(|to| Pair { from, to }) {
            let drop = "on_unsupported = \"drop-field-ttl\"";
            let ran = four.run(pair, drop).exits(0).outcomes("all", &format!("copied {KEYS}"));
            let copied = pair.counted(&ran, expected.0.len());
            pair.assert_arrived(&expected, &four);
            let replace = format!("{drop}\non_existing = \"replace\"");
            let ran = four.run(pair, &replace).exits(0).outcomes("all", &format!("replaced {KEYS}"));
            let replaced = pair.counted(&ran, expected.0.len());
            assert_eq!(copied, replaced, "{pair:?}");
            pair.assert_arrived(&expected, &four);
        }
    }
}

/// At some lengths, Redis and Valkey end an item with a different number of bytes. A server that expects the other
/// number misreads the next item.
#[test]
fn items_whose_length_servers_write_differently_arrive_between_all_servers() {
    /// Together with the five bytes of its header, this length is the largest one in two bytes of seven bits.
    const ON_BORDER: usize = (1 << 14) - 1 - 5;
    let four = Four::filled(|client| {
        for length in ON_BORDER - 1..=ON_BORDER + 1 {
            let item = vec![b'x'; length];
            client.run(words!["RPUSH", format!("list:{length}"), "before", item, "after"]);
            client.run(words!["XADD", format!("stream:{length}"), "1-1", "before", item, "after", "x"]);
            client.run(words!["XADD", format!("stream:{length}"), "2-1", item, "before", "x", "after"]);
        }
    });
    for from in Kind::ALL {
        let before = four.server(from).reading();
        for pair in Kind::ALL.map(|to| Pair { from, to }) {
            let ran = four.run(pair, "").exits(0).outcomes("all", "copied 6");
            let [_, _, translated] = pair.counted(&ran, 6);
            let differ = (from == Kind::Valkey91) != (pair.to == Kind::Valkey91);
            assert!(!differ || translated > 0, "{pair:?}: no value was translated");
            pair.assert_arrived(&before, &four);
        }
    }
}

#[test]
fn renamed_keys_arrive_under_their_new_names_between_all_servers() {
    const RENAME: &str = "rename.add_prefix = \"new:\"";
    let four = Four::filled(|client| Dataset::mixed(KEYS).fill(client));
    for from in Kind::ALL {
        let before = four.server(from).reading();
        for pair in Kind::ALL.map(|to| Pair { from, to }) {
            let (held, refused) = pair.divided(&before);
            let failed = if refused.is_empty() { String::new() } else { format!(", failed {}", refused.len()) };
            let code = i32::from(!refused.is_empty());
            four.run(pair, RENAME).exits(code).outcomes("all", &format!("copied {}{failed}", held.0.len()));
            let renamed = held.0.into_iter().map(|(key, entry)| ([b"new:", &*key].concat(), entry));
            pair.assert_arrived(&Reading(renamed.collect()), &four);
            let log = four.scene.error_log();
            for key in refused {
                let names = format!(" key={} destination_key={} ", shown(&key), shown(&[b"new:", &*key].concat()));
                assert!(log.contains(&names), "{pair:?}: no{names}in {log}");
            }
        }
    }
}

/// A source and a destination.
#[derive(Clone, Copy, Debug)]
struct Pair {
    from: Kind,
    to: Kind,
}

impl Pair {
    /// The pair's database of the destination.
    fn db(self) -> u16 {
        1 + self.from as u16
    }

    /// The names of source and destination, as cells of the table.
    fn named(self) -> String {
        let name = |kind| match kind {
            Kind::Redis62 => "Redis 6.2",
            Kind::Redis70 => "Redis 7.0",
            Kind::Redis82 => "Redis 8.2",
            Kind::Valkey91 => "Valkey 9.1",
        };
        format!("{} | {}", name(self.from), name(self.to))
    }

    /// The entries of a source that the destination supports, and the keys of those that it does not.
    fn divided(self, source: &Reading) -> (Reading, BTreeSet<Vec<u8>>) {
        let supports_field_expiry = matches!(self.to, Kind::Redis82 | Kind::Valkey91);
        let can_hold = |entry: &KeyReading| supports_field_expiry || !has_field_expiry(entry);
        let (held, refused): (Vec<_>, Vec<_>) = source.0.clone().into_iter().partition(|(_, entry)| can_hold(entry));
        assert_eq!(
            refused.is_empty(),
            supports_field_expiry || matches!(self.from, Kind::Redis62 | Kind::Redis70),
            "{self:?}: {} keys are not supported",
            refused.len()
        );
        (Reading(held.into_iter().collect()), refused.into_iter().map(|(key, _)| key).collect())
    }

    /// How many payloads were passed, re-stamped and translated. Their sum is the number of written keys.
    fn counted(self, ran: &Ran, written: usize) -> [u64; 3] {
        let payloads = &ran.job("all")["payloads"];
        let count = |name: &str| payloads[name].as_u64().unwrap_or_else(|| panic!("no `{name}` in {payloads}"));
        let counts = ["passed", "restamped", "translated"].map(count);
        assert_eq!(counts.iter().sum::<u64>(), written as u64, "{self:?}: {payloads}");
        counts
    }

    /// Fails unless the destination holds this and nothing else.
    fn assert_arrived(self, expected: &Reading, four: &Four) {
        let arrived = Reading::of(&mut four.server(self.to).db(self.db()));
        let by_clock = [self.from, self.to].contains(&Kind::Redis62);
        let differences = differences(expected, &arrived, if by_clock { BY_CLOCK } else { 0 });
        assert!(differences.is_empty(), "{self:?}: {} keys differ:\n{}", differences.len(), differences.join("\n"));
    }

    /// Fails unless the payloads of source and destination are compared as the same values.
    fn assert_same_values(self, held: &Reading, four: &Four) {
        let dumps = |mut client: Client| {
            let mut pipeline = Pipeline::new();
            held.0.keys().for_each(|key| pipeline.add(words!["DUMP", key]));
            client.run_all(&pipeline).into_iter().map(Reply::bytes)
        };
        let (before, after) = (dumps(four.server(self.from).client()), dumps(four.server(self.to).db(self.db())));
        for ((key, before), after) in held.0.keys().zip(before).zip(after) {
            assert_eq!(compare(&before, &after), Comparison::Equal, "{self:?}: {}", shown(key));
        }
    }

    /// Fails unless the error log has a line with the reason for each of these keys, and no other line.
    fn assert_logged(self, refused: &BTreeSet<Vec<u8>>, log: &str) {
        assert_eq!(log.lines().count(), refused.len(), "{self:?}:\n{log}");
        for key in refused {
            let start = format!(" key={} type=hash side=destination ", shown(key));
            let is_logged = log.lines().any(|line| line.contains(&start) && line.contains(FIELDS_EXPIRE));
            assert!(is_logged, "{self:?}: no line of the log gives the reason why {} failed:\n{log}", shown(key));
        }
    }
}

/// A server of each kind, with the same data in database 0.
struct Four {
    /// Redis 6.2 and 7.0.
    scene: Scene,
    /// Redis 8.2 and Valkey.
    younger: [Server; 2],
}

impl Four {
    /// The servers check payloads to the last byte, because a translated payload must not only look valid.
    fn filled(fill: impl Fn(&mut Client)) -> Self {
        let start = |kind| Server::with(kind, &CAREFUL);
        let scene = Scene::of(start(Kind::Redis62), start(Kind::Redis70));
        let four = Self { scene, younger: [start(Kind::Redis82), start(Kind::Valkey91)] };
        for kind in Kind::ALL {
            fill(&mut four.server(kind).client());
        }
        four
    }

    fn server(&self, kind: Kind) -> &Server {
        match kind {
            Kind::Redis62 => &self.scene.source,
            Kind::Redis70 => &self.scene.destination,
            Kind::Redis82 => &self.younger[0],
            Kind::Valkey91 => &self.younger[1],
        }
    }

    /// Runs a job with these further lines from database 0 of the source into the pair's database of the destination.
    fn run(&self, pair: Pair, lines: &str) -> Ran {
        let [from, to] = [pair.from, pair.to].map(|kind| self.server(kind).port());
        let job = format!(
            "[[job]]\nname = \"all\"\nsleep = \"0s\"\n\
             source = {{ host = \"127.0.0.1\", port = {from} }}\n\
             destination = {{ host = \"127.0.0.1\", port = {to}, db = {} }}\n{lines}\n",
            pair.db()
        );
        self.scene.file("job.toml", &job).run(&["run", "job.toml", "--report", "report.json"])
    }
}

/// Whether it is a hash with a field that expires.
pub fn has_field_expiry(entry: &KeyReading) -> bool {
    matches!(&entry.value, Value::Hash(fields) if fields.values().any(|(_, expires_at)| expires_at.is_some()))
}

fn drop_field_expiry(entry: &mut KeyReading) {
    if let Value::Hash(fields) = &mut entry.value {
        for (_, expires_at) in fields.values_mut() {
            *expires_at = None;
        }
    }
}
