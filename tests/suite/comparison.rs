//! The comparison that other tests rely on must be able to fail: these tests show it for each kind of difference.

use crate::support::{
    Client, Dataset, Kind, Pipeline, Reading, Server, assert_same, assert_same_within, differences, words,
};

const FAR: i64 = 4_102_444_800_000;

/// Runs commands in one database and other commands in a second one, and returns the difference of both.
#[track_caller]
fn difference(kind: Kind, ours: &[&[&str]], theirs: &[&[&str]]) -> String {
    let server = Server::start(kind);
    let reading = |db, commands: &[&[&str]]| {
        let mut client = server.db(db);
        for command in commands {
            client.run(command.iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>());
        }
        Reading::of(&mut client)
    };
    let (ours, theirs) = (reading(0, ours), reading(1, theirs));
    let mut found = differences(&ours, &theirs, 0);
    assert!(found.len() == 1, "expected one difference, found {found:?}");
    found.remove(0)
}

#[test]
fn a_missing_key_is_seen() {
    assert_eq!(difference(Kind::Redis70, &[&["SET", "k", "v"]], &[]), r#""k": a string, is only in the source"#);
}

#[test]
fn an_added_key_is_seen() {
    assert_eq!(difference(Kind::Redis70, &[], &[&["SET", "k", "v"]]), r#""k": a string, is only in the destination"#);
}

#[test]
fn another_type_is_seen() {
    let seen = difference(Kind::Redis70, &[&["SET", "k", "v"]], &[&["RPUSH", "k", "v"]]);
    assert_eq!(seen, r#""k": a string ≠ a list"#);
}

#[test]
fn another_string_is_seen() {
    let seen = difference(Kind::Redis70, &[&["SET", "k", "1"]], &[&["SET", "k", "1 "]]);
    assert_eq!(seen, r#""k": "1" ≠ "1 ""#);
}

#[test]
fn another_order_in_a_list_is_seen() {
    let seen = difference(Kind::Redis70, &[&["RPUSH", "k", "a", "b"]], &[&["RPUSH", "k", "b", "a"]]);
    assert_eq!(seen, r#""k": element 0: "a" ≠ "b""#);
}

#[test]
fn a_list_that_is_longer_is_seen() {
    let seen = difference(Kind::Redis70, &[&["RPUSH", "k", "a"]], &[&["RPUSH", "k", "a", "b"]]);
    assert_eq!(seen, r#""k": 1 elements ≠ 2"#);
}

#[test]
fn another_member_of_a_set_is_seen() {
    let seen = difference(Kind::Redis70, &[&["SADD", "k", "a"]], &[&["SADD", "k", "a", "b"]]);
    assert_eq!(seen, r#""k": only one set has the member "b""#);
}

#[test]
fn another_value_of_a_field_is_seen() {
    let seen = difference(Kind::Redis70, &[&["HSET", "k", "f", "1"]], &[&["HSET", "k", "f", "2"]]);
    assert_eq!(seen, r#""k": field "f": "1" ≠ "2""#);
}

#[test]
fn a_missing_field_is_seen() {
    let seen = difference(Kind::Redis70, &[&["HSET", "k", "f", "1", "g", "2"]], &[&["HSET", "k", "f", "1"]]);
    assert_eq!(seen, r#""k": field "g": "2" ≠ nothing"#);
}

#[test]
fn another_expiry_of_a_field_is_seen_where_fields_can_expire() {
    let far = FAR.to_string();
    let later = (FAR + 1).to_string();
    for kind in [Kind::Redis82, Kind::Valkey91] {
        let seen = difference(
            kind,
            &[&["HSET", "k", "f", "1"], &["HPEXPIREAT", "k", &far, "FIELDS", "1", "f"]],
            &[&["HSET", "k", "f", "1"], &["HPEXPIREAT", "k", &later, "FIELDS", "1", "f"]],
        );
        assert_eq!(seen, format!(r#""k": field "f": "1" that expires at {far} ≠ "1" that expires at {later}"#));
    }
}

#[test]
fn a_score_that_is_off_by_the_last_bit_is_seen() {
    for kind in Kind::ALL {
        let seen = difference(
            kind,
            &[&["ZADD", "k", "0.3", "m", "inf", "n"]],
            &[&["ZADD", "k", "0.30000000000000004", "m", "inf", "n"]],
        );
        assert_eq!(seen, r#""k": member "m": 0.3 ≠ 0.30000000000000004"#);
    }
}

#[test]
fn the_sign_of_infinity_is_seen() {
    let seen = difference(Kind::Redis70, &[&["ZADD", "k", "inf", "m"]], &[&["ZADD", "k", "-inf", "m"]]);
    assert_eq!(seen, r#""k": member "m": inf ≠ -inf"#);
}

#[test]
fn an_expiry_that_is_off_by_a_millisecond_is_seen_on_every_server() {
    let (far, later) = (FAR.to_string(), (FAR + 1).to_string());
    for kind in Kind::ALL {
        let seen = difference(
            kind,
            &[&["SET", "k", "v"], &["PEXPIREAT", "k", &far]],
            &[&["SET", "k", "v"], &["PEXPIREAT", "k", &later]],
        );
        assert_eq!(seen, format!(r#""k": expires at Some({FAR}) ≠ Some({})"#, FAR + 1), "{kind:?}");
    }
}

#[test]
fn a_missing_expiry_is_seen() {
    let seen =
        difference(Kind::Redis70, &[&["SET", "k", "v"], &["PEXPIREAT", "k", &FAR.to_string()]], &[&["SET", "k", "v"]]);
    assert_eq!(seen, format!(r#""k": expires at Some({FAR}) ≠ None"#));
}

/// A stream with entries and a group. Each of the tests below makes one change.
const STREAM: [&[&str]; 3] = [
    &["XADD", "k", "1-1", "field", "value"],
    &["XADD", "k", "2-1", "field", "value"],
    &["XGROUP", "CREATE", "k", "workers", "1-1"],
];

#[track_caller]
fn stream_difference(further: &[&[&str]]) -> String {
    difference(Kind::Redis70, &STREAM, &[&STREAM, further].concat())
}

#[test]
fn a_changed_entry_of_a_stream_is_seen() {
    let theirs: [&[&str]; 3] = [STREAM[0], &["XADD", "k", "2-1", "field", "other"], STREAM[2]];
    let seen = difference(Kind::Redis70, &STREAM, &theirs);
    assert_eq!(seen, r#""k": entries [1] [1] [1] "value" ≠ "other""#);
}

#[test]
fn the_last_id_of_a_stream_is_seen() {
    let seen = stream_difference(&[&["XSETID", "k", "3-1"]]);
    assert_eq!(seen, r#""k": last-generated-id "2-1" ≠ "3-1""#);
}

#[test]
fn a_deleted_entry_of_a_stream_leaves_a_trace_that_is_seen() {
    let seen = stream_difference(&[&["XADD", "k", "3-1", "a", "b"], &["XDEL", "k", "3-1"], &["XSETID", "k", "3-1"]]);
    assert_eq!(seen, r#""k": entries-added 2 ≠ 3"#);
}

#[test]
fn a_missing_group_is_seen() {
    let seen = stream_difference(&[&["XGROUP", "CREATE", "k", "more", "$"]]);
    assert!(seen.starts_with(r#""k": groups [{"#), "{seen}");
}

#[test]
fn the_last_delivered_id_of_a_group_is_seen() {
    let seen = stream_difference(&[&["XGROUP", "SETID", "k", "workers", "2-1"]]);
    assert!(seen.contains(r#"last-delivered-id "1-1" ≠ "2-1""#), "{seen}");
}

#[test]
fn a_consumer_is_seen() {
    let seen = stream_difference(&[&["XGROUP", "CREATECONSUMER", "k", "workers", "c"]]);
    assert!(seen.starts_with(r#""k": groups [0] consumers [] ≠"#), "{seen}");
}

#[test]
fn the_delivery_count_of_a_pending_entry_is_seen() {
    let claim = |count| {
        let command = ["XCLAIM", "k", "workers", "c", "0", "2-1", "TIME", "1000", "RETRYCOUNT", count, "FORCE"];
        command.map(str::to_owned)
    };
    let server = Server::start(Kind::Redis70);
    let mut client = server.client();
    for command in STREAM {
        client.run(command.iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>());
    }
    let mut reading = |count| {
        client.run(claim(count).map(String::into_bytes));
        Reading::of(&mut client)
    };
    let found = differences(&reading("1"), &reading("2"), 0);
    assert!(found[0].contains("groups [0] consumers [0]"), "{found:?}");
}

#[test]
fn a_module_type_is_compared_by_its_payload() {
    // No server of the tests has this module. The reading of such a type is its payload without the footer.
    let (one, two) = (payload(b"a"), payload(b"b"));
    assert_eq!(differences(&one, &two, 0), [r#""k": payloads of ReJSON-RL differ"#]);
    assert!(differences(&one, &one, 0).is_empty());
}

fn payload(bytes: &[u8]) -> Reading {
    use crate::support::{KeyReading, Value};
    let value = Value::Other("ReJSON-RL".to_owned(), bytes.to_vec());
    Reading([(b"k".to_vec(), KeyReading { expires_at: None, value })].into())
}

#[test]
#[should_panic(expected = "1 of 1 keys differ")]
fn databases_that_differ_fail_the_test() {
    assert_same(&payload(b"a"), &payload(b"b"));
}

/// Moves everything by hand with `DUMP` and `RESTORE`, because this tests no program.
fn carry(from: &mut Client, to: &mut Client) {
    let reading = Reading::of(from);
    let mut pipeline = Pipeline::new();
    for key in reading.0.keys() {
        pipeline.add(words!["DUMP", key]);
    }
    let payloads = from.run_all(&pipeline);
    let mut pipeline = Pipeline::new();
    for ((key, entry), payload) in reading.0.iter().zip(payloads) {
        pipeline.add(words!["RESTORE", key, entry.expires_at.unwrap_or(0), payload.bytes(), "ABSTTL"]);
    }
    to.run_all(&pipeline);
}

#[test]
fn databases_that_hold_the_same_are_the_same_on_every_pair_of_servers() {
    for (from, to) in [
        (Kind::Redis62, Kind::Redis62),
        (Kind::Redis62, Kind::Redis70),
        (Kind::Redis62, Kind::Valkey91),
        (Kind::Redis70, Kind::Redis82),
        (Kind::Redis82, Kind::Redis82),
        (Kind::Valkey91, Kind::Valkey91),
    ] {
        let (source, destination) = (Server::start(from), Server::start(to));
        let (mut source, mut destination) = (source.client(), destination.client());
        Dataset::mixed(1000).fill(&mut source);
        carry(&mut source, &mut destination);
        let (ours, theirs) = (Reading::of(&mut source), Reading::of(&mut destination));
        assert_eq!(ours.0.len(), 1000);
        assert_same(&ours, &theirs);
        assert_same_within(&ours, &theirs, 1);
    }
}
