//! Sets.

use super::{Amount, Writer};
use crate::support::words;

/// Of two, four or eight bytes each: the widest decides.
pub(super) fn numbers(writer: &mut Writer) {
    let shift = *writer.random.pick(&[50, 40, 0]);
    let numbers: Vec<Vec<u8>> = (0..writer.count(200)).map(|_| words![writer.number() >> shift][0].clone()).collect();
    writer.add("SADD", numbers);
}

/// At least one of them is no number.
pub(super) fn few(writer: &mut Writer) {
    let members = writer.members(Amount::Few);
    writer.add("SADD", members);
    writer.add("SADD", words!["text"]);
}

pub(super) fn many(writer: &mut Writer) {
    let members = writer.members(Amount::Many);
    writer.add("SADD", members);
    writer.add("SADD", words!["text"]);
}
