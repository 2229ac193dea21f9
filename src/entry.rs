//! A key on its way from source to destination.

use std::fmt;

use bytes::Bytes;

use crate::outcome::How;

/// The bytes of a key. Shown as `redis-cli` shows strings: in double quotes,
/// with everything that is not printable ASCII escaped.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub Bytes);

impl Key {
    /// The bytes themselves.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Key {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for &byte in &self.0 {
            match byte {
                b'"' => f.write_str("\\\"")?,
                b'\\' => f.write_str("\\\\")?,
                b'\n' => f.write_str("\\n")?,
                b'\r' => f.write_str("\\r")?,
                b'\t' => f.write_str("\\t")?,
                0x07 => f.write_str("\\a")?,
                0x08 => f.write_str("\\b")?,
                b' '..=b'~' => write!(f, "{}", char::from(byte))?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        f.write_str("\"")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One key with all that has to arrive.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The database that it goes to; `None` for the one that the destination names.
    pub db: Option<u16>,
    /// Unix time in ms at which the key expires; `None` where it does not.
    pub expires_at: Option<u64>,
    /// The value as `DUMP` gives it and `RESTORE` takes it.
    pub payload: Bytes,
    /// What was done to the payload for the destination to take it.
    pub how: How,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_as_redis_cli_shows_it() {
        let key = Key::from(b"a \"b\"\\\n\r\t\x07\x08\x00\xff".to_vec());
        assert_eq!(key.to_string(), r#""a \"b\"\\\n\r\t\a\b\x00\xff""#);
    }
}
