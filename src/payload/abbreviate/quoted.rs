//! Texts in double quotes, cut to a number of characters.

use std::fmt;

use crate::entry::put_quoted;
use crate::payload::Item;

/// The most characters that a text takes if it is one of several.
const LONGEST: usize = 56;

/// The first bytes of a text, and its length. Such beginnings have the order of their texts; if the texts begin with the
/// same bytes, the order of their lengths. Beginnings that are equal are printed in the same way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Beginning {
    /// Followed by zeros if the text is shorter. One character shows at most one byte, so more are never needed.
    bytes: [u8; LONGEST],
    length: usize,
}

impl Beginning {
    pub(super) fn of(item: &Item) -> Self {
        let mut digits = itoa::Buffer::new();
        let text = item.text(&mut digits);
        let mut bytes = [0; LONGEST];
        let kept = text.len().min(LONGEST);
        bytes[..kept].copy_from_slice(&text[..kept]);
        Self { bytes, length: text.len() }
    }
}

impl fmt::Display for Beginning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.length.min(LONGEST);
        f.write_str(&quoted(&self.bytes[..kept], self.length, LONGEST))
    }
}

/// The text of `length` bytes that begins with `bytes`, in at most `most` characters. If it is cut, its length is shown.
/// `most` must have room for the length, and `bytes` must have `most` bytes or be the whole text.
pub(super) fn quoted(bytes: &[u8], length: usize, most: usize) -> String {
    let (text, shown) = fitting(bytes, most - "\"\"".len());
    if shown == length {
        return format!("\"{text}\"");
    }
    let after = format!("…\" ({length} bytes)");
    let (text, _) = fitting(bytes, most - "\"".len() - after.chars().count());
    format!("\"{text}{after}")
}

/// Quotes as many bytes as fit in so many characters. Also returns their number.
fn fitting(bytes: &[u8], most: usize) -> (String, usize) {
    let mut text = String::with_capacity(most);
    for (at, &byte) in bytes.iter().enumerate() {
        let before = text.len();
        put_quoted(&mut text, byte).expect("a write to a String cannot fail");
        if text.len() > most {
            text.truncate(before);
            return (text, at);
        }
    }
    (text, bytes.len())
}
