//! What is made to cost as much as it can: the bounds are not only far away from what happens to be damaged.

use bytes::Bytes;
use redis_keys_migrator::job::OnUnsupported;
use redis_keys_migrator::payload::{Origin, ValueType, put_footer};
use redis_keys_migrator::version::{Flavour, Version};

use super::files::{TO_BEGIN, Way, costs_what_it_pays_for};
use super::payloads::{fits_or_not, targets};

/// How often 264 bytes are repeated.
const TIMES: usize = 400;
/// What is nearly a gain of 88, as heads and what is repeated must be there themselves.
const NEARLY: u64 = 80;

/// Containers' heads; where they are to tell a size or a count, that is put in.
const INTSET: &[u8] = &[8, 0, 0, 0, 0, 0, 0, 0];
const LISTPACK: &[u8] = &[0; 6];
const ZIPLIST: &[u8] = &[0; 10];
/// The shortest items, and the number that grows the most.
const ITEM: &[u8] = &[5, 1];
const ZIPLIST_ITEM: &[u8] = &[0, 0xf2];
const NUMBER: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 0x80];
/// A field, its value, and that it expires.
const EXPIRING: &[u8] = &[5, 1, 5, 1, 7, 1];

/// Bytes of which most are one item, over and over; compressed.
fn bomb(head: &[u8], item: &[u8], end: &[u8]) -> Vec<u8> {
    // For any number of items that are taken together; in all, there are six more than are repeated.
    let mut plain = [head, &item.repeat(6)].concat();
    let size = plain.len() + 264 * TIMES + end.len();
    let told = u32::try_from(size).expect("it is small");
    match head {
        [] => {}
        INTSET => plain[4..8].copy_from_slice(&((told - 8) / 8).to_le_bytes()),
        _ => plain[..4].copy_from_slice(&told.to_le_bytes()),
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

/// Values of every type that holds a container, or a string.
fn values() -> Vec<(ValueType, Vec<u8>)> {
    let behind = |head: &[u8], container: Vec<u8>| [head, &container].concat();
    vec![
        (ValueType::String, bomb(&[], b"x", &[])),
        (ValueType::SetIntset, bomb(INTSET, NUMBER, &[])),
        (ValueType::SetListpack, listpack(ITEM)),
        (ValueType::ZsetListpack, listpack(ITEM)),
        (ValueType::HashListpack, listpack(ITEM)),
        (ValueType::HashListpackEx, behind(&[7, 0, 0, 0, 0, 0, 0, 0], listpack(EXPIRING))),
        (ValueType::ListQuicklist2, behind(&[1, 2], listpack(ITEM))),
        (ValueType::ListQuicklist, behind(&[1], ziplist())),
        (ValueType::ListZiplist, ziplist()),
        (ValueType::ZsetZiplist, ziplist()),
        (ValueType::HashZiplist, ziplist()),
        (ValueType::HashTmplLp, [&[0][..], &listpack(ITEM), &bomb(&[0, 0, 0, 0, 0, 0, 7, 1], ITEM, &[0xff])].concat()),
        (ValueType::StreamListpacks, [&[1, 16][..], &[0; 16], &listpack(ITEM), &[0, 0, 0, 0]].concat()),
    ]
}

#[test]
fn what_unpacks_to_88_times_its_size_costs_what_that_pays_for() {
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
fn a_key_that_unpacks_to_88_times_its_size_costs_what_that_pays_for() {
    let cost_of = |key: &[u8]| {
        let file = [b"REDIS0011\0", key, b"\x01v\xff", &[0; 8]].concat();
        costs_what_it_pays_for(&Bytes::from(file), &Way::whole())
    };
    let bomb = bomb(&[], b"x", &[]);
    let (cost, without) = (cost_of(&bomb), cost_of(b"\x01k"));
    assert!(cost - without >= NEARLY * bomb.len() as u64, "{cost} bytes, and {without} without");
}

#[test]
fn what_is_announced_and_does_not_come_costs_nothing() {
    const ALMOST_HALF_A_GIB: [u8; 5] = [0x80, 0x1f, 0xff, 0xff, 0xff];
    for records in [&b"\0"[..], b"\0\x01k", b"\xfa", b"\xf5", b"\x04\x01k", b"\xf2\x01", b"\xf3"] {
        let file = Bytes::from([b"REDIS0015", records, &ALMOST_HALF_A_GIB].concat());
        let cost = costs_what_it_pays_for(&file, &Way::whole());
        assert!(cost < TO_BEGIN, "{cost} bytes for {records:?}");
    }
}
