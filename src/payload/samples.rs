//! Values in every form, for tests.

use super::container::{listpack, ziplist};
use super::double::{put_double, put_text_double};
use super::fit::Origin;
use super::length::put_length;
use super::string::put_string;
use super::{Item, ValueType, put_footer, read};
use crate::payload::{Cursor, Fault};
use crate::version::{Flavour, Version};

/// A type and the bytes of a value of it.
pub(crate) type Sample = (ValueType, Vec<u8>);

/// A field: its name, its value and its expiry.
pub(crate) type TestField = (Vec<u8>, Vec<u8>, Option<i64>);

/// A list in every form.
pub(super) fn lists(items: &[Item]) -> Vec<Sample> {
    let (front, back) = items.split_at(items.len() / 2);
    let ziplists = counted(&[ziplist(front), ziplist(back)], |out, list| put_string(out, &Item::from(&list[..])));
    let mut nodes = vec![2, 2];
    put_string(&mut nodes, &Item::from(&listpack(front)[..]));
    nodes[0] += u8::try_from(back.len()).unwrap();
    for item in back {
        nodes.push(1);
        put_string(&mut nodes, item);
    }
    nodes[0] -= 1;
    vec![
        (ValueType::List, counted(items, put_string)),
        (ValueType::ListZiplist, blob(&ziplist(items))),
        (ValueType::ListQuicklist, ziplists),
        (ValueType::ListQuicklist2, nodes),
    ]
}

/// A set in every form but that of integers.
pub(super) fn sets(items: &[Item]) -> Vec<Sample> {
    vec![(ValueType::Set, counted(items, put_string)), (ValueType::SetListpack, blob(&listpack(items)))]
}

/// A set of integers.
pub(super) fn intset(numbers: &[i64]) -> Sample {
    let mut bytes = 8_u32.to_le_bytes().to_vec();
    bytes.extend(u32::try_from(numbers.len()).unwrap().to_le_bytes());
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    (ValueType::SetIntset, blob(&bytes))
}

/// A sorted set in every form.
pub(super) fn zsets(members: &[(Vec<u8>, f64)]) -> Vec<Sample> {
    let scores: Vec<String> = members.iter().map(|(_, score)| format!("{score:e}")).collect();
    let flat: Vec<Item> = members
        .iter()
        .zip(&scores)
        .flat_map(|((member, _), score)| [Item::from(&member[..]), Item::from(score.as_bytes())])
        .collect();
    let with = |put: fn(&mut Vec<u8>, f64)| {
        counted(members, move |out, (member, score)| {
            put_string(out, &Item::from(&member[..]));
            put(out, *score);
        })
    };
    vec![
        (ValueType::Zset, with(put_text_double)),
        (ValueType::Zset2, with(put_double)),
        (ValueType::ZsetZiplist, blob(&ziplist(&flat))),
        (ValueType::ZsetListpack, blob(&listpack(&flat))),
    ]
}

/// A hash in every form with field expiries and, if no field expires, in all other forms.
pub(super) fn hashes(fields: &[TestField]) -> Vec<Sample> {
    let earliest = fields.iter().filter_map(|field| field.2).min().unwrap_or(0);
    let triples: Vec<Item> = fields
        .iter()
        .flat_map(|(name, value, at)| [Item::from(&name[..]), Item::from(&value[..]), Item::Int(at.unwrap_or(0))])
        .collect();
    let timed = |time: &dyn Fn(Option<i64>) -> u64| {
        counted(fields, |out, (name, value, at)| {
            put_length(out, time(*at));
            put_string(out, &Item::from(&name[..]));
            put_string(out, &Item::from(&value[..]));
        })
    };
    let valkey = counted(fields, |out, (name, value, at)| {
        put_string(out, &Item::from(&name[..]));
        put_string(out, &Item::from(&value[..]));
        out.extend(at.unwrap_or(-1).to_le_bytes());
    });
    let after_earliest = |bytes: Vec<u8>| [&earliest.to_le_bytes()[..], &bytes].concat();
    let mut samples = vec![
        (ValueType::HashMetadataPreGa, timed(&|at| at.map_or(0, i64::unsigned_abs))),
        (ValueType::HashMetadata, after_earliest(timed(&|at| at.map_or(0, |at| at.abs_diff(earliest) + 1)))),
        (ValueType::HashListpackExPreGa, blob(&listpack(&triples))),
        (ValueType::HashListpackEx, after_earliest(blob(&listpack(&triples)))),
        (ValueType::Hash2, valkey),
    ];
    if fields.iter().all(|field| field.2.is_none()) {
        samples.extend(hashes_without_expiry(fields));
    }
    samples
}

fn hashes_without_expiry(fields: &[TestField]) -> Vec<Sample> {
    let names: Vec<Item> = fields.iter().map(|field| Item::from(&field.0[..])).collect();
    let values: Vec<Item> = fields.iter().map(|field| Item::from(&field.1[..])).collect();
    let flat: Vec<Item> = names.iter().zip(&values).flat_map(|(name, value)| [name.clone(), value.clone()]).collect();
    let mut plain = Vec::new();
    put_length(&mut plain, fields.len() as u64);
    for item in &flat {
        put_string(&mut plain, item);
    }
    let mut zipmap = vec![0xfe];
    for pair in flat.chunks(2) {
        for (item, unused) in pair.iter().zip([&[][..], &[0]]) {
            let text = item.clone().into_text();
            zipmap.push(0xfe);
            zipmap.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
            zipmap.extend(unused);
            zipmap.extend(text);
        }
    }
    zipmap.push(0xff);
    let with_id: Vec<Item> = [&[Item::Int(7)], &values[..]].concat();
    let mut one_by_one = [&[1][..], &counted(&names, put_string)].concat();
    for value in &values {
        put_string(&mut one_by_one, value);
    }
    let in_listpacks = [&[0][..], &blob(&listpack(&names)), &blob(&listpack(&with_id))].concat();
    vec![
        (ValueType::Hash, plain),
        (ValueType::HashZipmap, blob(&zipmap)),
        (ValueType::HashZiplist, blob(&ziplist(&flat))),
        (ValueType::HashListpack, blob(&listpack(&flat))),
        (ValueType::HashTmplLp, in_listpacks),
        (ValueType::HashTmplArray, one_by_one),
    ]
}

/// A stream in every form: a node, a group with two entries of a consumer, a producer.
pub(super) fn streams() -> Vec<Sample> {
    (1..=5).map(stream).collect()
}

fn stream(form: u8) -> Sample {
    let since = |since: u8, bytes: &[u8]| if form >= since { bytes.to_vec() } else { Vec::new() };
    let value = [
        &[1, 16][..],
        &[7; 16],
        &blob(&listpack(&[Item::Int(2), Item::Int(0), Item::Int(1), Item::from(&b"f"[..]), Item::Int(0)])),
        &[2, 1, 2],
        &since(2, &[1, 1, 0, 0, 2]),
        &[1, 1, b'g', 1, 2],
        &since(2, &[0x81, 255, 255, 255, 255, 255, 255, 255, 255]),
        &[1],
        &[7; 24],
        &[1, 1, 1, b'c'],
        &[8; 8],
        &since(3, &[9; 8]),
        &[1],
        &[7; 16],
        &since(5, &[0]),
        &since(4, &[60, 10, 1, 1, b'p', 1, 2, b'i', b'd', 1, 2, 1, 0]),
    ]
    .concat();
    let forms = [
        ValueType::StreamListpacks,
        ValueType::StreamListpacks2,
        ValueType::StreamListpacks3,
        ValueType::StreamListpacks4,
        ValueType::StreamListpacks5,
    ];
    (forms[usize::from(form) - 1], value)
}

/// One of each type that has a layout.
pub(crate) fn all() -> Vec<Sample> {
    let items = [Item::Int(-70_000), Item::from(&b"text"[..]), Item::from(&b""[..])];
    let members = [(b"a".to_vec(), 1.5), (b"b".to_vec(), f64::NEG_INFINITY), (b"c".to_vec(), -1e300)];
    let lasting = [(b"f".to_vec(), b"v".to_vec(), None), (b"g".to_vec(), b"12".to_vec(), None)];
    let expiring = [(b"f".to_vec(), b"v".to_vec(), Some(1_900_000_000_000)), (b"g".to_vec(), b"12".to_vec(), None)];
    let module =
        vec![0x81, 4, 8, 16, 32, 64, 128, 1, 2, 3, 1, 5, 2, 6, 3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 5, 1, 120, 0];
    let array = vec![3, 1, 9, 0, 0, 1, b's', 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 2, 3, 1, b't'];
    let one_by_one = vec![
        (ValueType::String, vec![0xc3, 4, 9, 0, b'a', 0b110_00000, 0]),
        (ValueType::String, vec![0xc1, 1, 2]),
        intset(&[-1, 5]),
        (ValueType::Module2, module),
        (ValueType::Array, array),
        (ValueType::HashTmplLpRef, blob(&listpack(&items))),
    ];
    [one_by_one, lists(&items), sets(&items), zsets(&members), hashes(&lasting), hashes(&expiring), streams()].concat()
}

/// A value as a payload that its origin would write.
pub(crate) fn payload((value_type, value): &Sample) -> Vec<u8> {
    let mut payload = vec![value_type.byte()];
    payload.extend_from_slice(value);
    put_footer(&mut payload, 0, value_type.since());
    payload
}

/// The server that would have written a sample.
pub(super) fn origin(value_type: ValueType) -> Origin {
    match value_type {
        ValueType::Hash2 => Origin::of(Flavour::Valkey, Version::new(9, 2)),
        _ => Origin::of(Flavour::Redis, Version::new(8, 10)),
    }
}

/// The members of a value as text, with their expiry: in their order for a list, otherwise sorted.
pub(crate) fn members(value_type: ValueType, value: &[u8]) -> Result<Vec<TestField>, Fault> {
    let mut cursor = Cursor::new(value);
    let mut members: Vec<TestField> = Vec::new();
    let text = |item: &Item| item.clone().into_text();
    match value_type.name() {
        "list" => read::list(value_type, &mut cursor, |item| members.push((text(item), Vec::new(), None)))?,
        "set" => read::set(value_type, &mut cursor, |item| members.push((text(item), Vec::new(), None)))?,
        "zset" => read::zset(value_type, &mut cursor, |member, score| {
            members.push((text(member), score.to_be_bytes().to_vec(), None));
        })?,
        "hash" => read::hash(value_type, &mut cursor, |field| {
            members.push((text(&field.name), text(&field.value), field.expires_at));
        })?,
        _ => cursor.take(value.len() as u64).map(drop)?,
    }
    assert!(cursor.is_at_end(), "{value_type:?} must be read to its end");
    if value_type.name() != "list" {
        members.sort();
    }
    Ok(members)
}

fn counted<T>(members: &[T], mut put: impl FnMut(&mut Vec<u8>, &T)) -> Vec<u8> {
    let mut out = Vec::new();
    put_length(&mut out, members.len() as u64);
    for member in members {
        put(&mut out, member);
    }
    out
}

fn blob(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put_string(&mut out, &Item::from(bytes));
    out
}
