//! Lengths: the encoding of counts and of most other numbers (`rdbLoadLenByRef` in `rdb.c`).
//!
//! | first byte | meaning |
//! |---|---|
//! | `00xxxxxx` | the number is in these six bits |
//! | `01xxxxxx` | the number is in these six bits and the next byte |
//! | `10000000` | four bytes follow, big endian |
//! | `10000001` | eight bytes follow, big endian (since RDB version 8) |
//! | `11xxxxxx` | not a number, but a string in the special form `xxxxxx` |

use super::{Cursor, Fault};

/// What a length, or the beginning of a string, can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// A length.
    Number(u64),
    /// The special form of a string.
    Special(u8),
}

impl Cursor<'_> {
    /// Reads a length, or the special form of a string.
    pub(crate) fn length_or_special(&mut self) -> Result<Length, Fault> {
        let at = self.position();
        let first = self.byte()?;
        let low = first & 0x3f;
        Ok(Length::Number(match first >> 6 {
            0 => u64::from(low),
            1 => u64::from(low) << 8 | u64::from(self.byte()?),
            2 => match low {
                0 => u32::from_be_bytes(self.array()?).into(),
                1 => u64::from_be_bytes(self.array()?),
                _ => return Err(Fault::corrupt(at, "the first byte of a length is invalid")),
            },
            _ => return Ok(Length::Special(low)),
        }))
    }

    /// Reads a length. Every number is valid, even `u64::MAX`: streams store counters as lengths.
    ///
    /// # Errors
    /// The bytes end early, or are not a length.
    pub fn length(&mut self) -> Result<u64, Fault> {
        let at = self.position();
        match self.length_or_special()? {
            Length::Number(number) => Ok(number),
            Length::Special(_) => Err(Fault::corrupt(at, "a string was found instead of a length")),
        }
    }
}

/// Writes a length in its shortest form.
pub fn put_length(out: &mut Vec<u8>, number: u64) {
    if let Ok(small @ 0..0x40) = u8::try_from(number) {
        out.push(small);
    } else if let Ok(number @ 0..0x4000) = u16::try_from(number) {
        out.extend((number | 0x4000).to_be_bytes());
    } else if let Ok(number) = u32::try_from(number) {
        out.push(0x80);
        out.extend(number.to_be_bytes());
    } else {
        out.push(0x81);
        out.extend(number.to_be_bytes());
    }
}

/// The number of bytes that [`put_wide_length`] writes.
pub const WIDE_LENGTH: usize = 5;

/// Writes a length in the form that has the same size for every `u32`, into a place that was kept free until the number
/// was known. Readers accept a number in any form that can hold it.
pub fn put_wide_length(place: &mut [u8], number: u32) {
    place[0] = 0x80;
    place[1..WIDE_LENGTH].copy_from_slice(&number.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_length_is_read_as_it_was_written(number: u64, shift in 0_u32..64) {
            let number = number >> shift;
            let mut bytes = Vec::new();
            put_length(&mut bytes, number);
            let mut cursor = Cursor::new(&bytes);
            prop_assert_eq!(cursor.length(), Ok(number));
            prop_assert!(cursor.is_at_end());
            for end in 0..bytes.len() {
                prop_assert_eq!(Cursor::new(&bytes[..end]).length().map_err(|fault| fault.kind), Err(super::super::FaultKind::Short));
            }
        }
    }

    #[test]
    fn a_length_is_written_in_its_shortest_form() {
        for (number, size) in [(0, 1), (63, 1), (64, 2), (0x3fff, 2), (0x4000, 5), (0xffff_ffff, 5), (1 << 32, 9)] {
            let mut bytes = Vec::new();
            put_length(&mut bytes, number);
            assert_eq!(bytes.len(), size, "{number}");
        }
    }

    #[test]
    fn a_wide_length_is_read_like_any_other() {
        let mut bytes = [0; WIDE_LENGTH];
        put_wide_length(&mut bytes, 5);
        assert_eq!(Cursor::new(&bytes).length(), Ok(5));
    }

    #[test]
    fn bytes_that_are_not_a_length_are_corrupt() {
        assert_eq!(Cursor::new(&[0xc0]).length(), Err(Fault::corrupt(0, "a string was found instead of a length")));
        assert_eq!(Cursor::new(&[0x82]).length(), Err(Fault::corrupt(0, "the first byte of a length is invalid")));
    }
}
