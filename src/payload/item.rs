//! One member of a value: bytes, or a number that the format stores as a number.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

/// A string in the form in which it was stored. Two items are equal if their texts are.
#[derive(Clone, Debug)]
pub enum Item<'a> {
    /// The text.
    Bytes(Cow<'a, [u8]>),
    /// The number whose decimal digits are the text.
    Int(i64),
}

impl Item<'_> {
    /// The text. The digits of a number are written into `digits`.
    pub fn text<'s>(&'s self, digits: &'s mut itoa::Buffer) -> &'s [u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Int(number) => digits.format(*number).as_bytes(),
        }
    }

    /// The text, owned.
    #[must_use]
    pub fn into_text(self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.into_owned(),
            Self::Int(number) => itoa::Buffer::new().format(number).into(),
        }
    }

    /// The number whose digits are the text, if it is one.
    pub(crate) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Bytes(bytes) => str::from_utf8(bytes).ok()?.parse().ok(),
            Self::Int(number) => Some(*number),
        }
    }

    /// The text as a score of a sorted set, if it is one.
    pub(crate) fn as_score(&self) -> Option<f64> {
        match self {
            Self::Bytes(bytes) => str::from_utf8(bytes).ok()?.parse().ok(),
            #[expect(
                clippy::cast_precision_loss,
                reason = "servers store only scores as integers that a double can hold"
            )]
            Self::Int(number) => Some(*number as f64),
        }
    }
}

impl<'a> From<&'a [u8]> for Item<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(Cow::Borrowed(bytes))
    }
}

impl PartialEq for Item<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text(&mut itoa::Buffer::new()) == other.text(&mut itoa::Buffer::new())
    }
}

impl Eq for Item<'_> {}

impl Hash for Item<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text(&mut itoa::Buffer::new()).hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_equal_to_its_text() {
        assert_eq!(Item::Int(-12), Item::from(&b"-12"[..]));
        assert_ne!(Item::Int(12), Item::from(&b"012"[..]));
        assert_eq!(Item::Int(7).into_text(), b"7");
    }

    #[test]
    fn scores_are_read_from_their_text() {
        assert_eq!(Item::from(&b"1.5e+300"[..]).as_score(), Some(1.5e300));
        assert_eq!(Item::from(&b"-inf"[..]).as_score(), Some(f64::NEG_INFINITY));
        assert_eq!(Item::Int(3).as_score(), Some(3.0));
        assert_eq!(Item::from(&b"x"[..]).as_score(), None);
    }
}
