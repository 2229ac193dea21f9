//! Payloads that are the same bytes, and payloads that cannot be compared.

use super::super::Comparison::NotComparable;
use super::{Different, Equal, Part, compare, compared};
use crate::payload::samples::{Sample, all, hashes, payload, sets, zsets};
use crate::payload::{Item, ValueType, put_footer};

fn sample_of(value_type: ValueType) -> Sample {
    all().into_iter().find(|sample| sample.0 == value_type).unwrap()
}

/// The same payload with another RDB version.
fn stamped(payload: &[u8], version: u16) -> Vec<u8> {
    let mut out = payload[..payload.len() - 10].to_vec();
    put_footer(&mut out, 0, version);
    out
}

#[test]
fn the_same_bytes_are_equal_in_every_type_whatever_their_footers_are() {
    for sample in all() {
        let one = payload(&sample);
        let mut other = stamped(&one, if sample.0 == ValueType::Hash2 { 81 } else { 79 });
        *other.last_mut().unwrap() ^= 1;
        assert_eq!(compare(&one, &other), Equal, "{:?}", sample.0);
    }
}

#[test]
fn values_of_different_types_are_different() {
    let samples = all();
    for one in &samples {
        for other in samples.iter().filter(|other| one.0.name() != other.0.name()) {
            assert_eq!(compared(one, other), Different(Part::Type), "{:?} and {:?}", one.0, other.0);
        }
    }
}

#[test]
fn values_of_modules_are_compared_by_their_bytes_and_by_their_modules() {
    let (value_type, value) = sample_of(ValueType::Module2);
    let changed = |at: usize| {
        let mut value = value.clone();
        value[at] ^= 1;
        (value_type, value)
    };
    let last = value.len() - 2;
    assert_eq!(compared(&(value_type, value.clone()), &changed(last)), NotComparable);
    let other_module = Different(Part::Type);
    assert_eq!(compared(&(value_type, value.clone()), &changed(2)), other_module, "the name of another module");
}

#[test]
fn arrays_whose_bytes_differ_cannot_be_compared() {
    let (value_type, value) = sample_of(ValueType::Array);
    let mut other = value.clone();
    *other.last_mut().unwrap() ^= 1;
    assert_eq!(compared(&(value_type, value), &(value_type, other)), NotComparable);
}

#[test]
fn the_meaning_of_a_type_depends_on_the_server_that_wrote_it() {
    let fields = [(b"f".to_vec(), b"v".to_vec(), Some(5))];
    let (redis, valkey) = (&hashes(&fields)[0], &hashes(&fields)[4]);
    assert_eq!((redis.0.byte(), valkey.0.byte()), (22, 22));
    assert_eq!(compared(redis, valkey), Equal);
    // As a hash of Redis, the bytes are not a value.
    let (one, other) = (payload(valkey), stamped(&payload(valkey), 12));
    assert_eq!(compare(&one, &other), NotComparable);
}

#[test]
fn a_type_that_is_newer_than_its_rdb_version_is_of_another_fork() {
    let samples = sets(&[Item::from(&b"m"[..])]);
    let (one, other) = (payload(&samples[0]), payload(&samples[1]));
    assert_eq!(compare(&one, &other), Equal);
    assert_eq!(compare(&one, &stamped(&other, 10)), NotComparable);
}

#[test]
fn a_payload_with_a_wrong_checksum_is_not_compared() {
    let samples = sets(&[Item::from(&b"m"[..])]);
    let one = payload(&samples[0]);
    for other in &samples {
        let mut other = payload(other);
        let member = other.iter().position(|&byte| byte == b'm').expect("the only member");
        other[member] ^= 1;
        assert_eq!(compare(&one, &other), NotComparable);
        assert_eq!(compare(&other, &one), NotComparable);
    }
}

#[test]
fn a_score_that_is_not_a_number_is_not_compared() {
    let scored = |score: f64| zsets(&[(b"m".to_vec(), score)]);
    for (one, other) in scored(f64::NAN).iter().zip(scored(1.0).iter().rev()) {
        assert_eq!(compared(one, other), NotComparable, "{:?}", one.0);
    }
}

#[test]
fn bytes_after_a_value_are_damage() {
    let (value_type, mut value) = sample_of(ValueType::Set);
    value.push(0);
    assert_eq!(compared(&(value_type, value), &sample_of(ValueType::Set)), NotComparable);
}

#[test]
fn bytes_that_are_too_short_for_a_payload_are_not_compared() {
    assert_eq!(compare(b"", b""), NotComparable);
    assert_eq!(compare(&payload(&sample_of(ValueType::Set)), b"short"), NotComparable);
}

#[test]
fn metadata_of_modules_is_compared_by_its_bytes() {
    let with = |meta: u8, value: &[u8]| {
        let mut bytes = vec![0xf3, 1, 9, 9, 9, 9, 2, meta, 0, 0];
        bytes.extend_from_slice(value);
        put_footer(&mut bytes, 0, 14);
        bytes
    };
    let (plain, number) = (b"\x017", b"\xc0\x07");
    assert_eq!(compare(&with(1, plain), &with(1, number)), Equal);
    assert_eq!(compare(&with(1, plain), &with(2, plain)), NotComparable);
    assert_eq!(compare(&with(1, plain), &payload(&(ValueType::String, plain.to_vec()))), NotComparable);
    assert_eq!(compare(&with(1, plain), &with(2, b"\x018")), Different(Part::Value));
}
