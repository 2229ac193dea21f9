//! The backward length of listpack items, which servers encode in two ways.
//!
//! An item of a listpack ends with its own length, seven bits in each byte, for reading backwards. Redis, and therefore
//! Valkey, used one byte more than needed for three sizes: the largest that fit into two, three and four bytes. In May
//! 2026 both corrected that (redis#15151, valkey#3601; Valkey 9.1.2 has the correction), and no RDB version marks the
//! difference. A server that reads forwards skips as many bytes as it would have written itself. If the writer used
//! another number, it steps into the middle of the next item: it refuses the listpack or, much later, crashes.

/// How the backward length of an item with an ambiguous size is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BacklenEncoding {
    /// With one byte more than needed, as always until May 2026.
    Padded,
    /// With as many bytes as needed.
    Minimal,
}

/// The sizes of items that servers write in different ways.
pub(super) const AMBIGUOUS: [usize; 3] = [(1 << 14) - 1, (1 << 21) - 1, (1 << 28) - 1];

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
