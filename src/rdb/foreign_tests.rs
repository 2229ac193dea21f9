//! Files of servers that write records of their own, and what follows a file.

use std::io::{self, Read};

use super::tests::{file, keys, read, read_in_pieces};
use super::{ForeignKind, NotCarried, RdbError, RdbFault, Reader, Record, Unreadable, Value};

fn aux(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).unwrap();
    [&[0xfa, length(name)], name.as_bytes(), &[length(value)], value.as_bytes()].concat()
}

fn dragonfly(records: &[u8]) -> Vec<u8> {
    file(b"REDIS0009", &[&aux("redis-ver", "7.4.0"), &aux("df-ver", "df-v1.30.0"), records].concat())
}

/// Name, type, and why there is no payload.
type Found = (String, String, Option<Unreadable>);

fn found(bytes: &[u8]) -> Vec<Found> {
    let found = keys(bytes).into_iter().map(|key| {
        let why = if let Value::Unreadable(why) = key.value { Some(why) } else { None };
        (String::from_utf8_lossy(key.key.as_bytes()).into_owned(), key.type_name.into_owned(), why)
    });
    found.collect()
}

fn unreadable(key: &str, type_name: &str, why: Unreadable) -> Found {
    (key.to_owned(), type_name.to_owned(), Some(why))
}

fn readable(key: &str, type_name: &str) -> Found {
    (key.to_owned(), type_name.to_owned(), None)
}

#[test]
fn types_that_only_dragonfly_reads_fail_alone() {
    let bloom_filter = [&[33, 1, b'b', 0][..], &[0; 16], &[1, 2, 3, 1, 4, 2, b'x', b'y']].concat();
    let top_k = [&[36, 1, b't', 0, 1, 2, 3][..], &[0; 8], &[1, 1, b'i', 9, 4, 0, 0, 0, 0]].concat();
    let records = [
        &b"\x1e\x01j\x07{\"a\":1}\x14\x01o\x02{}\x1f\x01h\x01\x01f\x01v\xc0\x64\x20\x01s\x01\x01m\x03100"[..],
        &bloom_filter,
        &top_k,
        b"\0\x01z\x011",
    ];
    let foreign = |key, type_name, kind| unreadable(key, type_name, Unreadable::Foreign(kind));
    let expected = [
        foreign("j", "ReJSON-RL", ForeignKind::DragonflyJson),
        foreign("o", "ReJSON-RL", ForeignKind::DragonflyJson),
        foreign("h", "hash", ForeignKind::DragonflyHash),
        foreign("s", "set", ForeignKind::DragonflySet),
        foreign("b", "MBbloom--", ForeignKind::DragonflyBloomFilter),
        foreign("t", "TopK-TYPE", ForeignKind::DragonflyTopK),
        readable("z", "string"),
    ];
    assert_eq!(found(&dragonfly(&records.concat())), expected);
}

#[test]
fn dragonfly_writes_newer_types_of_redis_with_version_9() {
    let listpack = [12, 12, 0, 0, 0, 2, 0, 0x81, b'a', 2, 1, 1, 0xff];
    let records = [&[16, 1, b'h'][..], &listpack, &[17, 1, b'z'], &listpack, &[18, 1, b'l', 1, 2], &listpack].concat();
    let expected = [readable("h", "hash"), readable("z", "zset"), readable("l", "list")];
    assert_eq!(found(&dragonfly(&records)), expected);
    // The same bytes without the name of Dragonfly.
    let error = read(&file(b"REDIS0009", &records)).unwrap_err();
    assert!(matches!(error.fault, RdbFault::NewerRecord { byte: 16, since: 10, version: 9, .. }), "{error}");
}

#[test]
fn properties_of_keys_that_only_dragonfly_has_are_reported() {
    let records = [&[0xdc, 1, 0, 0, 0, 0, 1, b'a', 1, b'v'][..], &[0xdc, 3, 0, 0, 0, 9, 9, 9, 9, 0, 1, b'b', 1, b'v']];
    let bytes = dragonfly(&records.concat());
    assert_eq!(found(&bytes), [readable("a", "string"), readable("b", "string")]);
    let reported = read(&bytes).unwrap();
    let reported = reported.iter().filter(|it| **it == Record::NotCarried(NotCarried::DragonflyProperties));
    assert_eq!(reported.count(), 2);
}

#[test]
fn records_of_dragonfly_whose_end_is_unknown_name_it() {
    let fault = |byte| read(&dragonfly(&[byte, 1, b'k', 0])).unwrap_err().to_string();
    for byte in [34, 35, 37, 222] {
        let expected =
            format!("a record begins with the byte {byte}, and only Dragonfly knows where such a record ends");
        assert!(fault(byte).starts_with(&expected), "{}", fault(byte));
    }
    for byte in [201, 202] {
        assert!(fault(byte).contains("`SAVE RDB`"), "{}", fault(byte));
    }
    assert!(fault(150).contains("the byte 150, which is not known"));
}

#[test]
fn a_key_of_keydb_whose_members_expire_fails_alone() {
    let member = [aux("keydb-subexpire-key", "m"), aux("keydb-subexpire-when", "1900000000000")].concat();
    let records = [
        &aux("mvcc-tstamp", "1"),
        &b"\x02\x01s\x02\x01m\x01n"[..],
        &member,
        &member,
        &aux("mvcc-tstamp", "2"),
        b"\0\x01a\x011\x02\x01t\x01\x01m",
        &member,
    ];
    let expected = [
        unreadable("s", "set", Unreadable::MemberExpiry),
        readable("a", "string"),
        unreadable("t", "set", Unreadable::MemberExpiry),
    ];
    let bytes = file(b"REDIS0009", &records.concat());
    assert_eq!(found(&bytes), expected);
    let whole = read(&bytes).unwrap();
    for piece in [1, 2, 7] {
        assert_eq!(read_in_pieces(&bytes, piece).unwrap(), whole, "in pieces of {piece}");
    }
}

#[test]
fn a_key_is_returned_before_the_error_of_what_follows_it() {
    for after in [&[][..], &[0xfa], &[0xfa, 5, b'k'], &[0xfa, 0xc9], &[200]] {
        let bytes = [b"REDIS0009\0\x01a\x011", after].concat();
        let mut records = Reader::new(&bytes[..]).skip(1);
        assert!(matches!(records.next(), Some(Ok(Record::Key(_)))), "{after:?}");
        assert!(matches!(records.next(), Some(Err(_))), "{after:?}");
        assert!(records.next().is_none());
    }
}

#[test]
fn a_cron_job_of_keydb_fails_alone() {
    let cron = [&b"\x40\x01c\x03GET"[..], &[1; 16], b"\x01\x01k\x02\x01x\x01y"].concat();
    let found = |magic| found(&file(magic, &[&cron[..], b"\0\x01z\x011"].concat()));
    let expected = [unreadable("c", "cron", Unreadable::Foreign(ForeignKind::KeyDbCron)), readable("z", "string")];
    assert_eq!(found(b"REDIS0009"), expected);
    let error = read(&file(b"REDIS0010", &cron)).unwrap_err();
    assert!(matches!(error.fault, RdbFault::UnknownRecord(64)), "{error}");
}

#[test]
fn a_path_hash_of_valkey_fails_alone_and_its_recorded_command_ends_the_file() {
    let path_hash = b"\x17\x01p\x02\x02/x\x01\x01f\x01v\x02/y\0";
    let bytes = file(b"VALKEY081", &[&path_hash[..], b"\0\x01z\x011"].concat());
    let expected =
        [unreadable("p", "unknown", Unreadable::Foreign(ForeignKind::ValkeyPathHash)), readable("z", "string")];
    assert_eq!(found(&bytes), expected);
    let fault = |magic, records: &[u8]| read(&file(magic, records)).unwrap_err().fault;
    assert!(matches!(fault(b"VALKEY080", path_hash), RdbFault::UnknownRecord(23)));
    let command = b"\xf2*1\r\n$4\r\nPING\r\n";
    assert!(matches!(fault(b"VALKEY081", command), RdbFault::RecordedCommand));
    assert!(matches!(fault(b"VALKEY080", command), RdbFault::NewerRecord { byte: 0xf2, since: 81, version: 80, .. }));
}

#[test]
fn a_function_of_a_release_candidate_gets_the_form_of_the_release() {
    let library = |records: &[u8]| {
        let records = read(&file(b"REDIS0010", records)).unwrap();
        let Record::Function(payload) = &records[1] else { panic!("{records:?}") };
        assert_eq!(payload[0], 0xf5);
        String::from_utf8(payload[2..payload.len() - 10].to_vec()).unwrap()
    };
    assert_eq!(library(b"\xf6\x03lib\x03LUA\0\x04code"), "#!lua name=lib\ncode");
    assert_eq!(library(b"\xf6\x03lib\x03LUA\x01\x07one\ntwo\x04code"), "#!lua name=lib\n-- one\n-- two\ncode");
}

/// Returns bytes, then is silent; a pipe whose writer keeps it open.
struct Silent<'a>(&'a [u8]);

impl Read for Silent<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() { Err(io::ErrorKind::WouldBlock.into()) } else { self.0.read(into) }
    }
}

fn after_end(after: &[u8]) -> Result<Vec<Record>, RdbError> {
    let bytes = [&file(b"REDIS0009", b"\0\x01a\x011")[..], after].concat();
    let whole: Result<Vec<Record>, RdbError> = Reader::new(&bytes[..]).skip(3).collect();
    let open: Result<Vec<Record>, RdbError> = Reader::new(Silent(&bytes)).skip(3).collect();
    match (&whole, &open) {
        (Ok(records), Ok(open)) if records.is_empty() => assert_eq!(open, &[Record::NotCarried(NotCarried::OpenPipe)]),
        _ => assert_eq!(format!("{whole:?}"), format!("{open:?}")),
    }
    whole
}

#[test]
fn a_pipe_that_stays_open_holds_no_reading_after_the_end() {
    assert_eq!(after_end(b"").unwrap(), []);
    assert_eq!(after_end(b"\n").unwrap(), []);
    assert_eq!(after_end(&b"*1\r\n$4\r\nPING\r\n".repeat(100_000)).unwrap(), [Record::Commands]);
    assert_eq!(after_end(b"*1\r\n$4\r\nPING\r\n").unwrap(), [Record::Commands]);
    // The file itself takes 23 bytes.
    let error = after_end(&file(b"REDIS0009", b"")).unwrap_err();
    assert!(matches!(error, RdbError { offset: 23, fault: RdbFault::AnotherFile }), "{error}");
    let error = after_end(b"\0more").unwrap_err();
    assert!(matches!(error, RdbError { offset: 24, fault: RdbFault::BytesAfterEnd }), "{error}");
}

#[test]
fn an_expiry_before_1970_is_no_time_and_the_key_cannot_be_moved() {
    let seconds = |seconds: i32| [&[0xfd][..], &seconds.to_le_bytes()].concat();
    let ms = |ms: i64| [&[0xfc][..], &ms.to_le_bytes()].concat();
    let records =
        [(ms(-2), -2), (ms(i64::MIN), i64::MIN), (seconds(-1), -1000), (seconds(i32::MIN), -2_147_483_648_000)];
    for (expiry, expected) in records {
        let bytes = file(b"REDIS0009", &[&expiry[..], &[0, 1, b'k', 1, b'v', 0, 1, b'l', 1, b'v']].concat());
        let keys = keys(&bytes);
        assert_eq!((&keys[0].value, keys[0].expires_at), (&Value::Unreadable(Unreadable::Expiry(expected)), None));
        assert!(matches!((&keys[1].value, keys[1].expires_at), (Value::Payload(_), None)), "{:?}", keys[1]);
    }
}
