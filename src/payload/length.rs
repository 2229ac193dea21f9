//! Lengths: how the format writes numbers that count something (`rdbLoadLenByRef` in `rdb.c`).
//!
//! | first byte | meaning |
//! |---|---|
//! | `00xxxxxx` | the number is in these six bits |
//! | `01xxxxxx` | the number is in these six bits and the next byte |
//! | `10000000` | four bytes follow, big endian |
//! | `10000001` | eight bytes follow, big endian (since RDB version 8) |
//! | `11xxxxxx` | no number: a string in the special form `xxxxxx` |

use super::{Cursor, Fault};

/// What stands where a length may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// A number.
    Number(u64),
    /// The form of a string that is not written as its bytes.
    Special(u8),
}

impl Cursor<'_> {
    /// A length, or the special form of a string.
    ///
    /// # Errors
    /// The bytes end early, or are none.
    pub fn length_or_special(&mut self) -> Result<Length, Fault> {
        let at = self.position();
        let first = self.byte()?;
        let low = first & 0x3f;
        Ok(Length::Number(match first >> 6 {
            0 => u64::from(low),
            1 => u64::from(low) << 8 | u64::from(self.byte()?),
            2 => match low {
                0 => u32::from_be_bytes(self.array()?).into(),
                1 => u64::from_be_bytes(self.array()?),
                _ => return Err(Fault::corrupt(at, "a length begins with a byte that begins none")),
            },
            _ => return Ok(Length::Special(low)),
        }))
    }

    /// A length that is a number. Any number, `u64::MAX` too: streams keep counters in lengths.
    ///
    /// # Errors
    /// The bytes end early, or are no number.
    pub fn length(&mut self) -> Result<u64, Fault> {
        let at = self.position();
        match self.length_or_special()? {
            Length::Number(number) => Ok(number),
            Length::Special(_) => Err(Fault::corrupt(at, "a string stands where a length should")),
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

/// Bytes that [`put_wide_length`] takes.
pub const WIDE_LENGTH: usize = 5;

/// Writes a length in the form that is the same size for every `u32`: for a place that is kept free
/// until the number is known. Readers take a length in any form that can hold it.
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
    fn the_forms_have_their_borders() {
        for (number, size) in [(0, 1), (63, 1), (64, 2), (0x3fff, 2), (0x4000, 5), (0xffff_ffff, 5), (1 << 32, 9)] {
            let mut bytes = Vec::new();
            put_length(&mut bytes, number);
            assert_eq!(bytes.len(), size, "{number}");
        }
    }

    #[test]
    fn a_wide_length_is_read_like_any() {
        let mut bytes = [0; WIDE_LENGTH];
        put_wide_length(&mut bytes, 5);
        assert_eq!(Cursor::new(&bytes).length(), Ok(5));
    }

    #[test]
    fn what_is_no_length_is_corrupt() {
        assert_eq!(Cursor::new(&[0xc0]).length(), Err(Fault::corrupt(0, "a string stands where a length should")));
        assert_eq!(
            Cursor::new(&[0x82]).length(),
            Err(Fault::corrupt(0, "a length begins with a byte that begins none"))
        );
    }
}
