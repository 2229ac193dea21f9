//! Strings, lists, sets, sorted sets and hashes.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;

use super::test_stream::{Nodes, TestEntry, TestStream};
use super::{Different, Equal, Part, assert_equal_and_unlike, assert_equal_and_unlike_in, compare_at, compared};
use crate::payload::length::put_length;
use crate::payload::samples::{Sample, TestField, hashes, intset, lists, payload, sets, zsets};
use crate::payload::string::put_string;
use crate::payload::tests::{field, items, text};
use crate::payload::{Item, ValueType};

/// A string in LZF that copies every byte, so that it does not get shorter.
fn packed(text: &[u8]) -> Vec<u8> {
    let runs: Vec<u8> =
        text.chunks(32).flat_map(|run| [&[u8::try_from(run.len() - 1).unwrap()], run].concat()).collect();
    let mut out = vec![0xc3];
    put_length(&mut out, runs.len() as u64);
    put_length(&mut out, text.len() as u64);
    out.extend(runs);
    out
}

/// The same container, compressed. It is a string, and nothing comes before it.
fn compressed((value_type, value): &Sample) -> Sample {
    let mut cursor = crate::payload::Cursor::new(value);
    let blob = cursor.blob().unwrap();
    assert!(cursor.is_at_end());
    (*value_type, packed(&blob))
}

fn string(item: &Item) -> Vec<Sample> {
    let mut plain = Vec::new();
    put_string(&mut plain, item);
    let text = item.clone().into_text();
    let mut as_text = Vec::new();
    put_string(&mut as_text, &Item::from(&text[..]));
    [plain, as_text, packed(&text)].map(|value| (ValueType::String, value)).to_vec()
}

/// Adds a byte to a text, or changes its last one.
fn changed(text: &mut Vec<u8>, byte: u8) {
    match text.last_mut() {
        Some(last) if byte > 0 => *last ^= byte,
        _ => text.push(byte),
    }
}

/// Removes a member, adds one, or does both.
fn change_one(members: &mut BTreeSet<Vec<u8>>, at: Index, byte: u8) {
    let chosen = members.iter().nth(at.index(members.len())).unwrap().clone();
    let mut new = [&chosen[..], b"x"].concat();
    while members.contains(&new) {
        new.push(byte);
    }
    if byte < 128 {
        members.remove(&chosen);
    }
    if byte >= 64 {
        members.insert(new);
    }
}

fn as_items(texts: &[Vec<u8>]) -> Vec<Item<'_>> {
    texts.iter().map(|text| Item::from(&text[..])).collect()
}

fn unique(fields: Vec<TestField>) -> BTreeMap<Vec<u8>, (Vec<u8>, Option<i64>)> {
    fields.into_iter().map(|(name, value, at)| (name, (value, at))).collect()
}

fn as_fields(fields: &BTreeMap<Vec<u8>, (Vec<u8>, Option<i64>)>) -> Vec<TestField> {
    fields.iter().map(|(name, (value, at))| (name.clone(), value.clone(), *at)).collect()
}

proptest! {
    #[test]
    fn a_string_is_the_same_in_every_form(mut text in text(), number: i64, byte: u8) {
        let number = string(&Item::Int(number));
        assert_equal_and_unlike(&number, &string(&Item::from(&text[..])));
        let strings = string(&Item::from(&text[..]));
        changed(&mut text, byte);
        assert_equal_and_unlike(&strings, &string(&Item::from(&text[..])));
    }

    #[test]
    fn a_list_is_the_same_in_every_form(items in items(), at: Index, byte: u8) {
        let at = at.index(items.len());
        let mut others = items.clone();
        match byte {
            0..64 => drop(others.remove(at)),
            64..128 => others.insert(at, Item::Int(7)),
            _ => {
                let mut text = others[at].clone().into_text();
                changed(&mut text, byte);
                others[at] = Item::Bytes(text.into());
            }
        }
        assert_equal_and_unlike(&lists(&items), &lists(&others));
    }

    #[test]
    fn a_set_is_the_same_in_every_form_and_order(items in items(), at: Index, byte: u8) {
        let mut members: BTreeSet<Vec<u8>> = items.into_iter().map(Item::into_text).collect();
        let sorted: Vec<Vec<u8>> = members.iter().cloned().collect();
        let reversed: Vec<Vec<u8>> = sorted.iter().rev().cloned().collect();
        let ours = [sets(&as_items(&sorted)), sets(&as_items(&reversed))].concat();
        let packed = compressed(&ours[1]);
        change_one(&mut members, at, byte);
        let others: Vec<Vec<u8>> = members.into_iter().collect();
        assert_equal_and_unlike(&[&ours[..], &[packed]].concat(), &sets(&as_items(&others)));
    }

    #[test]
    fn a_set_of_numbers_is_the_same_as_their_texts(numbers in prop::collection::btree_set(any::<i64>(), 1..30), other: i64) {
        let reversed: Vec<Item> = numbers.iter().rev().map(|&number| Item::Int(number)).collect();
        let numbers: Vec<i64> = numbers.into_iter().collect();
        let ours = [&[intset(&numbers)][..], &sets(&reversed)].concat();
        let mut others = numbers.clone();
        others[0] = other;
        prop_assume!(!numbers.contains(&other));
        assert_equal_and_unlike(&ours, &[intset(&others)]);
    }

    #[test]
    fn a_sorted_set_is_the_same_in_every_form_and_order(
        scores in prop::collection::btree_map(text(), any::<f64>().prop_filter("a number", |score| !score.is_nan()), 1..20),
        at: Index,
        bit in 0_u32..64,
    ) {
        let sorted: Vec<(Vec<u8>, f64)> = scores.into_iter().collect();
        let reversed: Vec<(Vec<u8>, f64)> = sorted.iter().rev().cloned().collect();
        let ours = [zsets(&sorted), zsets(&reversed)].concat();
        let mut others = sorted;
        let (member, score) = &mut others[at.index(reversed.len())];
        let other = f64::from_bits(score.to_bits() ^ 1 << bit);
        let is_zero = (score.to_bits() | other.to_bits()) << 1 == 0;
        if other.is_nan() || is_zero {
            changed(member, 1);
        } else {
            *score = other;
        }
        assert_equal_and_unlike(&ours, &zsets(&others));
    }

    #[test]
    fn a_hash_is_the_same_in_every_form_and_order(
        fields in prop_oneof![prop::collection::vec(field(false), 1..20), prop::collection::vec(field(true), 1..20)],
        at: Index,
        byte: u8,
        part in prop_oneof![Just(Part::Value), Just(Part::FieldExpiry)],
    ) {
        let mut fields = unique(fields);
        let sorted = as_fields(&fields);
        let reversed: Vec<TestField> = sorted.iter().rev().cloned().collect();
        let ours = [hashes(&sorted), hashes(&reversed)].concat();
        let name = &sorted[at.index(sorted.len())].0;
        let (value, expires_at) = fields.get_mut(name).unwrap();
        if part != Part::FieldExpiry {
            changed(value, byte);
        }
        if part != Part::Value || byte < 128 {
            *expires_at = match *expires_at {
                None => Some(1_900_000_000_000),
                Some(at) => Some(at + 1).filter(|_| byte % 2 == 0),
            };
        }
        assert_equal_and_unlike_in(part, &ours, &hashes(&as_fields(&fields)));
    }
}

/// Values of every type with a text of three letters, and a set of numbers, in every form.
fn with_text(text: &[u8]) -> Vec<Sample> {
    let items = [Item::Int(7), Item::from(text)];
    let member = [(b"m".to_vec(), 1.0), (text.to_vec(), 2.0)];
    let field = |expires_at| [(b"f".to_vec(), text.to_vec(), expires_at), (text.to_vec(), b"v".to_vec(), None)];
    let number = i64::from(text[1]) << 32 | 5;
    let stream = TestStream::with(vec![TestEntry { id: (1, 1), pairs: vec![(b"n".to_vec(), text.to_vec())] }]);
    let nodes = Nodes { entries: 1, shares_names: true, has_deleted: false };
    let streams = (1..=5).map(|form| stream.written(form, nodes)).collect();
    let lasting = field(None);
    let packed = (ValueType::String, packed(text));
    let strings = vec![string(&items[1]).remove(0), packed, intset(&[number])];
    [strings, lists(&items), sets(&items), zsets(&member), hashes(&lasting), hashes(&field(Some(5))), streams].concat()
}

#[test]
fn one_changed_byte_of_any_type_and_form_is_another_value() {
    let (ours, theirs) = (with_text(b"abc"), with_text(b"aBc"));
    let mut types: Vec<ValueType> = ours.iter().map(|sample| sample.0).collect();
    types.dedup();
    assert!(types.len() > 25, "{types:?}");
    for (one, other) in ours.iter().zip(&theirs) {
        let changed = one.1.iter().zip(&other.1).filter(|(one, other)| one != other).count();
        let texts = one.1.windows(3).filter(|bytes| bytes == b"abc").count().max(1);
        assert_eq!((one.1.len(), changed), (other.1.len(), texts), "{:?}", one.0);
        assert_eq!(compared(one, other), Different(Part::Value), "{:?}", one.0);
    }
}

#[test]
fn a_field_that_has_expired_may_be_removed_already() {
    let [f, g] = [b"f", b"g"].map(|name| (name.to_vec(), b"v".to_vec()));
    let with = hashes(&[(f.0.clone(), f.1.clone(), Some(5)), (g.0.clone(), g.1.clone(), Some(9))]);
    let without = hashes(&[(g.0, g.1, Some(9))]);
    for (one, other) in with.iter().zip(&without) {
        let at = |now_ms| compare_at(&payload(one), &payload(other), now_ms);
        assert_eq!([at(4), at(5), at(8)], [Different(Part::Value), Equal, Equal]);
    }
}

#[test]
fn a_lost_or_moved_field_expiry_is_not_another_value() {
    let expiring = |at| hashes(&[(b"f".to_vec(), b"v".to_vec(), at), (b"g".to_vec(), b"w".to_vec(), Some(9))]);
    for other in [None, Some(6), Some(9)] {
        assert_equal_and_unlike_in(Part::FieldExpiry, &expiring(Some(5)), &expiring(other));
    }
    let exchanged = hashes(&[(b"f".to_vec(), b"v".to_vec(), Some(9)), (b"g".to_vec(), b"w".to_vec(), Some(5))]);
    assert_equal_and_unlike_in(Part::FieldExpiry, &expiring(Some(5)), &exchanged);
    let other_value = hashes(&[(b"f".to_vec(), b"V".to_vec(), Some(6)), (b"g".to_vec(), b"w".to_vec(), Some(9))]);
    assert_equal_and_unlike_in(Part::Value, &expiring(Some(5)), &other_value);
    let other_name = hashes(&[(b"F".to_vec(), b"v".to_vec(), Some(5)), (b"g".to_vec(), b"w".to_vec(), Some(9))]);
    assert_equal_and_unlike_in(Part::Value, &expiring(Some(5)), &other_name);
}

#[test]
fn the_order_matters_only_in_a_list() {
    let [one, other] = [[Item::Int(1), Item::Int(2)], [Item::Int(2), Item::Int(1)]];
    assert_equal_and_unlike(&lists(&one), &lists(&other));
    assert_eq!(compared(&sets(&one)[0], &sets(&other)[0]), Equal);
}

#[test]
fn a_value_and_its_field_do_not_run_into_each_other() {
    let fields = |name: &[u8], value: &[u8]| hashes(&[(name.to_vec(), value.to_vec(), None)]);
    assert_equal_and_unlike(&fields(b"ab", b"c"), &fields(b"a", b"bc"));
    assert_equal_and_unlike(&fields(b"a", b"b"), &fields(b"b", b"a"));
}

#[test]
fn members_that_occur_twice_do_not_cancel_each_other() {
    let member = |text: &'static [u8]| Item::from(text);
    let one = sets(&[member(b"a"), member(b"a"), member(b"b")]);
    let other = sets(&[member(b"a"), member(b"b"), member(b"b")]);
    assert_eq!(compared(&one[0], &other[1]), Different(Part::Value));
}

#[test]
fn the_sign_of_a_score_of_zero_does_not_matter() {
    let scored = |score: f64| zsets(&[(b"m".to_vec(), score)]);
    let both = [scored(0.0), scored(-0.0)].concat();
    assert_equal_and_unlike(&both, &scored(f64::MIN_POSITIVE));
}

#[test]
fn scores_are_compared_to_the_last_bit() {
    let scored = |score: f64| zsets(&[(b"m".to_vec(), score)]);
    for score in [0.1, 1e300, -1e-300, 9_007_199_254_740_991.0] {
        assert_equal_and_unlike(&scored(score), &scored(score.next_up()));
    }
    assert_equal_and_unlike(&scored(f64::INFINITY), &scored(f64::NEG_INFINITY));
}
