//! Strings, and the types that are strings: bitmaps and `HyperLogLog`s.

use super::Writer;
use crate::support::words;

pub(super) fn empty(writer: &mut Writer) {
    writer.add("SET", words![""]);
}

/// Kept as a number, and written as a number if it has at most 32 bits.
pub(super) fn number(writer: &mut Writer) {
    let number = writer.number();
    writer.add("SET", words![number]);
}

pub(super) fn short(writer: &mut Writer) {
    let mut value = writer.text();
    value.truncate(40);
    value.push(b'!');
    writer.add("SET", [value]);
}

pub(super) fn long(writer: &mut Writer) {
    let value = writer.long_text();
    writer.add("SET", [value]);
}

/// Always compressed.
pub(super) fn repeating(writer: &mut Writer) {
    let length = 1 + writer.length(40);
    let value = writer.random.bytes(length).repeat(200);
    writer.add("SET", [value]);
}

/// Kept like a long string, although it may be short, or a number.
pub(super) fn grown(writer: &mut Writer) {
    for _ in 0..2 {
        let value = writer.text();
        writer.add("APPEND", [value]);
    }
    writer.add("APPEND", words![7]);
}

pub(super) fn visitors(writer: &mut Writer) {
    // From some hundreds of visitors on, every register is kept.
    let count = *writer.random.pick(&[1, 10, 100, 3000]);
    let visitors: Vec<Vec<u8>> = (0..count).map(|_| writer.random.bytes(8)).collect();
    writer.add("PFADD", visitors);
}

pub(super) fn bits(writer: &mut Writer) {
    for _ in 0..writer.count(20) {
        let at = writer.random.below(20_000);
        writer.add("SETBIT", words![at, 1]);
    }
}
