//! Whole files, made by hand.

use proptest::prelude::*;

use super::{
    Checksum, KeyRecord, NotCarried, RdbError, RdbFault, ReadLimits, Reader, Record, RecordDecoder, Unreadable, Value,
};
use crate::payload::samples::{all, payload};
use crate::payload::{Crc64, Payload, ValueType, put_footer};
use crate::version::Flavour;

/// A file with this magic and these records, and with the right end.
pub(super) fn file(magic: &[u8], records: &[u8]) -> Vec<u8> {
    let mut bytes = [magic, records, &[0xff]].concat();
    let mut checksum = Crc64::default();
    checksum.update(&bytes);
    bytes.extend(checksum.value().to_le_bytes());
    bytes
}

/// Every record of a file that arrives in pieces of this size.
pub(super) fn read_in_pieces(bytes: &[u8], piece: usize) -> Result<Vec<Record>, RdbError> {
    read_within(ReadLimits::default(), bytes, piece)
}

/// The same, within these limits.
fn read_within(limits: ReadLimits, bytes: &[u8], piece: usize) -> Result<Vec<Record>, RdbError> {
    let mut decoder = RecordDecoder::new(limits);
    let (mut records, mut rest) = (Vec::new(), bytes);
    while !decoder.is_done() {
        while let Some(record) = decoder.next_record()? {
            records.push(record);
        }
        let room = decoder.room();
        let count = piece.min(rest.len()).min(room.len());
        room[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        decoder.filled(count);
    }
    Ok(records)
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Record>, RdbError> {
    Reader::new(bytes).collect()
}

pub(super) fn keys(bytes: &[u8]) -> Vec<KeyRecord> {
    let records = read(bytes).unwrap().into_iter();
    records.filter_map(|record| if let Record::Key(key) = record { Some(key) } else { None }).collect()
}

/// Every opcode, and a value of every type, whose key is its place in the list.
fn everything() -> Vec<u8> {
    let mut records = vec![0xfa, 9];
    records.extend(b"redis-ver\x058.2.3");
    records.extend([0xfe, 3, 0xfb, 40, 2, 0xf4, 1, 2, 3, 0x6b, 5]);
    records.extend([0xf7, 0x81, 1, 2, 3, 4, 5, 6, 7, 8, 2, 2, 5, 2, b'h', b'i', 0]);
    records.extend([0xf5, 4, b'c', b'o', b'd', b'e']);
    records.extend([0xfd, 1, 0, 0, 0, 0xf9, 7, 0, 0xc0, 5, 1, b'v']);
    records.extend([0xfc, 1, 0, 0, 0, 0, 0, 0, 0, 0xf8, 9, 0xf3, 1, 9, 9, 9, 9, 5, 1, b'm', 0, 0, 1, b'k', 1, b'v']);
    for (at, (value_type, value)) in all().iter().enumerate() {
        let can_be_in_file = *value_type != ValueType::Hash2 && *value_type != ValueType::HashTmplLpRef;
        if can_be_in_file {
            records.push(value_type.byte());
            records.extend([2, b'a' + u8::try_from(at / 26).unwrap(), b'a' + u8::try_from(at % 26).unwrap()]);
            records.extend(value);
        }
    }
    file(b"REDIS0015", &records)
}

#[test]
fn a_file_gives_the_same_records_in_any_pieces() {
    let bytes = everything();
    let whole = read(&bytes).unwrap();
    for piece in [1, 2, 3, 7, 64, 1000] {
        assert_eq!(read_in_pieces(&bytes, piece).unwrap(), whole, "in pieces of {piece}");
    }
}

#[test]
fn records_are_returned_in_their_order() {
    let records = read(&everything()).unwrap();
    assert!(matches!(records[0], Record::Header(header) if header.version == 15));
    assert_eq!(records[1], Record::Aux { name: "redis-ver".into(), value: "8.2.3".into() });
    assert_eq!(records[2], Record::SelectDb(3));
    assert_eq!(records[3], Record::ResizeDb { keys: 40, expiring: 2 });
    assert_eq!(records[4], Record::Slot(1));
    // The id 0x0102030405060708 as nine characters.
    assert_eq!(records[5], Record::NotCarried(NotCarried::ModuleData("AQIDBAUGB".to_owned())));
    let Record::Function(function) = &records[6] else { panic!("{:?}", records[6]) };
    let mut expected = b"\xf5\x04code".to_vec();
    put_footer(&mut expected, 0, 10);
    assert_eq!(function, &expected);
    assert_eq!(records.last(), Some(&Record::End(Checksum::Right)));
}

#[test]
fn a_value_is_wrapped_as_dump_would_return_it() {
    let keys = keys(&everything());
    let samples: Vec<Vec<u8>> = all()
        .iter()
        .filter(|(value_type, _)| *value_type != ValueType::Hash2 && *value_type != ValueType::HashTmplLpRef)
        .map(payload)
        .collect();
    assert_eq!(keys.len(), samples.len() + 2);
    for (key, sample) in keys[2..].iter().zip(samples) {
        assert_eq!(key.value, Value::Payload(sample.into()), "{}", key.key);
    }
}

#[test]
fn attributes_apply_to_the_next_key_only() {
    let keys = keys(&everything());
    let first = &keys[0];
    assert_eq!((first.key.as_bytes(), first.expires_at, first.frequency), (&b"5"[..], Some(1000), Some(7)));
    assert_eq!((&*first.type_name, first.length), ("string", 2));
    let second = &keys[1];
    assert_eq!((second.expires_at, second.idle, second.frequency), (Some(1), Some(9), None));
    let Value::Payload(bytes) = &second.value else { panic!("{second:?}") };
    let parts = Payload::open(bytes).unwrap();
    assert_eq!(parts.key_meta, [0xf3, 1, 9, 9, 9, 9, 5, 1, b'm', 0]);
    assert_eq!((parts.type_byte, parts.footer.version), (0, 13));
    assert_eq!((keys[2].expires_at, keys[2].idle), (None, None));
}

#[test]
fn an_expiry_of_minus_1_ms_is_no_expiry() {
    let ms = |ms: i64| [&[0xfc][..], &ms.to_le_bytes()].concat();
    let key = [0, 1, b'k', 1, b'v'];
    let records = |expiries: &[Vec<u8>]| [&expiries.concat()[..], &key].concat();
    let expiry = |expiries: &[Vec<u8>]| keys(&file(b"REDIS0009", &records(expiries)))[0].expires_at;
    assert_eq!(expiry(&[ms(-1)]), None);
    assert_eq!(expiry(&[vec![0xfd, 5, 0, 0, 0], ms(-1)]), None, "the last expiry counts");
    assert_eq!(expiry(&[ms(0)]), Some(0));
    assert_eq!(expiry(&[ms(i64::MAX)]), Some(i64::MAX.unsigned_abs()));
}

#[test]
fn the_meaning_of_22_and_f3_depends_on_the_magic() {
    let hash = [22, 1, b'h', 1, 1, b'f', 1, b'v', 1, 0, 0, 0, 0, 0, 0, 0];
    let slots = [0xf3, 1, b'j', 2, 1, 2, 3, 4];
    let bytes = file(b"VALKEY080", &[&slots[..], &hash].concat());
    let keys = keys(&bytes);
    let Value::Payload(payload) = &keys[0].value else { panic!("{keys:?}") };
    let parts = Payload::open(payload).unwrap();
    assert_eq!((parts.value_type(Flavour::Valkey), parts.footer.version), (Ok(ValueType::Hash2), 80));
}

#[test]
fn a_hash_that_refers_to_a_template_gets_a_copy_of_it() {
    let template = [0xf2, 7, 2, 1, b'a', 1, b'b'];
    let array = [32, 1, b'h', 7, 1, b'x', 1, b'y'];
    let values = [15, 0, 0, 0, 3, 0, 7, 1, 0x81, b'x', 2, 0x81, b'y', 2, 0xff];
    let listpack = [&[30, 1, b'l', 15][..], &values].concat();
    let keys = keys(&file(b"REDIS0015", &[&template[..], &array, &listpack].concat()));
    for (key, byte) in keys.iter().zip([31, 29]) {
        let Value::Payload(payload) = &key.value else { panic!("{key:?}") };
        assert_eq!(payload[0], byte);
        let parts = Payload::open(payload).unwrap();
        let value_type = parts.value_type(Flavour::Redis).unwrap();
        let fields = crate::payload::samples::members(value_type, parts.value).unwrap();
        assert_eq!(fields, [(b"a".to_vec(), b"x".to_vec(), None), (b"b".to_vec(), b"y".to_vec(), None)]);
    }
    let without = self::keys(&file(b"REDIS0015", &listpack));
    assert_eq!(without[0].value, Value::Unreadable(Unreadable::NoTemplate(7)));
    assert!(read(&file(b"REDIS0015", &array)).is_err());
}

#[test]
fn the_end_reports_what_the_checksum_proves() {
    let end = |bytes: &[u8]| read(bytes).map(|mut records| records.pop());
    let mut bytes = file(b"REDIS0011", &[]);
    assert_eq!(end(&bytes).unwrap(), Some(Record::End(Checksum::Right)));
    bytes[10] ^= 1;
    let error = end(&bytes).unwrap_err();
    assert!(matches!(error, RdbError { offset: 10, fault: RdbFault::Checksum { .. } }), "{error}");
    bytes[10..18].fill(0);
    assert_eq!(end(&bytes).unwrap(), Some(Record::End(Checksum::Off)));
    assert_eq!(end(b"REDIS0003\xff").unwrap(), Some(Record::End(Checksum::Absent)));
}

#[test]
fn a_file_that_ends_early_is_an_error_with_its_offset() {
    let bytes = everything();
    for end in 0..bytes.len() {
        let error = read(&bytes[..end]).unwrap_err();
        let expected = match (end, &error.fault) {
            (0, RdbFault::Empty) | (1..9, RdbFault::NotRdb) => true,
            (9.., RdbFault::Truncated(_)) => error.offset == end as u64,
            _ => false,
        };
        assert!(expected, "cut at {end}: {error}");
    }
}

#[test]
fn an_error_has_its_offset_and_reason() {
    let fault = |magic: &[u8], records: &[u8]| {
        let error = read(&file(magic, records)).unwrap_err();
        (error.offset, error.fault)
    };
    assert!(matches!(fault(b"REDIS0011", &[0xfe, 0, 200]), (11, RdbFault::UnknownRecord(200))));
    assert!(matches!(fault(b"REDIS0008", &[6, 1, b'k']), (12, RdbFault::ModulePreGa)));
    assert!(matches!(fault(b"REDIS0011", &[0, 1, b'k', 0xc9]), (12, RdbFault::Corrupt(_))));
    assert!(matches!(
        fault(b"REDIS0011", &[0, 0x81, 1, 0, 0, 0, 0, 0, 0, 0]),
        (10, RdbFault::TooLong { what: "key", .. })
    ));
}

#[test]
fn a_type_or_opcode_is_valid_from_its_version_on() {
    let error =
        |magic: &[u8], records: &[u8]| read(&file(magic, records)).map(|_| ()).map_err(|error| error.to_string());
    let newer = |byte, since, version| {
        let hint = if (30..40).contains(&byte) { " (Dragonfly writes this byte with another meaning)" } else { "" };
        let why = format!(
            "a record begins with the byte {byte}, which came with RDB version {since}, but the file has version \
             {version}{hint} (at byte 9)"
        );
        Err(why)
    };
    // Dragonfly: a set, a hash and a JSON document of its own, with the bytes of Redis' templates.
    assert_eq!(error(b"REDIS0009", b"\x20\x01s\x01\x01m\x03100"), newer(32, 15, 9));
    assert_eq!(error(b"REDIS0009", b"\x1f\x01h\x01\x01f\x01v\x03100"), newer(31, 15, 9));
    assert_eq!(error(b"REDIS0009", b"\x1e\x01j\x07{\"a\":1}"), newer(30, 15, 9));
    for (byte, since) in [(0xf9, 9), (0xf8, 9), (0xf7, 9), (0xf5, 10), (0xf4, 12), (0xf3, 13), (0xf2, 15), (0xfa, 7)] {
        let magic = format!("REDIS{:04}", since - 1);
        assert_eq!(error(magic.as_bytes(), &[byte]), newer(byte, since, since - 1));
    }
    // Release candidates: hashes with field expiries of 7.4.
    assert_eq!(error(b"REDIS0012", &[22, 1, b'h', 1, 0, 1, b'f', 1, b'v']), Ok(()));
    assert_eq!(error(b"REDIS0012", &[23, 1, b'h', 0]), Ok(()));
    assert_eq!(error(b"REDIS0011", &[22, 1, b'h', 0]), newer(22, 12, 11));
}

#[test]
fn a_value_that_is_too_large_is_skipped() {
    let mut records = vec![0, 1, b'l', 0x40, 200];
    records.extend([b'x'; 200]);
    records.extend([0, 1, b's', 1, b'v']);
    let bytes = file(b"REDIS0011", &records);
    let decoder = RecordDecoder::new(ReadLimits { payload: 100, ..ReadLimits::default() });
    let records: Vec<Record> = Reader::with_decoder(&bytes[..], decoder).map(Result::unwrap).collect();
    let Record::Key(large) = &records[1] else { panic!("{records:?}") };
    assert_eq!((&large.value, large.length), (&Value::Unreadable(Unreadable::TooLarge { limit: 100 }), 202));
    assert!(matches!(&records[2], Record::Key(KeyRecord { value: Value::Payload(_), .. })));
    assert_eq!(records[3], Record::End(Checksum::Right));
}

#[test]
fn metadata_that_is_too_long_is_refused_in_any_pieces() {
    let template = |names: u8, last: &[u8]| {
        let names: Vec<u8> = (0..names).flat_map(|name| [1, name]).collect();
        let count = u8::try_from(names.len() / 2 + 1).unwrap();
        file(b"REDIS0015", &[&[0xf2, 7, count][..], &names, last].concat())
    };
    // One of the 20 bytes is the count. Then: a string that is too long, one of an unknown form just after the limit,
    // and a length across the limit.
    let fits = template(8, &[2, b'x', b'y']);
    let too_long = [template(8, &[3, b'x', b'y', b'z']), template(10, &[0xc9]), template(9, &[0x41, 0])];
    let is_corrupt = template(9, &[0xc9]);
    let limits = ReadLimits { string: 20, ..ReadLimits::default() };
    for piece in [1, 2, 3, 7, 64] {
        let read = |bytes| read_within(limits, bytes, piece).map_err(|error| (error.offset, error.fault));
        assert_eq!(read(&fits).unwrap().len(), 2);
        assert!(matches!(read(&is_corrupt), Err((30, RdbFault::Corrupt(_)))), "in pieces of {piece}");
        for bytes in &too_long {
            let refused = read(bytes).unwrap_err();
            assert!(
                matches!(refused, (11, RdbFault::MetadataTooLong { limit: 20 })),
                "{refused:?} in pieces of {piece}"
            );
        }
    }
}

#[test]
fn values_are_skipped_on_request() {
    let decoder = RecordDecoder::new(ReadLimits::default()).without_values();
    let bytes = everything();
    let records: Result<Vec<Record>, RdbError> = Reader::with_decoder(&bytes[..], decoder).collect();
    let records = records.unwrap();
    let with_values = keys(&bytes);
    let without = records.iter().filter_map(|record| if let Record::Key(key) = record { Some(key) } else { None });
    for (skipped, kept) in without.zip(with_values) {
        assert_eq!(*skipped, KeyRecord { value: Value::Skipped, ..kept });
    }
}

proptest! {
    /// No panic, no hang, and no memory out of proportion to the bytes, whatever they are.
    #[test]
    fn a_damaged_file_ends(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..6, any::<u8>()), 1..8),
    ) {
        let mut bytes = everything();
        for (at, kind, byte) in changes {
            let at = at.index(bytes.len() + 1);
            match kind {
                0 => bytes.insert(at, byte),
                1 if at > bytes.len() / 2 => bytes.truncate(at),
                2 if at < bytes.len() => drop(bytes.remove(at)),
                _ if at < bytes.len() => bytes[at] = byte,
                _ => {}
            }
        }
        let (mut kept, mut count) = (0, 0);
        for record in Reader::new(&bytes[..]) {
            count += 1;
            if let Ok(Record::Key(KeyRecord { value: Value::Payload(payload), .. })) = record {
                kept += payload.len();
            }
        }
        prop_assert!(count <= bytes.len() && kept <= 20 * bytes.len());
    }
}
