//! Strings (`rdbGenericLoadStringObject` in `rdb.c`).
//!
//! A string is a length and as many bytes or, if the length is a special form:
//!
//! | form | what follows |
//! |---|---|
//! | 0 | an integer in one byte |
//! | 1 | an integer in two bytes, little endian |
//! | 2 | an integer in four bytes, little endian |
//! | 3 | the packed length, the unpacked length, the bytes packed with LZF |

use std::borrow::Cow;

use super::length::put_length;
use super::{Cursor, Fault, Item, Length, lzf};

/// What comes before the bytes of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StringHead {
    /// So many bytes follow.
    Plain(u64),
    /// The string is this number; no bytes follow.
    Int(i64),
    /// `packed` bytes follow, which unpack to `unpacked`.
    Lzf {
        /// The number of bytes that follow.
        packed: u64,
        /// The length of the string.
        unpacked: u64,
    },
}

impl StringHead {
    /// The length of the string; 0 for a number.
    pub(crate) fn unpacked(self) -> u64 {
        match self {
            Self::Plain(count) | Self::Lzf { unpacked: count, .. } => count,
            Self::Int(_) => 0,
        }
    }

    /// The number of bytes that follow.
    pub(crate) fn following(self) -> u64 {
        match self {
            Self::Plain(count) | Self::Lzf { packed: count, .. } => count,
            Self::Int(_) => 0,
        }
    }
}

impl<'a> Cursor<'a> {
    /// Reads what comes before the bytes of a string.
    ///
    /// # Errors
    /// The bytes end early, or are not a string.
    pub fn string_head(&mut self) -> Result<StringHead, Fault> {
        let at = self.position();
        Ok(match self.length_or_special()? {
            Length::Number(count) => StringHead::Plain(count),
            Length::Special(0) => StringHead::Int(i8::from_le_bytes(self.array()?).into()),
            Length::Special(1) => StringHead::Int(i16::from_le_bytes(self.array()?).into()),
            Length::Special(2) => StringHead::Int(i32::from_le_bytes(self.array()?).into()),
            Length::Special(3) => {
                let (packed, unpacked) = (self.length()?, self.length()?);
                if !lzf::is_plausible(packed, unpacked) {
                    return Err(Fault::corrupt(at, "a compressed string claims to be longer than it can be"));
                }
                StringHead::Lzf { packed, unpacked }
            }
            Length::Special(_) => return Err(Fault::corrupt(at, "a string has an unknown form")),
        })
    }

    /// Reads a string. It is copied only if it is compressed.
    pub(crate) fn string(&mut self) -> Result<Item<'a>, Fault> {
        let head = self.string_head()?;
        let at = self.position();
        let bytes = self.take(head.following())?;
        Ok(match head {
            StringHead::Int(number) => Item::Int(number),
            StringHead::Plain(_) => Item::from(bytes),
            StringHead::Lzf { unpacked, .. } => {
                let bytes = lzf::unpack(bytes, unpacked).map_err(|fault| fault.inside(at))?;
                Item::Bytes(Cow::Owned(bytes))
            }
        })
    }

    /// Skips a string.
    ///
    /// # Errors
    /// The bytes end early, or are not a string.
    pub fn take_string(&mut self) -> Result<(), Fault> {
        let head = self.string_head()?;
        self.take(head.following()).map(drop)
    }

    /// Reads a string as bytes, because it holds a container.
    pub(crate) fn blob(&mut self) -> Result<Cow<'a, [u8]>, Fault> {
        Ok(match self.string()? {
            Item::Bytes(bytes) => bytes,
            number @ Item::Int(_) => Cow::Owned(number.into_text()),
        })
    }
}

/// Writes a string, uncompressed. A number is written in its short form if it has one.
pub fn put_string(out: &mut Vec<u8>, item: &Item) {
    match *item {
        Item::Int(number) => put_int(out, number),
        Item::Bytes(ref bytes) => {
            put_length(out, bytes.len() as u64);
            out.extend_from_slice(bytes);
        }
    }
}

fn put_int(out: &mut Vec<u8>, number: i64) {
    if let Ok(number) = i8::try_from(number) {
        out.push(0xc0);
        out.extend(number.to_le_bytes());
    } else if let Ok(number) = i16::try_from(number) {
        out.push(0xc1);
        out.extend(number.to_le_bytes());
    } else if let Ok(number) = i32::try_from(number) {
        out.push(0xc2);
        out.extend(number.to_le_bytes());
    } else {
        let mut digits = itoa::Buffer::new();
        put_string(out, &Item::from(digits.format(number).as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::FaultKind;
    use proptest::prelude::*;

    fn read_back(item: &Item) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_string(&mut bytes, item);
        let mut cursor = Cursor::new(&bytes);
        let text = cursor.string().unwrap().into_text();
        assert!(cursor.is_at_end());
        text
    }

    proptest! {
        #[test]
        fn bytes_are_read_as_they_were_written(bytes: Vec<u8>) {
            prop_assert_eq!(read_back(&Item::from(&bytes[..])), bytes);
        }

        #[test]
        fn numbers_are_read_as_they_were_written(number: i64, shift in 0_u32..64) {
            let number = number >> shift;
            prop_assert_eq!(read_back(&Item::Int(number)), number.to_string().into_bytes());
        }
    }

    #[test]
    fn a_compressed_string_is_unpacked() {
        let bytes = [0xc3, 4, 4, 3, b'a', b'b', b'c', b'd', 0xff];
        // The packed form has five bytes, but announces four.
        let fault = Cursor::new(&bytes).string().unwrap_err();
        assert!(matches!(fault.kind, FaultKind::Corrupt(_)), "more bytes would not help: {fault}");
        let bytes = [0xc3, 5, 4, 3, b'a', b'b', b'c', b'd'];
        assert_eq!(Cursor::new(&bytes).string().unwrap().into_text(), b"abcd");
    }

    #[test]
    fn an_unknown_form_is_corrupt() {
        assert!(Cursor::new(&[0xc4]).string().is_err());
        assert!(Cursor::new(&[0xc3, 1, 0x81, 255, 255, 255, 255, 255, 255, 255, 255, 0]).string().is_err());
    }
}
