//! Zipmaps (`zipmap.c`): the container of hashes before Redis 2.6.
//!
//! One byte for the number of pairs (254 and more: unknown), then the pairs, then `ff`. A pair is the length and the
//! bytes of the field, the length of the value, the number of unused bytes after the value in one byte, the value, and
//! the unused bytes. A length is one byte, or `fe` and four bytes.

use crate::payload::{Cursor, Fault, Item};

const WIDE: u8 = 0xfe;
const END: u8 = 0xff;

/// Reads the fields and values of a zipmap.
#[derive(Clone, Debug)]
pub struct Zipmap<'a> {
    cursor: Cursor<'a>,
}

impl<'a> Zipmap<'a> {
    /// Reads the header.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(bytes);
        cursor.byte()?;
        Ok(Self { cursor })
    }

    fn length(&mut self) -> Result<Option<u64>, Fault> {
        Ok(match self.cursor.byte()? {
            END => None,
            WIDE => Some(u32::from_le_bytes(self.cursor.array()?).into()),
            length => Some(length.into()),
        })
    }

    /// The next field and its value; `None` at the end.
    pub fn next_pair(&mut self) -> Result<Option<(Item<'a>, Item<'a>)>, Fault> {
        let Some(length) = self.length()? else { return Ok(None) };
        let field = self.cursor.take(length)?;
        let length = self.length()?.ok_or(self.cursor.corrupt("a zipmap's field has no value"))?;
        let unused = self.cursor.byte()?;
        let value = self.cursor.take(length)?;
        self.cursor.take(unused.into())?;
        Ok(Some((field.into(), value.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(Item<'_>, Item<'_>)>, Fault> {
        let mut pairs = Zipmap::open(bytes)?;
        std::iter::from_fn(|| pairs.next_pair().transpose()).collect()
    }

    #[test]
    fn unused_bytes_are_skipped() {
        let bytes = [2, 1, b'a', 2, 3, b'x', b'y', 0, 0, 0, WIDE, 1, 0, 0, 0, b'b', 0, 0, END];
        let pairs = read(&bytes).unwrap();
        let expected = [(&b"a"[..], &b"xy"[..]), (b"b", b"")].map(|(field, value)| (field.into(), value.into()));
        assert_eq!(pairs, expected);
    }

    #[test]
    fn a_zipmap_that_ends_early_is_an_error() {
        let bytes = [1, 1, b'a', 2, 0, b'x'];
        for end in 2..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "{end}");
        }
    }
}
