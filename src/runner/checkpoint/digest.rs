//! Short texts for long ones.

use crate::payload::crc64;

/// Longer texts are cut.
const LONGEST: usize = 200;
/// What is kept of them.
const KEPT: usize = 60;

/// A text that differs if the bytes differ. It protects from accidents, not from attacks.
pub fn digest(bytes: &[u8]) -> String {
    format!("{:016x}", crc64(bytes))
}

/// The text, or its beginning and a digest of it.
pub fn bounded(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(KEPT);
    format!("{}… ({} bytes, digest {})", &text[..end], text.len(), digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_keeps_its_beginning_and_differs_by_its_end() {
        assert_eq!(bounded("cart:*"), "cart:*");
        let (one, other) = ("é".repeat(150), format!("{}x", "é".repeat(150)));
        assert_eq!(bounded(&one), format!("{}… (300 bytes, digest {})", "é".repeat(30), digest(one.as_bytes())));
        assert_ne!(bounded(&one), bounded(&other));
    }
}
