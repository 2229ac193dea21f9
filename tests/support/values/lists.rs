//! Lists.

use super::Writer;
use crate::support::words;

/// In one node.
pub(super) fn few(writer: &mut Writer) {
    let items: Vec<Vec<u8>> = (0..writer.count(30)).map(|_| writer.text()).collect();
    writer.add("RPUSH", items);
}

/// In several nodes.
pub(super) fn many(writer: &mut Writer) {
    let items: Vec<Vec<u8>> = (0..400 + writer.count(400)).map(|_| writer.any_text()).collect();
    writer.add("RPUSH", items);
    writer.add("RPUSH", [vec![b'z'; 5000], vec![b'y'; 5000]]);
}

/// Items so large that each has its own node, among smaller ones.
pub(super) fn large(writer: &mut Writer) {
    for _ in 0..writer.count(3) {
        let before = writer.text();
        let length = 8193 + writer.length(9000);
        let item = if writer.random.chance(50) { vec![b'w'; length] } else { writer.random.bytes(length) };
        writer.add("RPUSH", [before, item]);
    }
}

/// Changed at the head, at the tail and in the middle: nodes are split and joined, and items get another width.
pub(super) fn changed(writer: &mut Writer) {
    let items: Vec<Vec<u8>> = (0..30 + writer.count(300)).map(|_| writer.any_text()).collect();
    writer.add("RPUSH", items);
    for _ in 0..writer.count(20) {
        let (at, item) = (writer.random.below(30), writer.any_text());
        match writer.random.below(4) {
            0 => writer.add("LPUSH", [item]),
            1 => writer.add("LSET", words![at, item]),
            2 => writer.add("LINSERT", words!["BEFORE", item, "inserted"]),
            _ => writer.add("LREM", words![1, item]),
        }
    }
}
