//! The ten bytes that end a payload (`createDumpPayload` in `cluster.c`), little endian: two bytes of RDB version and
//! eight bytes of checksum over everything before it. The checksum is CRC-64 with Jones' polynomial (`crc64.c`), which
//! RDB files use as well.

use crc_fast::CrcAlgorithm::Crc64Redis;

use super::{Fault, FaultKind};
use crate::version::Flavour;

/// The length of a footer in bytes.
pub const FOOTER: usize = 10;

/// The first RDB version that only Valkey has.
pub(super) const VALKEY: u16 = 80;

/// The end of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footer {
    /// The RDB version that a server must support to accept the payload.
    pub version: u16,
    /// The checksum.
    pub checksum: u64,
}

impl Footer {
    /// Splits a payload into everything before its footer, and the footer.
    ///
    /// # Errors
    /// The payload is too short.
    pub fn split(payload: &[u8]) -> Result<(&[u8], Self), Fault> {
        match payload.split_last_chunk::<FOOTER>() {
            Some((body, &[a, b, ref checksum @ ..])) if !body.is_empty() => {
                Ok((body, Self { version: u16::from_le_bytes([a, b]), checksum: u64::from_le_bytes(*checksum) }))
            }
            _ => Err(Fault::short(payload.len())),
        }
    }

    /// The flavour that determines the meaning of the payload's type. Only Valkey writes versions from 80 on. Below, Valkey
    /// has no types of its own.
    pub(super) fn flavour(self) -> Flavour {
        if self.version >= VALKEY { Flavour::Valkey } else { Flavour::Redis }
    }

    /// Checks the checksum of a payload. Unlike in RDB files, 0 does not mean that there is none: `DUMP` always computes it,
    /// and most servers refuse to restore such a payload.
    ///
    /// # Errors
    /// The checksum is wrong, or the payload is too short.
    pub fn verify(payload: &[u8]) -> Result<(), Fault> {
        let (body, footer) = Self::split(payload)?;
        let computed = crc64(&payload[..body.len() + 2]);
        if footer.checksum == computed {
            return Ok(());
        }
        Err(Fault { at: body.len() as u64 + 2, kind: FaultKind::Checksum { found: footer.checksum, computed } })
    }
}

/// Appends the footer of a payload whose other bytes are those of `out` from `start` on.
pub fn put_footer(out: &mut Vec<u8>, start: usize, version: u16) {
    out.extend(version.to_le_bytes());
    let checksum = crc64(&out[start..]);
    out.extend(checksum.to_le_bytes());
}

/// The checksum of these bytes.
#[must_use]
pub fn crc64(bytes: &[u8]) -> u64 {
    crc_fast::checksum(Crc64Redis, bytes)
}

/// The checksum of bytes that arrive in pieces.
#[derive(Clone, Debug)]
pub struct Crc64(crc_fast::Digest);

impl Crc64 {
    /// Appends bytes.
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
    fn a_payload_that_is_changed_has_a_wrong_checksum() {
        // `SET a b`, `DUMP a` of Redis 7.0.
        let payload = [0, 1, b'b', 10, 0];
        let mut made = payload[..3].to_vec();
        put_footer(&mut made, 0, 10);
        assert_eq!(made[..5], payload);
        assert_eq!(Footer::verify(&made), Ok(()));
        assert_eq!(Footer::split(&made).unwrap().1.version, 10);
        made[1] ^= 1;
        assert!(matches!(Footer::verify(&made), Err(Fault { at: 5, kind: FaultKind::Checksum { .. } })));
    }

    #[test]
    fn a_checksum_of_zero_is_wrong() {
        let mut payload = vec![0, 1, b'b'];
        put_footer(&mut payload, 0, 10);
        payload[5..].fill(0);
        assert!(matches!(Footer::verify(&payload), Err(Fault { at: 5, kind: FaultKind::Checksum { found: 0, .. } })));
    }

    #[test]
    fn bytes_that_are_too_short_are_no_payload() {
        assert_eq!(Footer::split(&[0; 10]), Err(Fault::short(10)));
        assert!(Footer::split(&[0; 11]).is_ok());
    }

    #[test]
    fn the_checksum_is_the_one_of_redis() {
        // The check value in the tests of `crc64.c`.
        assert_eq!(crc64(b"123456789"), 0xe9c6_d914_c4b8_d9ca);
        let mut pieces = Crc64::default();
        for piece in b"123456789".chunks(4) {
            pieces.update(piece);
        }
        assert_eq!(pieces.value(), crc64(b"123456789"));
        assert_eq!(crc64(b""), 0);
    }
}
