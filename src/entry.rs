//! A key, and an entry that is ready to be written.

mod quoted;
mod slot;

use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use bytes::Bytes;
pub use slot::{SLOTS, slot_of};

/// The name of a key. Printed as `redis-cli` prints strings: in double quotes,
/// with everything that is not printable ASCII escaped.
#[derive(Clone, Default)]
pub struct Key {
    bytes: Bytes,
    /// The slot, if it was asked for.
    slot: Cell<Option<u16>>,
}

impl Key {
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The slot of the key in a cluster. It is computed once: sources and destinations ask for it several times.
    pub fn slot(&self) -> u16 {
        self.slot.get().unwrap_or_else(|| {
            let slot = slot_of(&self.bytes);
            self.slot.set(Some(slot));
            slot
        })
    }
}

impl From<Bytes> for Key {
    fn from(bytes: Bytes) -> Self {
        Self { bytes, slot: Cell::default() }
    }
}

impl From<Vec<u8>> for Key {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        self.bytes.iter().try_for_each(|&byte| put_quoted(f, byte))?;
        f.write_str("\"")
    }
}

/// Writes a byte of a text as `redis-cli` prints it in double quotes: as one to four characters, all of them printable ASCII.
pub(crate) fn put_quoted(to: &mut impl fmt::Write, byte: u8) -> fmt::Result {
    match byte {
        b'"' => to.write_str("\\\""),
        b'\\' => to.write_str("\\\\"),
        b'\n' => to.write_str("\\n"),
        b'\r' => to.write_str("\\r"),
        b'\t' => to.write_str("\\t"),
        0x07 => to.write_str("\\a"),
        0x08 => to.write_str("\\b"),
        b' '..=b'~' => to.write_char(char::from(byte)),
        _ => write!(to, "\\x{byte:02x}"),
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A key and its database: together they identify a key of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DbKey<'a> {
    pub db: u16,
    /// The key.
    pub key: &'a Key,
}

/// A key with its expiry and payload, ready to be written.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The key, in the destination's database.
    pub id: DbKey<'a>,
    /// Unix time in ms at which the key expires; `None` if it does not.
    pub expires_at: Option<u64>,
    /// The value as `DUMP` returns and `RESTORE` accepts it.
    pub payload: &'a Bytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_printed_as_redis_cli_prints_it() {
        let key = Key::from(b"a \"b\"\\\n\r\t\x07\x08\x00\xff".to_vec());
        assert_eq!(key.to_string(), r#""a \"b\"\\\n\r\t\a\b\x00\xff""#);
    }

    #[test]
    fn a_key_stays_the_same_when_its_slot_is_asked_for() {
        let [asked, other] = [(); 2].map(|()| Key::from(b"123456789".to_vec()));
        assert_eq!((asked.slot(), asked.slot(), asked.clone().slot()), (12_739, 12_739, 12_739));
        assert_eq!((asked.cmp(&other), &asked), (Ordering::Equal, &other));
        assert!(std::collections::HashSet::from([asked]).contains(&other));
    }
}
