//! Comparisons of what servers report at two moments.

use super::*;
use crate::server::{Counts, ServerFacts};

const SHARE: Share = Share { db: Some(0), is_of_all: false, added: 0, has_vanished: true };

/// What a server reports.
#[derive(Clone)]
struct Moment {
    role: &'static str,
    link: &'static str,
    histories: [&'static str; 2],
    expired: u64,
    processed: u64,
    keys: Vec<(u16, u64)>,
    calls: Option<Vec<(&'static str, u64)>>,
}

impl Moment {
    /// A master with 20 000 keys in database 0, and 500 in database 3.
    fn start() -> Self {
        Self {
            role: "master",
            link: "up",
            histories: ["a", "0"],
            expired: 10,
            processed: 1000,
            keys: vec![(0, 20_000), (3, 500)],
            calls: Some(vec![("get", 1), ("flushall", 4), ("flushdb", 4), ("swapdb", 4)]),
        }
    }

    fn replica(history: &'static str) -> Self {
        Self { role: "slave", histories: [history, "0"], ..Self::start() }
    }

    fn with_keys(keys: &[(u16, u64)]) -> Self {
        Self { keys: keys.to_vec(), ..Self::start() }
    }

    fn called(self, command: &'static str, more: u64) -> Self {
        let mut calls = self.calls.clone().unwrap_or_default();
        let before = calls.iter().find(|(name, _)| *name == command).map_or(0, |(_, count)| *count);
        calls.retain(|(name, _)| *name != command);
        calls.push((command, before + more));
        Self { calls: Some(calls), ..self }
    }

    fn hidden(self) -> Self {
        Self { calls: None, ..self }
    }

    fn snapshot(&self) -> Snapshot {
        let Self { role, link, histories: [history, second], expired, processed, .. } = self;
        let keys: Vec<String> =
            self.keys.iter().map(|(db, keys)| format!("db{db}:keys={keys},expires=0\r\n")).collect();
        let keys = keys.concat();
        let info = format!(
            "redis_version:7.0.15\r\nrun_id:1\r\nrole:{role}\r\nmaster_link_status:{link}\r\nmaster_replid:{history}\r\n\
             master_replid2:{second}\r\nexpired_keys:{expired}\r\ntotal_commands_processed:{processed}\r\n# Keyspace\r\n{keys}"
        );
        let line = |(name, calls): &(&str, u64)| format!("cmdstat_{name}:calls={calls},usec=1,failed_calls=0\r\n");
        let commands: String = self.calls.iter().flatten().map(line).collect();
        let facts = ServerFacts::parse("h:1".to_owned(), &info).expect("it has a version");
        Snapshot { facts, counts: Counts::parse(&info, &commands) }
    }

    /// The same as a node of a cluster.
    fn at(&self, address: &str) -> Snapshot {
        let Snapshot { facts, counts } = self.snapshot();
        Snapshot { facts: ServerFacts { address: address.to_owned(), ..facts }, counts }
    }
}

fn found(before: &Moment, now: &Moment, share: Share) -> (Vec<String>, Vec<String>) {
    let Findings { evidence, suspicions } = compare(&[before.snapshot()], &[now.snapshot()], &[share]);
    (evidence, suspicions)
}

#[track_caller]
fn nothing(before: &Moment, now: &Moment) {
    assert_eq!(found(before, now, SHARE), (Vec::new(), Vec::new()));
}

#[track_caller]
fn evidence(before: &Moment, now: &Moment, expected: &str) {
    let (evidence, suspicions) = found(before, now, SHARE);
    assert!(evidence.len() == 1 && evidence[0].contains(expected), "{evidence:?}, {suspicions:?}");
    assert_eq!(suspicions, Vec::<String>::new());
}

#[track_caller]
fn suspicion(before: &Moment, now: &Moment, expected: &str) {
    let (evidence, suspicions) = found(before, now, SHARE);
    assert!(suspicions.len() == 1 && suspicions[0].contains(expected), "{evidence:?}, {suspicions:?}");
    assert_eq!(evidence, Vec::<String>::new());
}

#[test]
fn a_full_sync_with_another_master_is_evidence() {
    let expected =
        "its data came from another master (its role was master and is replica, its master_replid was a and is b)";
    evidence(&Moment::start(), &Moment::replica("b"), expected);
    evidence(&Moment::replica("a"), &Moment::replica("b"), "its role was replica and is replica");
    let promoted_since = Moment { histories: ["c", "b"], ..Moment::start() };
    evidence(&Moment::start(), &promoted_since, "its role was master and is master");
    evidence(&Moment::replica("a"), &promoted_since, "its role was replica and is master");
    // A replica that had no data has some of them now.
    let empty = Moment { keys: Vec::new(), link: "down", ..Moment::replica("a") };
    evidence(&empty, &Moment::replica("b"), "its data came from another master");
}

#[test]
fn a_continued_history_is_no_evidence() {
    nothing(&Moment::replica("a"), &Moment { histories: ["b", "a"], ..Moment::start() });
    nothing(&Moment::replica("a"), &Moment { histories: ["b", "a"], ..Moment::replica("b") });
    nothing(&Moment::start(), &Moment { histories: ["b", "a"], ..Moment::replica("b") });
    // The first replica was attached.
    nothing(&Moment::start(), &Moment { histories: ["b", "0"], ..Moment::start() });
}

#[test]
fn a_role_that_changed_without_a_sync_is_a_suspicion() {
    suspicion(&Moment::start(), &Moment { link: "down", ..Moment::replica("a") }, "its role was master and is replica");
    suspicion(&Moment::replica("a"), &Moment { link: "down", ..Moment::replica("a") }, "not connected to its master");
    let hidden = |moment: Moment| Moment { histories: ["", ""], ..moment };
    suspicion(&hidden(Moment::start()), &hidden(Moment::replica("")), "its role was master and is replica");
    suspicion(&Moment::replica("a"), &Moment { histories: ["b", "0"], ..Moment::start() }, "its role was replica");
}

#[test]
fn flushall_is_evidence_unless_there_was_nothing_to_lose() {
    evidence(&Moment::start(), &Moment::start().called("flushall", 1), "`FLUSHALL` was called");
    let empty = Moment::with_keys(&[(3, 500)]);
    nothing(&empty, &Moment::with_keys(&[]).called("flushall", 1));
    let added = Share { added: 5, ..SHARE };
    assert_eq!(found(&empty, &empty.clone().called("flushall", 1), added).0, ["`FLUSHALL` was called"]);
}

#[test]
fn flushdb_is_evidence_if_the_keys_of_the_job_are_gone() {
    let flushed = |keys: &[(u16, u64)]| Moment::with_keys(keys).called("flushdb", 1);
    let expected = "`FLUSHDB` was called, and 30 of 20000 keys remain";
    evidence(&Moment::start(), &flushed(&[(0, 30), (3, 500)]), expected);
    // Another database is empty.
    nothing(&Moment::start(), &flushed(&[(0, 20_000)]));
    nothing(&Moment::start(), &flushed(&[(0, 20_010), (3, 2)]));
    suspicion(&Moment::start(), &flushed(&[(0, 20_000), (3, 500)]), "`FLUSHDB` was called in one of its databases");
    suspicion(&Moment::start(), &flushed(&[(0, 19_000)]), "`FLUSHDB` was called in one of its databases");
    let expired = Moment { expired: 19_980, ..flushed(&[(0, 30), (3, 500)]) };
    suspicion(&Moment::start(), &expired, "`FLUSHDB` was called in one of its databases");
}

#[test]
fn a_job_of_all_databases_is_concerned_by_each_flush() {
    let all = Share { db: None, is_of_all: true, ..SHARE };
    let (evidence, _) = found(&Moment::start(), &Moment::with_keys(&[(0, 20_000)]).called("flushdb", 1), all);
    assert_eq!(evidence, ["`FLUSHDB` was called, and 20000 of 20500 keys remain"]);
    let (evidence, _) = found(&Moment::start(), &Moment::start().called("swapdb", 1), all);
    assert_eq!(evidence, ["`SWAPDB` was called"]);
}

#[test]
fn each_of_several_databases_is_compared_by_itself() {
    let shares = |added| [Share { added, ..SHARE }, Share { db: Some(3), ..SHARE }];
    let of_two = |now: Moment, added| {
        let Findings { evidence, suspicions } =
            compare(&[Moment::start().snapshot()], &[now.snapshot()], &shares(added));
        (evidence, suspicions)
    };
    let none = || (Vec::<String>::new(), Vec::<String>::new());
    let flushed = of_two(Moment::with_keys(&[(0, 20_000)]).called("flushdb", 1), 0);
    let expected = "`FLUSHDB` was called, and 0 of 500 keys of database 3 remain".to_owned();
    assert_eq!(flushed, (vec![expected], Vec::new()));
    let flushed = of_two(Moment::with_keys(&[(0, 20_000), (3, 500)]).called("flushall", 1), 0);
    assert_eq!(flushed, (vec!["`FLUSHALL` was called".to_owned()], Vec::new()));
    let before = Moment { keys: vec![(0, 20_000), (3, 500), (7, 40)], ..Moment::start() };
    let elsewhere = Moment::with_keys(&[(0, 26_000), (3, 500)]).called("flushdb", 1);
    let Findings { evidence, suspicions } = compare(&[before.snapshot()], &[elsewhere.snapshot()], &shares(6000));
    assert_eq!((evidence, suspicions), none());
    let swapped = of_two(Moment::with_keys(&[(0, 26_000), (4, 500)]).called("swapdb", 1), 6000);
    assert_eq!(swapped.0, ["`SWAPDB` was called"]);
    let elsewhere = Moment::with_keys(&[(0, 26_000), (3, 500), (8, 40)]).called("swapdb", 1);
    let Findings { evidence, .. } = compare(&[before.snapshot()], &[elsewhere.snapshot()], &shares(6000));
    assert_eq!(evidence, Vec::<String>::new());
}

#[test]
fn swapdb_is_evidence_unless_it_was_for_other_databases() {
    let swapped = |keys: &[(u16, u64)]| Moment::with_keys(keys).called("swapdb", 1);
    evidence(&Moment::start(), &swapped(&[(3, 20_000), (0, 500)]), "`SWAPDB` was called");
    suspicion(
        &Moment::start(),
        &swapped(&[(0, 20_000), (4, 500)]),
        "`SWAPDB` was called, probably for other databases",
    );
    evidence(&Moment::start(), &Moment::start().called("swapdb", 2), "`SWAPDB` was called");
    // Of the 6000 keys that the job added, 300 are in the other database.
    let (before, share) = (Moment::with_keys(&[]), Share { added: 6000, ..SHARE });
    assert_eq!(found(&before, &swapped(&[(0, 5700), (1, 300)]), share).0, ["`SWAPDB` was called"]);
    assert_eq!(found(&before, &swapped(&[(0, 6000)]), share).0, Vec::<String>::new());
}

#[test]
fn keys_that_expire_in_bulk_are_no_evidence() {
    let expired = Moment { expired: 18_010, ..Moment::with_keys(&[(0, 2000), (3, 500)]) };
    nothing(&Moment::start(), &expired);
    nothing(&Moment::start().hidden(), &expired.hidden());
    // A replica receives a command for each.
    nothing(&Moment::replica("a"), &Moment { keys: vec![(0, 2000)], ..Moment::replica("a") }.called("unlink", 18_000));
}

#[test]
fn keys_that_are_gone_without_a_reason_are_evidence_only_if_commands_are_hidden() {
    let left = Moment::with_keys(&[(0, 2000), (3, 500)]);
    let expected = "2000 of 20000 keys remain, and the others neither expired nor were evicted";
    suspicion(&Moment::start(), &left, expected);
    evidence(&Moment::start().hidden(), &left.clone().hidden(), expected);
    nothing(&Moment::start(), &Moment::with_keys(&[(0, 15_000), (3, 500)]));
    let unseen = Share { has_vanished: false, ..SHARE };
    assert_eq!(found(&Moment::start().hidden(), &left.clone().hidden(), unseen).0, Vec::<String>::new());
    // The reset is why nothing is known to have expired.
    let reset = Moment { expired: 0, processed: 50, ..left.hidden() };
    suspicion(&Moment::start().hidden(), &reset, expected);
}

#[test]
fn a_reset_of_the_statistics_is_no_evidence() {
    let reset = Moment { expired: 0, processed: 5, calls: Some(vec![("config|resetstat", 1)]), ..Moment::start() };
    nothing(&Moment::start(), &reset);
    evidence(&Moment::start(), &reset.called("flushall", 1), "`FLUSHALL` was called");
}

#[test]
fn each_node_of_a_cluster_is_compared_with_itself() {
    let keys = |keys| Moment::with_keys(&[(0, keys)]);
    let before = [keys(10_000).at("h:1"), keys(10_000).at("h:2"), keys(10_000).at("h:3")];
    let of_nodes = |now: &[Snapshot]| {
        let Findings { evidence, suspicions } = compare(&before, now, &[SHARE]);
        (evidence, suspicions)
    };
    let flushed = |command| [keys(10_000).at("h:1"), keys(0).called(command, 1).at("h:2"), keys(10_000).at("h:3")];
    assert_eq!(of_nodes(&flushed("flushall")).0, ["`FLUSHALL` was called (node `h:2`)"]);
    let expected = "`FLUSHDB` was called (node `h:2`), and 20000 of 30000 keys remain";
    assert_eq!(of_nodes(&flushed("flushdb")).0, [expected]);
    // A node has left with its counts, another has joined with its own, and slots have moved.
    let resharded = [keys(14_000).at("h:1"), keys(15_000).at("h:2"), keys(1000).called("flushall", 9).at("h:4")];
    assert_eq!(of_nodes(&resharded), (Vec::new(), Vec::new()));
    let demoted = [keys(10_000).at("h:1"), keys(10_000).at("h:2"), Moment::replica("x").at("h:3")];
    let replaced = "its data came from another master (its role was master and is replica, its master_replid was a and is x) \
                    (node `h:3`)";
    assert_eq!(of_nodes(&demoted).0, [replaced]);
}
