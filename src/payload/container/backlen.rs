//! A difference between servers that no version tells.
//!
//! A listpack's item ends with its own length, seven bits a byte. Redis, and Valkey after it, took one
//! byte more than needed for three lengths: those that just fill two, three and four bytes. In May 2026
//! both mended that (redis#15151, valkey#3601; Valkey 9.1.2 has it). But where an item ends is told by
//! its length, not by these bytes: a server that counts them otherwise steps into the next item, and
//! either refuses the listpack or, much later, falls over it.

use super::Listpack;
use crate::payload::Fault;

/// How an item's length is written that just fills its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BacklenEncoding {
    /// With one byte more, as always until May 2026.
    Padded,
    /// Without.
    Minimal,
}

/// The lengths that this is about.
const AMBIGUOUS: [usize; 3] = [(1 << 14) - 1, (1 << 21) - 1, (1 << 28) - 1];

/// The shortest listpack that can have an item of such a length.
pub(in crate::payload) const SHORTEST_AMBIGUOUS: u64 = 6 + (1 << 14) - 1 + 2 + 1;

impl BacklenEncoding {
    /// How the length of an item of `size` bytes was written; `None` where everybody writes it alike.
    /// The byte that is not needed comes first, and is 0.
    pub(super) fn detect(size: usize, written: &[u8]) -> Option<Self> {
        let is_early = written.first() == Some(&0);
        AMBIGUOUS.contains(&size).then_some(if is_early { Self::Padded } else { Self::Minimal })
    }

    /// How many bytes the length of an item of `size` bytes takes (`lpEncodeBacklenBytes`).
    pub(super) fn backlen_size(self, size: usize) -> usize {
        let needed = 1 + (7..=28).step_by(7).filter(|bits| size >> bits > 0).count();
        needed + usize::from(self == Self::Padded && AMBIGUOUS.contains(&size))
    }

    /// Writes the length of an item of `size` bytes: the lowest bits last, the highest bit of every byte
    /// but the first set (`lpEncodeBacklen`).
    pub(super) fn put_backlen(self, out: &mut Vec<u8>, size: usize) {
        for left in (0..self.backlen_size(size)).rev() {
            let [bits, ..] = (size >> (7 * left)).to_le_bytes();
            let is_first = left + 1 == self.backlen_size(size);
            out.push(bits & 0x7f | if is_first { 0 } else { 0x80 });
        }
    }
}

/// How a listpack's items on a border are written; `None` where it has none.
pub(in crate::payload) fn backlen_encoding_of(listpack: &[u8]) -> Result<Option<BacklenEncoding>, Fault> {
    let mut items = Listpack::open(listpack)?;
    while items.next_item()?.is_some() {
        let last = items.last_item();
        if let met @ Some(_) = BacklenEncoding::detect(last.len(), &listpack[last.end..]) {
            return Ok(met);
        }
    }
    Ok(None)
}

/// The same listpack, with its items on a border written in this way.
pub(in crate::payload) fn with_backlen_encoding(listpack: &[u8], into: BacklenEncoding) -> Result<Vec<u8>, Fault> {
    let mut items = Listpack::open(listpack)?;
    let mut out = Vec::with_capacity(listpack.len() + 8);
    out.extend_from_slice(&listpack[..items.position()]);
    while items.next_item()?.is_some() {
        let last = items.last_item();
        out.extend_from_slice(&listpack[last.clone()]);
        into.put_backlen(&mut out, last.len());
    }
    out.extend_from_slice(&listpack[listpack.len() - 1..]);
    let size = u32::try_from(out.len()).map_err(|_| Fault::corrupt(0, "a listpack is longer than it can be"))?;
    out[..4].copy_from_slice(&size.to_le_bytes());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Item;
    use crate::payload::container::listpack::tests::{listpack_with, read};

    /// Items whose sizes are around the borders; five bytes of each tell how long its text is.
    fn texts() -> Vec<Vec<u8>> {
        let sizes = AMBIGUOUS[..2].iter().flat_map(|border| [border - 1, *border, border + 1]);
        sizes.map(|size| vec![0; size - 5]).collect()
    }

    #[test]
    fn items_on_a_border_are_read_however_they_are_written() {
        let texts = texts();
        let items: Vec<Item> = texts.iter().map(|text| Item::from(&text[..])).collect();
        let [early, late] = [BacklenEncoding::Padded, BacklenEncoding::Minimal].map(|borders| {
            let bytes = listpack_with(borders, &items);
            assert_eq!(read(&bytes).unwrap(), items);
            assert_eq!(backlen_encoding_of(&bytes), Ok(Some(borders)));
            bytes
        });
        assert_eq!(early.len(), late.len() + 2);
        assert_eq!(with_backlen_encoding(&early, BacklenEncoding::Minimal).unwrap(), late);
        assert_eq!(with_backlen_encoding(&late, BacklenEncoding::Padded).unwrap(), early);
    }

    #[test]
    fn a_listpack_without_such_items_is_alike_everywhere() {
        let items = [Item::Int(5), Item::from(&[0; 16_377][..])];
        let bytes = listpack_with(BacklenEncoding::Padded, &items);
        assert_eq!(bytes, listpack_with(BacklenEncoding::Minimal, &items));
        assert_eq!(backlen_encoding_of(&bytes), Ok(None));
    }

    #[test]
    fn the_shortest_listpack_with_such_an_item_is_as_long_as_is_said() {
        let text = vec![0; AMBIGUOUS[0] - 5];
        assert_eq!(listpack_with(BacklenEncoding::Minimal, &[Item::from(&text[..])]).len() as u64, SHORTEST_AMBIGUOUS);
    }
}
