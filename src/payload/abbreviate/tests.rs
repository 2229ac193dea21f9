//! The lines of values, and what holds for every line.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::abbreviate;
use crate::entry::Key;
use crate::payload::length::put_length;
use crate::payload::samples::{Sample, TestField, all, hashes, intset, lists, payload, sets, streams, zsets};
use crate::payload::string::put_string;
use crate::payload::tests::{field, items, text};
use crate::payload::{Item, ValueType, put_footer};

/// The line of a value, which is the same in all these forms.
#[track_caller]
fn line(samples: &[Sample]) -> String {
    let mut lines: Vec<_> = samples.iter().map(|sample| abbreviate(&payload(sample)).expect("a line")).collect();
    lines.dedup();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_is_short_and_printable(&lines[0]);
    lines.remove(0)
}

#[track_caller]
fn assert_is_short_and_printable(line: &str) {
    assert!(line.chars().count() <= 200, "{line}");
    assert!(line.chars().all(|character| matches!(character, ' '..='~' | '…')), "{line}");
}

fn string(text: &[u8]) -> [Sample; 1] {
    let mut value = Vec::new();
    put_string(&mut value, &Item::from(text));
    [(ValueType::String, value)]
}

fn texts<'a>(texts: &[&'a str]) -> Vec<Item<'a>> {
    texts.iter().map(|text| Item::from(text.as_bytes())).collect()
}

#[test]
fn a_string_is_quoted_and_cut_at_200_characters() {
    assert_eq!(line(&string(b"hello")), r#""hello""#);
    assert_eq!(line(&string(b"")), r#""""#);
    assert_eq!(line(&string(b"a \"b\"\n\x00\xff")), r#""a \"b\"\n\x00\xff""#);
    let whole = "a".repeat(198);
    assert_eq!(line(&string(whole.as_bytes())), format!("\"{whole}\""));
    let cut = line(&string(&[b'a'; 5000]));
    assert_eq!(cut, format!("\"{}…\" (5000 bytes)", "a".repeat(184)));
    assert_eq!(cut.chars().count(), 200);
    assert_eq!(line(&string(&[0xff; 199])), format!("\"{}…\" (199 bytes)", r"\xff".repeat(46)));
}

#[test]
fn a_number_is_shown_as_its_text() {
    let number = (ValueType::String, vec![0xc0, 7]);
    assert_eq!(line(&[&[number][..], &string(b"7")].concat()), r#""7""#);
}

#[test]
fn a_list_is_shown_from_its_first_item() {
    assert_eq!(line(&lists(&texts(&["c", "a", "b"]))), r#"3 items: "c", "a", "b""#);
    assert_eq!(line(&lists(&texts(&["a"]))), r#"1 item: "a""#);
    let many = ["f", "e", "d", "c", "b", "a"];
    assert_eq!(line(&lists(&texts(&many))), r#"6 items: "f", "e", "d", "c", "b", …"#);
}

#[test]
fn a_set_is_shown_from_its_smallest_member() {
    assert_eq!(line(&sets(&texts(&["b", "a"]))), r#"2 members: "a", "b""#);
    let many: Vec<i64> = (0..2000).collect();
    assert_eq!(line(&[intset(&many)]), r#"2000 members: "0", "1", "10", "100", "1000", …"#);
}

#[test]
fn a_value_without_members_has_a_line() {
    assert_eq!(line(&sets(&[])), "0 members");
    assert_eq!(line(&hashes(&[])), "0 fields");
}

#[test]
fn a_sorted_set_is_shown_with_scores() {
    let scores = [0.0, -2.0, 1.5, 1e300, f64::NEG_INFINITY];
    let members: Vec<_> = scores.iter().zip(b'a'..).map(|(&score, name)| (vec![name], score)).collect();
    let shown = r#"5 members: "a" = 0, "b" = -2, "c" = 1.5, "d" = 1e300, "e" = -inf"#;
    assert_eq!(line(&zsets(&members)), shown);
    let mut reversed: Vec<_> = members.into_iter().rev().collect();
    reversed[4].1 = -0.0;
    assert_eq!(line(&zsets(&reversed)), shown, "in another order, and with a zero that has a sign");
}

#[test]
fn a_hash_is_shown_with_values_and_field_expiries() {
    let fields = |at| [(b"g".to_vec(), b"2".to_vec(), None), (b"f".to_vec(), b"1".to_vec(), at)];
    assert_eq!(line(&hashes(&fields(None))), r#"2 fields: "f" = "1", "g" = "2""#);
    let expiring = line(&hashes(&fields(Some(1_790_000_000_000))));
    assert_eq!(expiring, r#"2 fields: "f" = "1" (expires at 1790000000000), "g" = "2""#);
}

#[test]
fn long_members_are_cut_and_as_many_are_shown_as_fit() {
    let long = ["a".repeat(54), "b".repeat(55), "c".repeat(1000), "d".repeat(1000)];
    let items: Vec<Item> = long.iter().map(|text| Item::from(text.as_bytes())).collect();
    let [a, b, c] = [("a", 54), ("b", 42), ("c", 40)].map(|(letter, times)| letter.repeat(times));
    let shown = format!(r#"4 items: "{a}", "{b}…" (55 bytes), "{c}…" (1000 bytes), …"#);
    assert_eq!(line(&lists(&items)), shown);
}

#[test]
fn even_the_longest_field_fits() {
    let long = vec![0xff; 20_000];
    let fields = [(long.clone(), long, Some(i64::MAX)), (vec![0xff; 20_001], Vec::new(), None)];
    let valkey = hashes(&fields).into_iter().filter(|sample| sample.0 == ValueType::Hash2).collect::<Vec<_>>();
    let text = r"\xff".repeat(9);
    let field = format!(r#""{text}…" (20000 bytes) = "{text}…" (20000 bytes) (expires at 9223372036854775807)"#);
    assert_eq!(line(&valkey), format!("2 fields: {field}, …"));
}

#[test]
fn members_that_begin_with_the_same_bytes_are_shown_the_same_in_any_order() {
    let member = |last: &str| format!("{}{last}", "x".repeat(100));
    let members = ["b", "a", "", "aa", "c", "d", "e"].map(member);
    let items: Vec<Item> = members.iter().map(|text| Item::from(text.as_bytes())).collect();
    let reversed: Vec<Item> = items.iter().rev().cloned().collect();
    let begin = "x".repeat(41);
    let shown = format!(r#"7 members: "{begin}…" (100 bytes), "{begin}…" (101 bytes), "{begin}…" (101 bytes), …"#);
    assert_eq!(line(&[sets(&items), sets(&reversed)].concat()), shown);
}

#[test]
fn a_stream_is_shown_with_its_groups_in_every_form() {
    let shown = r#"2 entries, last id 1-2, groups "g" (last id 1-2, 1 pending, 1 consumer)"#;
    assert_eq!(line(&streams()), shown);
}

/// A stream without nodes, which claims to have this many entries. Of each group: its name, the sequence number of its
/// last id, the numbers of pending entries and consumers.
fn stream(length: u64, last: (u64, u64), groups: &[(&str, u64, u8, u8)]) -> Sample {
    let mut out = vec![0];
    for number in [length, last.0, last.1, groups.len() as u64] {
        put_length(&mut out, number);
    }
    for &(name, seq, pending, consumers) in groups {
        put_string(&mut out, &Item::from(name.as_bytes()));
        for number in [4, seq, pending.into()] {
            put_length(&mut out, number);
        }
        (0..pending).for_each(|id| out.extend([[id; 16].as_slice(), &[7; 8], &[1]].concat()));
        out.push(consumers);
        for consumer in 0..consumers {
            out.extend([&[1, b'a' + consumer][..], &[8; 8], &[0]].concat());
        }
    }
    (ValueType::StreamListpacks, out)
}

#[test]
fn a_stream_is_shown_with_as_many_groups_as_fit() {
    assert_eq!(line(&[stream(1, (5, 1), &[])]), "1 entry, last id 5-1");
    let shown = r#"12 entries, last id 5-1, groups "g" (last id 4-0, 2 pending, 1 consumer)"#;
    assert_eq!(line(&[stream(12, (5, 1), &[("g", 0, 2, 1)])]), shown);
    let two = r#""a" (last id 4-3, 1 pending, 0 consumers), "b" (last id 4-0, 0 pending, 2 consumers)"#;
    let groups = [("b", 0, 0, 2), ("a", 3, 1, 0)];
    assert_eq!(line(&[stream(12, (5, 1), &groups)]), format!("12 entries, last id 5-1, groups {two}"));
    let groups = [groups[0], groups[1], ("c", 0, 0, 0), ("d", 0, 0, 0)];
    let three = format!(r#"{two}, "c" (last id 4-0, 0 pending, 0 consumers), …"#);
    assert_eq!(line(&[stream(12, (5, 1), &groups)]), format!("12 entries, last id 5-1, groups {three}"));
    let name = "\0".repeat(99);
    let huge = stream(u64::MAX, (u64::MAX, u64::MAX), &[(&name, u64::MAX, 0, 0), (&name, u64::MAX, 0, 0)]);
    assert_is_short_and_printable(&line(&[huge]));
}

#[test]
fn a_value_that_cannot_be_read_has_no_line() {
    for sample in all() {
        let is_readable = !matches!(sample.0, ValueType::Module2 | ValueType::Array | ValueType::HashTmplLpRef);
        let mut bytes = payload(&sample);
        assert_eq!(abbreviate(&bytes).is_some(), is_readable, "{:?}", sample.0);
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(abbreviate(&bytes), None, "{:?} with a wrong checksum", sample.0);
    }
}

#[test]
fn a_value_that_is_cut_or_too_long_has_no_line() {
    for (value_type, mut value) in all() {
        for end in 0..value.len() {
            let cut = payload(&(value_type, value[..end].to_vec()));
            assert_eq!(abbreviate(&cut), None, "{value_type:?} cut at {end}");
            assert_eq!(abbreviate(&cut[..end]), None, "{value_type:?} without a footer, cut at {end}");
        }
        value.push(0);
        assert_eq!(abbreviate(&payload(&(value_type, value))), None, "{value_type:?} and another byte");
    }
}

/// The line of members that are short, printable and few.
fn expected<'a>(noun: &str, texts: impl ExactSizeIterator<Item = &'a Vec<u8>>) -> String {
    let count = texts.len();
    let few: Vec<String> = texts.take(5).map(|text| Key::from(text.clone()).to_string()).collect();
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}: {}{}", few.join(", "), if count > 5 { ", …" } else { "" })
}

proptest! {
    #[test]
    fn any_string_is_shown_whole_or_from_its_beginning(text in text()) {
        let shown = line(&string(&text));
        let whole = Key::from(text.clone()).to_string();
        match shown.split_once('…') {
            None => prop_assert_eq!(shown, whole),
            Some((beginning, after)) => {
                prop_assert!(whole.len() > 200 && whole.starts_with(beginning));
                prop_assert_eq!(after, format!("\" ({} bytes)", text.len()));
                let cut = Key::unquoted(format!("{beginning}\"").as_bytes()).map(|(key, _)| text.starts_with(key.as_bytes()));
                prop_assert_eq!(cut, Ok(true), "no escape is cut");
            }
        }
    }

    #[test]
    fn the_few_members_are_those_of_a_model(items in prop::collection::vec("[a-z]{0,6}", 1..20)) {
        let items: Vec<Vec<u8>> = items.into_iter().map(String::into_bytes).collect();
        let members: BTreeSet<Vec<u8>> = items.iter().cloned().collect();
        let as_items = |texts: Vec<Vec<u8>>| texts.into_iter().map(|text| Item::Bytes(text.into())).collect::<Vec<_>>();
        prop_assert_eq!(line(&lists(&as_items(items.clone()))), expected("item", items.iter()));
        let reversed = as_items(members.iter().rev().cloned().collect());
        prop_assert_eq!(line(&sets(&reversed)), expected("member", members.iter()));
    }

    #[test]
    fn a_value_has_the_same_line_in_every_form_and_order(
        items in items(),
        scores in prop::collection::btree_map(text(), any::<f64>(), 1..20),
        fields in prop_oneof![prop::collection::vec(field(false), 1..20), prop::collection::vec(field(true), 1..20)],
    ) {
        line(&lists(&items));
        let members: BTreeSet<Vec<u8>> = items.into_iter().map(Item::into_text).collect();
        let members: Vec<Item> = members.into_iter().map(|text| Item::Bytes(text.into())).collect();
        let scores: Vec<(Vec<u8>, f64)> = scores.into_iter().filter(|(_, score)| !score.is_nan()).collect();
        let fields: BTreeMap<Vec<u8>, TestField> = fields.into_iter().map(|field| (field.0.clone(), field)).collect();
        let fields: Vec<TestField> = fields.into_values().collect();
        line(&[sets(&members), sets(&members.into_iter().rev().collect::<Vec<_>>())].concat());
        line(&[zsets(&scores), zsets(&scores.iter().rev().cloned().collect::<Vec<_>>())].concat());
        line(&[hashes(&fields), hashes(&fields.iter().rev().cloned().collect::<Vec<_>>())].concat());
    }

    #[test]
    fn any_bytes_have_a_short_and_printable_line_or_none(mut bytes in prop::collection::vec(any::<u8>(), 0..300), version in 1_u16..90) {
        assert_is_short_and_printable(&abbreviate(&bytes).unwrap_or_default());
        if let Some(value_type) = bytes.first_mut() {
            *value_type %= 33;
        }
        put_footer(&mut bytes, 0, version);
        assert_is_short_and_printable(&abbreviate(&bytes).unwrap_or_default());
    }

    #[test]
    fn any_damage_has_a_short_and_printable_line_or_none(
        at: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), any::<u8>()), 1..6),
    ) {
        let samples = all();
        let (value_type, mut value) = samples[at.index(samples.len())].clone();
        for (at, is_cut, byte) in changes {
            let at = at.index(value.len() + 1);
            if let Some(changed) = value.get_mut(at) {
                *changed = byte;
            }
            value.truncate(if is_cut { at } else { usize::MAX });
        }
        let line = abbreviate(&payload(&(value_type, value)));
        assert_is_short_and_printable(&line.unwrap_or_default());
    }
}
