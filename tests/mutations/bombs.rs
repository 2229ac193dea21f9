//! Bytes that cost as much memory as possible: they show that the bounds of the other tests are tight.

use bytes::Bytes;
use redis_keys_migrator::job::OnUnsupported;
use redis_keys_migrator::payload::{Origin, ValueType, put_footer};
use redis_keys_migrator::version::{Flavour, Version};

use super::files::{FIXED, Way, stays_within_the_bound};
use super::payloads::{fits_or_not, targets};

/// How many times 264 bytes are repeated.
const TIMES: usize = 400;
/// Nearly a gain of 88: headers and the first repetition are not compressed.
const NEARLY: u64 = 80;

/// The headers of containers, into which a size or a count is written.
const INTSET: &[u8] = &[8, 0, 0, 0, 0, 0, 0, 0];
const LISTPACK: &[u8] = &[0; 6];
const ZIPLIST: &[u8] = &[0; 10];
/// The shortest items, and the integer whose text is the longest.
const ITEM: &[u8] = &[5, 1];
const ZIPLIST_ITEM: &[u8] = &[0, 0xf2];
const NUMBER: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 0x80];
/// A field, its value and its expiry.
const EXPIRING: &[u8] = &[5, 1, 5, 1, 7, 1];

/// Compressed bytes, most of which are one item that is repeated.
fn bomb(head: &[u8], item: &[u8], end: &[u8]) -> Vec<u8> {
    // Six more items, so that their number can be divided by 2 and by 3.
    let mut plain = [head, &item.repeat(6)].concat();
    let size = plain.len() + 264 * TIMES + end.len();
    let stated = u32::try_from(size).expect("it is small");
    match head {
        [] => {}
        INTSET => plain[4..8].copy_from_slice(&((stated - 8) / 8).to_le_bytes()),
        _ => plain[..4].copy_from_slice(&stated.to_le_bytes()),
    }
    let mut packed = literal(&plain);
    let back = u8::try_from(item.len() - 1).expect("it is small");
    packed.extend([0xe0, 0xff, back].repeat(TIMES));
    packed.extend(literal(end));
    [&[0xc3][..], &length(packed.len()), &length(size), &packed].concat()
}

fn literal(bytes: &[u8]) -> Vec<u8> {
    let run = |run: &[u8]| [&[u8::try_from(run.len() - 1).expect("no more than 31")], run].concat();
    bytes.chunks(32).flat_map(run).collect()
}

fn length(length: usize) -> Vec<u8> {
    [&[0x80][..], &u32::try_from(length).expect("it is small").to_be_bytes()].concat()
}

fn listpack(item: &[u8]) -> Vec<u8> {
    bomb(LISTPACK, item, &[0xff])
}

fn ziplist() -> Vec<u8> {
    bomb(ZIPLIST, ZIPLIST_ITEM, &[0xff])
}

/// Values of every type that holds a container or a string.
fn values() -> Vec<(ValueType, Vec<u8>)> {
    let after = |head: &[u8], container: Vec<u8>| [head, &container].concat();
    vec![
        (ValueType::String, bomb(&[], b"x", &[])),
        (ValueType::SetIntset, bomb(INTSET, NUMBER, &[])),
        (ValueType::SetListpack, listpack(ITEM)),
        (ValueType::ZsetListpack, listpack(ITEM)),
        (ValueType::HashListpack, listpack(ITEM)),
        (ValueType::HashListpackEx, after(&[7, 0, 0, 0, 0, 0, 0, 0], listpack(EXPIRING))),
        (ValueType::ListQuicklist2, after(&[1, 2], listpack(ITEM))),
        (ValueType::ListQuicklist, after(&[1], ziplist())),
        (ValueType::ListZiplist, ziplist()),
        (ValueType::ZsetZiplist, ziplist()),
        (ValueType::HashZiplist, ziplist()),
        (ValueType::HashTmplLp, [&[0][..], &listpack(ITEM), &bomb(&[0, 0, 0, 0, 0, 0, 7, 1], ITEM, &[0xff])].concat()),
        (ValueType::StreamListpacks, [&[1, 16][..], &[0; 16], &listpack(ITEM), &[0, 0, 0, 0]].concat()),
    ]
}

#[test]
fn a_payload_that_unpacks_to_88_times_its_size_stays_within_the_bound() {
    let targets = targets();
    let origin = Origin::of(Flavour::Redis, Version::new(8, 10));
    for (value_type, value) in values() {
        let mut payload = [&[value_type.byte()][..], &value].concat();
        put_footer(&mut payload, 0, 15);
        let payload = Bytes::from(payload);
        let costs = targets.iter().map(|target| fits_or_not(&payload, origin, target, OnUnsupported::Fail));
        let most = costs.max().expect("there are targets") / payload.len() as u64;
        let is_unpacked = targets.iter().any(|target| !target.supports(value_type));
        assert_eq!(most >= NEARLY, is_unpacked, "{value_type:?} costs {most} times its size");
    }
}

#[test]
fn a_key_that_unpacks_to_88_times_its_size_stays_within_the_bound() {
    let cost_of = |key: &[u8]| {
        let file = [b"REDIS0011\0", key, b"\x01v\xff", &[0; 8]].concat();
        stays_within_the_bound(&Bytes::from(file), &Way::whole())
    };
    let bomb = bomb(&[], b"x", &[]);
    let (cost, without) = (cost_of(&bomb), cost_of(b"\x01k"));
    assert!(cost - without >= NEARLY * bomb.len() as u64, "{cost} bytes, and {without} without");
}

#[test]
fn an_announced_length_without_its_bytes_costs_no_memory() {
    const ALMOST_HALF_A_GIB: [u8; 5] = [0x80, 0x1f, 0xff, 0xff, 0xff];
    for records in [&b"\0"[..], b"\0\x01k", b"\xfa", b"\xf5", b"\x04\x01k", b"\xf2\x01", b"\xf3"] {
        let file = Bytes::from([b"REDIS0015", records, &ALMOST_HALF_A_GIB].concat());
        let cost = stays_within_the_bound(&file, &Way::whole());
        assert!(cost < FIXED, "{cost} bytes for {records:?}");
    }
}
