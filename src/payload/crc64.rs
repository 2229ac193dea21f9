//! The checksum of payloads and of RDB files: CRC-64 with Jones' polynomial (`crc64.c`).

use crc_fast::CrcAlgorithm::Crc64Redis;

/// The checksum of some bytes.
#[must_use]
pub fn crc64(bytes: &[u8]) -> u64 {
    crc_fast::checksum(Crc64Redis, bytes)
}

/// A checksum of bytes that come piece by piece.
#[derive(Clone, Debug)]
pub struct Crc64(crc_fast::Digest);

impl Crc64 {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum of all bytes so far.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.0.finalize()
    }
}

impl Default for Crc64 {
    fn default() -> Self {
        Self(crc_fast::Digest::new(Crc64Redis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_one_that_redis_computes() {
        // The check value that `crc64.c` tests itself with.
        assert_eq!(crc64(b"123456789"), 0xe9c6_d914_c4b8_d9ca);
        let mut pieces = Crc64::default();
        for piece in b"123456789".chunks(4) {
            pieces.update(piece);
        }
        assert_eq!(pieces.value(), crc64(b"123456789"));
        assert_eq!(crc64(b""), 0);
    }
}
