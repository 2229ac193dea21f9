//! Sets of integers (`intset.h`): the width of each integer (2, 4 or 8 bytes) and their number, four bytes each, then the
//! integers.

use crate::payload::{Cursor, Fault};

/// Iterates over the integers of an intset.
#[derive(Clone, Debug)]
pub struct IntSet<'a> {
    numbers: std::slice::ChunksExact<'a, u8>,
}

impl<'a> IntSet<'a> {
    /// Reads the header.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(bytes);
        let width = u32::from_le_bytes(cursor.array()?);
        let count = u32::from_le_bytes(cursor.array()?);
        if !matches!(width, 2 | 4 | 8) {
            return Err(Fault::corrupt(0, "the integers of an intset have an invalid width"));
        }
        let numbers = cursor.take(u64::from(width) * u64::from(count))?;
        if !cursor.is_at_end() {
            return Err(cursor.corrupt("an intset is longer than its numbers"));
        }
        Ok(Self { numbers: numbers.chunks_exact(width as usize) })
    }
}

impl Iterator for IntSet<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        let number = self.numbers.next()?;
        Some(match *number {
            [a, b] => i16::from_le_bytes([a, b]).into(),
            [a, b, c, d] => i32::from_le_bytes([a, b, c, d]).into(),
            _ => i64::from_le_bytes(*number.first_chunk().expect("two, four or eight bytes")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_each_width_are_read() {
        for width in [2_u32, 4, 8] {
            let mut bytes = [width.to_le_bytes(), 2_u32.to_le_bytes()].concat();
            for number in [-5_i64, 7] {
                bytes.extend(&number.to_le_bytes()[..width as usize]);
            }
            assert_eq!(IntSet::open(&bytes).unwrap().collect::<Vec<_>>(), [-5, 7]);
            assert!(IntSet::open(&bytes[..bytes.len() - 1]).is_err());
            bytes.push(0);
            assert!(IntSet::open(&bytes).is_err());
        }
        assert!(IntSet::open(&[3, 0, 0, 0, 0, 0, 0, 0]).is_err());
    }
}
