//! The backward length of listpack items, which servers encode in two ways.
//!
//! An item of a listpack ends with its own length, seven bits in each byte, for reading backwards. Redis, and therefore
//! Valkey, used one byte more than needed for three sizes: the largest that fit into two, three and four bytes. In May
//! 2026 both corrected that (redis#15151, valkey#3601; Valkey 9.1.2 has the correction), and no RDB version marks the
//! difference. A server that reads forwards skips as many bytes as it would have written itself. If the writer used
//! another number, it steps into the middle of the next item: it refuses the listpack or, much later, crashes.

use super::Listpack;
use crate::payload::Fault;

/// How the backward length of an item with an ambiguous size is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BacklenEncoding {
    /// With one byte more than needed, as always until May 2026.
    Padded,
    /// With as many bytes as needed.
    Minimal,
}

/// The sizes of items that servers write in different ways.
const AMBIGUOUS: [usize; 3] = [(1 << 14) - 1, (1 << 21) - 1, (1 << 28) - 1];

/// The length of the shortest listpack that can hold such an item.
pub(in crate::payload) const SHORTEST_AMBIGUOUS: u64 = 6 + (1 << 14) - 1 + 2 + 1;

impl BacklenEncoding {
    /// How the backward length of an item of `size` bytes was written; `None` if all servers write it in the same way.
    /// The byte that is not needed comes first and is 0.
    pub(super) fn detect(size: usize, written: &[u8]) -> Option<Self> {
        let is_padded = written.first() == Some(&0);
        AMBIGUOUS.contains(&size).then_some(if is_padded { Self::Padded } else { Self::Minimal })
    }

    /// The number of bytes of the backward length of an item of `size` bytes (`lpEncodeBacklenBytes`).
    pub(super) fn backlen_size(self, size: usize) -> usize {
        let needed = 1 + (7..=28).step_by(7).filter(|bits| size >> bits > 0).count();
        needed + usize::from(self == Self::Padded && AMBIGUOUS.contains(&size))
    }

    /// Writes the backward length of an item of `size` bytes: the lowest bits come last, and the highest bit is set in
    /// every byte but the first (`lpEncodeBacklen`).
    pub(super) fn put_backlen(self, out: &mut Vec<u8>, size: usize) {
        for left in (0..self.backlen_size(size)).rev() {
            let [bits, ..] = (size >> (7 * left)).to_le_bytes();
            let is_first = left + 1 == self.backlen_size(size);
            out.push(bits & 0x7f | if is_first { 0 } else { 0x80 });
        }
    }
}

/// The encoding of a listpack; `None` if it has no item of an ambiguous size.
pub(in crate::payload) fn backlen_encoding_of(listpack: &[u8]) -> Result<Option<BacklenEncoding>, Fault> {
    let mut items = Listpack::open(listpack)?;
    while items.next_item()?.is_some() {
        let last = items.last_item();
        if let found @ Some(_) = BacklenEncoding::detect(last.len(), &listpack[last.end..]) {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The same listpack in this encoding.
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

    /// Texts of items whose sizes are ambiguous or one off; five bytes of each item are the length of its text.
    fn texts() -> Vec<Vec<u8>> {
        let sizes = AMBIGUOUS[..2].iter().flat_map(|size| [size - 1, *size, size + 1]);
        sizes.map(|size| vec![0; size - 5]).collect()
    }

    #[test]
    fn items_of_ambiguous_sizes_are_read_in_both_encodings() {
        let texts = texts();
        let items: Vec<Item> = texts.iter().map(|text| Item::from(&text[..])).collect();
        let [padded, minimal] = [BacklenEncoding::Padded, BacklenEncoding::Minimal].map(|encoding| {
            let bytes = listpack_with(encoding, &items);
            assert_eq!(read(&bytes).unwrap(), items);
            assert_eq!(backlen_encoding_of(&bytes), Ok(Some(encoding)));
            bytes
        });
        assert_eq!(padded.len(), minimal.len() + 2);
        assert_eq!(with_backlen_encoding(&padded, BacklenEncoding::Minimal).unwrap(), minimal);
        assert_eq!(with_backlen_encoding(&minimal, BacklenEncoding::Padded).unwrap(), padded);
    }

    #[test]
    fn a_listpack_without_such_items_is_the_same_in_both_encodings() {
        let items = [Item::Int(5), Item::from(&[0; 16_377][..])];
        let bytes = listpack_with(BacklenEncoding::Padded, &items);
        assert_eq!(bytes, listpack_with(BacklenEncoding::Minimal, &items));
        assert_eq!(backlen_encoding_of(&bytes), Ok(None));
    }

    #[test]
    fn the_shortest_listpack_with_such_an_item_has_the_stated_length() {
        let text = vec![0; AMBIGUOUS[0] - 5];
        assert_eq!(listpack_with(BacklenEncoding::Minimal, &[Item::from(&text[..])]).len() as u64, SHORTEST_AMBIGUOUS);
    }
}
