//! Sorted sets.

use super::{Amount, Writer};

pub(super) fn few(writer: &mut Writer) {
    scored(writer, Amount::Few);
}

pub(super) fn many(writer: &mut Writer) {
    scored(writer, Amount::Many);
}

fn scored(writer: &mut Writer, amount: Amount) {
    let members = writer.members(amount);
    let words: Vec<Vec<u8>> = members.into_iter().flat_map(|member| [score(writer).into_bytes(), member]).collect();
    writer.add("ZADD", words);
}

/// Any number, with a text of any length.
fn score(writer: &mut Writer) -> String {
    let number = match writer.random.below(10) {
        0 => f64::INFINITY,
        1 => f64::NEG_INFINITY,
        2 => -0.0,
        3 => f64::MIN_POSITIVE,
        4 => f64::MAX,
        // Too small for full precision.
        5 => f64::from_bits(writer.random.below(1 << 40)),
        6 | 7 => return writer.number().to_string(),
        8 => return format!("{}.5", writer.random.below(1000)),
        _ => f64::from_bits(writer.random.next()),
    };
    if number.is_nan() { "1.0000000000000002".to_owned() } else { format!("{number:?}") }
}
