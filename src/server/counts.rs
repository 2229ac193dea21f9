//! What a server counts: a comparison of two moments shows what happened to its data in between.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ServerFacts;
use super::info::field;

/// Commands that usually remove one key.
const REMOVING: [&str; 3] = ["del", "unlink", "getdel"];

/// A server at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub facts: ServerFacts,
    pub counts: Counts,
}

/// The keys of each database that has some; `None` if a server does not report them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyCounts(pub Option<BTreeMap<u16, u64>>);

impl KeyCounts {
    /// Of all servers of one endpoint together.
    pub fn of(servers: &[Snapshot]) -> Self {
        let mut sums = BTreeMap::new();
        for server in servers {
            let Some(keys) = &server.counts.keys.0 else { return Self(None) };
            for (db, count) in keys {
                *sums.entry(*db).or_default() += count;
            }
        }
        Self(Some(sums))
    }

    /// The keys of one database or of all.
    pub fn in_database(&self, db: Option<u16>) -> Option<u64> {
        let keys = self.0.as_ref()?;
        Some(db.map_or_else(|| keys.values().sum(), |db| keys.get(&db).copied().unwrap_or(0)))
    }
}

/// What a server counted until one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub keys: KeyCounts,
    expired: u64,
    evicted: u64,
    processed: u64,
    /// Successful calls of each command; `None` if the server does not report them.
    calls: Option<BTreeMap<String, u64>>,
    /// The statistics of `CONFIG RESETSTAT` (since Redis 7.0); empty if it was not called.
    resets: String,
}

/// What happened between two moments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// The counters were reset: those below may be too low.
    pub is_reset: bool,
    /// Keys that expired or were evicted, in any database.
    pub expired_or_evicted: u64,
    /// Whether the server reports which commands it called. If not, the counts below are 0.
    pub knows_commands: bool,
    pub flushall: u64,
    pub flushdb: u64,
    pub swapdb: u64,
    /// Calls of commands that remove keys. A replica receives one for each key that expires.
    pub removals: u64,
}

impl Happened {
    /// What happened at all servers of one endpoint.
    pub fn at_all(each: impl Iterator<Item = Self>) -> Self {
        let both = |one: Self, other: Self| Self {
            is_reset: one.is_reset || other.is_reset,
            expired_or_evicted: one.expired_or_evicted + other.expired_or_evicted,
            knows_commands: one.knows_commands && other.knows_commands,
            flushall: one.flushall + other.flushall,
            flushdb: one.flushdb + other.flushdb,
            swapdb: one.swapdb + other.swapdb,
            removals: one.removals + other.removals,
        };
        each.reduce(both).unwrap_or_default()
    }
}

impl Counts {
    /// Parses the replies to `INFO` and `INFO commandstats`.
    pub fn parse(info: &str, commands: &str) -> Self {
        let number = |name: &str| field(info, name).and_then(|value| value.parse().ok()).unwrap_or(0);
        let calls: BTreeMap<String, u64> = commands.lines().filter_map(calls).collect();
        Self {
            keys: KeyCounts(info.contains("# Keyspace").then(|| info.lines().filter_map(database).collect())),
            expired: number("expired_keys"),
            evicted: number("evicted_keys"),
            processed: number("total_commands_processed"),
            calls: (!calls.is_empty()).then(|| calls.into_iter().filter(|(name, _)| is_compared(name)).collect()),
            resets: field(commands, "cmdstat_config|resetstat").unwrap_or_default().to_owned(),
        }
    }

    /// What happened since `earlier`. A counter that is lower than before was reset: it counts from then on.
    pub fn since(&self, earlier: &Self) -> Happened {
        let counters = |counts: &Self| [counts.expired, counts.evicted, counts.processed];
        let is_lower = counters(self).iter().zip(counters(earlier)).any(|(now, before)| *now < before);
        let more = |now: u64, before: u64| now.checked_sub(before).unwrap_or(now);
        let called = |name: &str| more(self.calls_of(name), earlier.calls_of(name));
        Happened {
            is_reset: is_lower || self.resets != earlier.resets,
            expired_or_evicted: more(self.expired, earlier.expired) + more(self.evicted, earlier.evicted),
            knows_commands: self.calls.is_some() && earlier.calls.is_some(),
            flushall: called("flushall"),
            flushdb: called("flushdb"),
            swapdb: called("swapdb"),
            removals: REMOVING.iter().map(|name| called(name)).sum(),
        }
    }

    fn calls_of(&self, command: &str) -> u64 {
        self.calls.as_ref().and_then(|calls| calls.get(command).copied()).unwrap_or(0)
    }
}

/// Whether it matters how often a command was called.
fn is_compared(command: &str) -> bool {
    REMOVING.contains(&command) || ["flushall", "flushdb", "swapdb"].contains(&command)
}

/// A line such as `cmdstat_del:calls=3,usec=6,usec_per_call=2.00,rejected_calls=0,failed_calls=1`.
fn calls(line: &str) -> Option<(String, u64)> {
    let (command, fields) = line.strip_prefix("cmdstat_")?.split_once(':')?;
    let number = |name: &str| fields.split(',').find_map(|field| field.strip_prefix(name)?.trim().parse::<u64>().ok());
    Some((command.to_ascii_lowercase(), number("calls=")?.saturating_sub(number("failed_calls=").unwrap_or(0))))
}

/// A line such as `db0:keys=3,expires=0,avg_ttl=0`.
fn database(line: &str) -> Option<(u16, u64)> {
    let (db, fields) = line.strip_prefix("db")?.split_once(":keys=")?;
    Some((db.parse().ok()?, fields.split(',').next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(expired: u64, processed: u64, commands: &str) -> Counts {
        let info = format!(
            "expired_keys:{expired}\r\nevicted_keys:1\r\ntotal_commands_processed:{processed}\r\n# Keyspace\r\n\
             db0:keys=5,expires=0,avg_ttl=0\r\ndb11:keys=2,expires=0,avg_ttl=0,subexpiry=0\r\n"
        );
        Counts::parse(&info, commands)
    }

    fn called(command: &str, calls: u64, failed: u64) -> String {
        format!("cmdstat_{command}:calls={calls},usec=6,usec_per_call=2.00,rejected_calls=1,failed_calls={failed}\r\n")
    }

    #[test]
    fn keys_are_counted_in_each_database() {
        let counts = counts(0, 0, "");
        assert_eq!([Some(0), Some(1), None].map(|db| counts.keys.in_database(db)), [Some(5), Some(0), Some(7)]);
        assert_eq!(Counts::parse("redis_version:7.0.0\r\n", "").keys.in_database(None), None);
    }

    #[test]
    fn only_calls_that_succeeded_count() {
        let before = counts(3, 10, &called("flushall", 2, 1));
        let now = counts(7, 20, &(called("flushall", 4, 2) + &called("del", 3, 0) + &called("unlink", 1, 0)));
        let happened =
            Happened { expired_or_evicted: 4, knows_commands: true, flushall: 1, removals: 4, ..Happened::default() };
        assert_eq!(now.since(&before), happened);
        assert_eq!(before.since(&before), Happened { knows_commands: true, ..Happened::default() });
    }

    #[test]
    fn a_reset_is_noticed_and_no_call() {
        let before = counts(3, 10, &called("flushdb", 2, 0));
        let now = counts(1, 4, &called("config|resetstat", 1, 0));
        let happened = Happened { is_reset: true, expired_or_evicted: 1, knows_commands: true, ..Happened::default() };
        assert_eq!(now.since(&before), happened);
        // After many more commands, only the statistics of the reset itself tell.
        let (before, now) = (counts(0, 10, &called("get", 1, 0)), counts(0, 90, &called("config|resetstat", 1, 0)));
        assert!(now.since(&before).is_reset);
    }

    #[test]
    fn hidden_statistics_are_unknown() {
        assert!(!counts(0, 0, "").since(&counts(0, 0, "")).knows_commands);
    }
}
