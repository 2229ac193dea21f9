//! Streams, with deleted entries and with groups.

use super::Writer;
use crate::support::{Kind, words};

/// The IDs of entries.
type Ids = Vec<String>;

pub(super) fn entries(writer: &mut Writer) {
    let ids = add(writer, 20);
    delete(writer, &ids, 20);
}

pub(super) fn groups(writer: &mut Writer) {
    let ids = add(writer, 30);
    delete(writer, &ids, 10);
    for number in 0..writer.count(3) {
        group(writer, &format!("group {number}"), &ids);
    }
    delete(writer, &ids, 10);
    move_on(writer);
}

/// In several nodes, some of which may have been deleted.
pub(super) fn long(writer: &mut Writer) {
    let ids = add(writer, 10);
    let last = ids.last().expect("at least one");
    let (ms, _) = last.split_once('-').expect("two numbers");
    let ms: u64 = ms.parse().expect("a number");
    for number in 1..=250 {
        let value = writer.text();
        writer.add("XADD", words![format!("{}-{number}", ms + 1), "n", number, "value", value]);
    }
    if writer.random.chance(50) {
        let percent = *writer.random.pick(&[5, 80]);
        delete(writer, &(1..=250).map(|number| format!("{}-{number}", ms + 1)).collect::<Ids>(), percent);
    }
    if writer.random.chance(30) {
        writer.add("XTRIM", words!["MAXLEN", 130]);
    }
    group(writer, "group", &ids);
}

/// All its entries were deleted, but its groups still refer to some of them.
pub(super) fn emptied(writer: &mut Writer) {
    let ids = add(writer, 8);
    group(writer, "group", &ids);
    delete(writer, &ids, 100);
}

/// It never had an entry.
pub(super) fn made(writer: &mut Writer) {
    let key = writer.key;
    writer.pipeline.add(words!["XGROUP", "CREATE", key, "", "$", "MKSTREAM"]);
    if writer.random.chance(50) {
        writer.pipeline.add(words!["XGROUP", "CREATECONSUMER", key, "", ""]);
    }
}

/// Adds entries, most of them with the same fields as the one before.
fn add(writer: &mut Writer, most: u64) -> Ids {
    let mut ids = Vec::new();
    let (mut ms, mut seq) = (*writer.random.pick(&[0, 1, 1_700_000_000_000, 1 << 45]), 1);
    for _ in 0..writer.count(most) {
        let id = format!("{ms}-{seq}");
        let mut words = words![id].to_vec();
        for field in ["kind", "n", "text"].iter().take(*writer.random.pick(&[1, 3, 3])) {
            let name = if writer.random.chance(5) { writer.text() } else { field.as_bytes().to_vec() };
            words.extend([name, writer.any_text()]);
        }
        writer.add("XADD", words);
        ids.push(id);
        if writer.random.chance(40) {
            seq += writer.count(3);
        } else {
            ms += 1 + (writer.random.next() >> (30 + writer.random.below(34)));
            seq = writer.random.below(4);
        }
    }
    ids
}

fn delete(writer: &mut Writer, ids: &[String], percent: u64) {
    for id in ids {
        if writer.random.chance(percent) {
            writer.add("XDEL", words![id]);
        }
    }
}

/// A group that starts at some ID, with consumers that have pending entries or none.
fn group(writer: &mut Writer, name: &str, ids: &[String]) {
    let key = writer.key;
    let from = if writer.random.chance(50) { "0" } else { writer.random.pick(ids) };
    let mut words = words!["XGROUP", "CREATE", key, name, from].to_vec();
    if writer.kind != Kind::Redis62 && writer.random.chance(40) {
        words.extend(words!["ENTRIESREAD", writer.random.below(100_000)]);
    }
    writer.pipeline.add(words);
    for consumer in ["first", "second", "third"].iter().take(writer.length(4)) {
        if writer.random.chance(30) {
            writer.pipeline.add(words!["XGROUP", "CREATECONSUMER", key, name, consumer]);
        }
        let count = writer.count(10);
        let no_ack = if writer.random.chance(20) { &["NOACK"][..] } else { &[] };
        let mut words = words!["XREADGROUP", "GROUP", name, consumer, "COUNT", count].to_vec();
        words.extend(no_ack.iter().map(|word| word.as_bytes().to_vec()));
        words.extend(words!["STREAMS", key, ">"]);
        writer.pipeline.add(words);
    }
    for id in ids {
        let (time, count) = (writer.random.below(1 << 41), writer.random.next() >> (20 + writer.random.below(44)));
        match writer.random.below(10) {
            0 | 1 => writer.add("XACK", words![name, id]),
            2 => {
                writer.add("XCLAIM", words![name, "claimer", 0, id, "TIME", time, "RETRYCOUNT", count, "FORCE"]);
            }
            _ => {}
        }
    }
}

/// Moves the last ID far beyond the last entry, as if entries had been deleted.
fn move_on(writer: &mut Writer) {
    if writer.random.chance(30) {
        let id = *writer.random.pick(&["9000000000000000000-0", "18446744073709551615-18446744073709551615"]);
        writer.add("XSETID", words![id]);
    }
}
