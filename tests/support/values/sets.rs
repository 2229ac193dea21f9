//! Sets.

use super::{Amount, Writer};
use crate::support::words;

/// Integers of two, four or eight bytes: the widest one decides.
pub(super) fn numbers(writer: &mut Writer) {
    let shift = *writer.random.pick(&[50, 40, 0]);
    let numbers: Vec<Vec<u8>> = (0..writer.count(200)).map(|_| words![writer.number() >> shift][0].clone()).collect();
    writer.add("SADD", numbers);
}

/// At least one member is not a number.
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
