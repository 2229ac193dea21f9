//! Hashes. Their fields expire if the server supports that.

use super::{Amount, Writer};
use crate::support::{Kind, words};

/// 1 January 2100 in unix ms.
const FAR: u64 = 4_102_444_800_000;
/// The latest time that a command of Redis sets for a field.
const LATEST: u64 = (1 << 46) - 1;

pub(super) fn few(writer: &mut Writer) {
    fields(writer, Amount::Few);
}

pub(super) fn many(writer: &mut Writer) {
    fields(writer, Amount::Many);
}

pub(super) fn expiring_few(writer: &mut Writer) {
    let names = fields(writer, Amount::Few);
    expire_some(writer, &names);
}

pub(super) fn expiring_many(writer: &mut Writer) {
    let names = fields(writer, Amount::Many);
    expire_some(writer, &names);
}

/// Kept like a hash with fields that expire, although no field expires any more.
pub(super) fn persisted_few(writer: &mut Writer) {
    let names = fields(writer, Amount::Few);
    persist(writer, names);
}

pub(super) fn persisted_many(writer: &mut Writer) {
    let names = fields(writer, Amount::Many);
    persist(writer, names);
}

/// A field that expires later than a command of Redis would set, and mostly later than Redis can report at all.
pub(super) fn late(writer: &mut Writer) {
    let names = fields(writer, Amount::Few);
    if writer.kind == Kind::Valkey91 {
        let at = LATEST + 1 + (writer.random.next() >> (2 + writer.random.below(24)));
        writer.add("HPEXPIREAT", words![at, "FIELDS", 1, names[0]]);
    }
}

fn fields(writer: &mut Writer, amount: Amount) -> Vec<Vec<u8>> {
    let names = writer.members(amount);
    let is_many = matches!(amount, Amount::Many);
    let mut words = Vec::new();
    for name in &names {
        let value = if is_many { writer.any_text() } else { writer.text() };
        words.extend([name.clone(), value]);
    }
    writer.add("HSET", words);
    names
}

/// Gives an expiry to the first field and to some or all of the others. Then it writes or deletes a few of them.
fn expire_some(writer: &mut Writer, names: &[Vec<u8>]) {
    if !writer.has_field_expiry() {
        return;
    }
    let percent = *writer.random.pick(&[10, 50, 100]);
    for (at, name) in names.iter().enumerate() {
        if at == 0 || writer.random.chance(percent) {
            let moment = moment(writer);
            writer.add("HPEXPIREAT", words![moment, "FIELDS", 1, name]);
        }
    }
    for name in names.iter().skip(1) {
        let value = writer.text();
        match writer.random.below(20) {
            0 => writer.add("HSET", words![name, value]),
            1 => writer.add("HDEL", words![name]),
            2 => writer.add("HPERSIST", words!["FIELDS", 1, name]),
            _ => {}
        }
    }
}

/// Redis writes the difference from the earliest expiry in one, two, five or nine bytes.
fn moment(writer: &mut Writer) -> u64 {
    if writer.random.chance(3) { LATEST } else { FAR + (writer.random.next() >> (19 + writer.random.below(44))) }
}

fn persist(writer: &mut Writer, names: Vec<Vec<u8>>) {
    if writer.has_field_expiry() {
        writer.add("HPEXPIREAT", words![FAR, "FIELDS", 1, names[0]]);
        let mut words = words!["FIELDS", names.len()].to_vec();
        words.extend(names);
        writer.add("HPERSIST", words);
    }
}
