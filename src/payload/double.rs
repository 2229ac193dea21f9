//! Scores of sorted sets.
//!
//! The older form (`rdbLoadDoubleValue` in `rdb.c`) is text: one byte for its length or for a number that is not finite.
//! The newer form (`rdbLoadBinaryDoubleValue`) is the eight bytes of an IEEE 754 double, little endian.

use std::io::Write;

use super::{Cursor, Fault};

const NAN: u8 = 253;
const INFINITE: u8 = 254;
const NEGATIVE_INFINITE: u8 = 255;

/// The number of bytes after the first one of a double as text.
pub(super) fn text_double_following(first: u8) -> u8 {
    if first >= NAN { 0 } else { first }
}

impl Cursor<'_> {
    /// Reads a double as text.
    pub(crate) fn text_double(&mut self) -> Result<f64, Fault> {
        let at = self.position();
        Ok(match self.byte()? {
            NAN => f64::NAN,
            INFINITE => f64::INFINITY,
            NEGATIVE_INFINITE => f64::NEG_INFINITY,
            count => {
                let text = str::from_utf8(self.take(count.into())?).ok().and_then(|text| text.trim().parse().ok());
                text.ok_or(Fault::corrupt(at, "a score is not a number"))?
            }
        })
    }

    /// Reads a double in eight bytes.
    pub(crate) fn double(&mut self) -> Result<f64, Fault> {
        self.array().map(f64::from_le_bytes)
    }
}

/// Writes a double as text, with as many digits as are needed to read the same double again.
pub fn put_text_double(out: &mut Vec<u8>, number: f64) {
    if number.is_nan() {
        out.push(NAN);
    } else if number.is_infinite() {
        out.push(if number > 0.0 { INFINITE } else { NEGATIVE_INFINITE });
    } else {
        let length = out.len();
        out.push(0);
        // With an exponent: the text of 1e300 without one is longer than 252 bytes.
        write!(out, "{number:e}").expect("writing to a Vec cannot fail");
        out[length] = u8::try_from(out.len() - length - 1).expect("17 digits and an exponent");
    }
}

/// Writes a double in eight bytes.
pub fn put_double(out: &mut Vec<u8>, number: f64) {
    out.extend(number.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_forms_are_read_as_they_were_written(bits: u64) {
            let number = f64::from_bits(bits);
            let (mut text, mut binary) = (Vec::new(), Vec::new());
            put_text_double(&mut text, number);
            put_double(&mut binary, number);
            let read = Cursor::new(&text).text_double().unwrap();
            prop_assert!(read.to_bits() == bits || number.is_nan() && read.is_nan());
            prop_assert_eq!(Cursor::new(&binary).double().unwrap().to_bits(), bits);
            prop_assert_eq!(usize::from(text_double_following(text[0])) + 1, text.len());
        }
    }

    #[test]
    fn infinities_are_one_byte() {
        assert_eq!(Cursor::new(&[254]).text_double(), Ok(f64::INFINITY));
        assert_eq!(Cursor::new(&[255]).text_double(), Ok(f64::NEG_INFINITY));
        assert!(Cursor::new(&[2, b'x', b'y']).text_double().is_err());
    }
}
