//! RDB files made by hand: content that no server writes, or content at a known offset.

/// A file that is not finished yet.
#[derive(Clone)]
pub struct RdbFile {
    bytes: Vec<u8>,
}

impl RdbFile {
    /// Begins a file that Redis 7.0 could have written.
    pub fn new() -> Self {
        Self::of("REDIS0010").aux("redis-ver", "7.0.15")
    }

    /// Begins a file with another header.
    pub fn of(magic: &str) -> Self {
        Self { bytes: magic.into() }
    }

    /// Adds bytes as they are.
    pub fn raw(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.bytes.extend_from_slice(bytes.as_ref());
        self
    }

    /// Adds an auxiliary field.
    pub fn aux(self, name: &str, value: &str) -> Self {
        self.raw([0xfa]).text(name.as_bytes()).text(value.as_bytes())
    }

    /// The keys that follow belong to this database.
    pub fn database(self, index: u32) -> Self {
        self.raw([0xfe, 0x80]).raw(index.to_be_bytes())
    }

    /// Adds a string.
    pub fn string(self, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.raw([0]).text(key.as_ref()).text(value.as_ref())
    }

    /// Adds the strings `key:0` to `key:<count - 1>` that [`Server::fill`](super::Server::fill) writes.
    pub fn strings(self, count: usize) -> Self {
        (0..count).fold(self, |file, number| file.string(format!("key:{number}"), format!("value {number}")))
    }

    /// The key that follows expires at this unix time in ms.
    pub fn expiring(self, at: i64) -> Self {
        self.raw([0xfc]).raw(at.to_le_bytes())
    }

    /// How many bytes it has so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Its bytes so far.
    pub fn unfinished(self) -> Vec<u8> {
        self.bytes
    }

    /// Its bytes, with the correct end and checksum.
    pub fn finished(self) -> Vec<u8> {
        let ended = self.raw([0xff]);
        let checksum = checksum(&ended.bytes);
        ended.raw(checksum.to_le_bytes()).bytes
    }

    fn text(self, text: &[u8]) -> Self {
        let length = u32::try_from(text.len()).expect("texts of tests are short");
        match u8::try_from(length) {
            Ok(length @ ..64) => self.raw([length]),
            _ => self.raw([0x80]).raw(length.to_be_bytes()),
        }
        .raw(text)
    }
}

/// The checksum at a file's end, bit by bit, as the format defines it.
pub fn checksum(bytes: &[u8]) -> u64 {
    const POLYNOMIAL: u64 = 0x95ac_9329_ac4b_c9b5;
    bytes.iter().fold(0, |sum, byte| {
        let step = |sum: u64| if sum & 1 == 1 { (sum >> 1) ^ POLYNOMIAL } else { sum >> 1 };
        (0..8).fold(sum ^ u64::from(*byte), |sum, _| step(sum))
    })
}

#[test]
fn the_checksum_is_the_one_that_servers_write() {
    assert_eq!(checksum(b"123456789"), 0xe9c6_d914_c4b8_d9ca);
}
