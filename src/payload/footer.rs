//! The ten bytes that end a payload (`createDumpPayload` in `cluster.c`): the RDB version of who
//! wrote it, two bytes, and the checksum of all bytes before it, eight bytes, little endian.

use crc_fast::CrcAlgorithm::Crc64Redis;

use super::{Fault, FaultKind};

/// Bytes of a footer.
pub const FOOTER: usize = 10;

/// What stands at the end of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footer {
    /// The RDB version: what the payload asks of its reader.
    pub version: u16,
    /// The checksum; 0 where none was computed.
    pub checksum: u64,
}

impl Footer {
    /// The footer of a payload, and what stands before it.
    ///
    /// # Errors
    /// The payload is shorter than any can be.
    pub fn split(payload: &[u8]) -> Result<(&[u8], Self), Fault> {
        match payload.split_last_chunk::<FOOTER>() {
            Some((body, &[a, b, ref checksum @ ..])) if !body.is_empty() => {
                Ok((body, Self { version: u16::from_le_bytes([a, b]), checksum: u64::from_le_bytes(*checksum) }))
            }
            _ => Err(Fault::short(payload.len())),
        }
    }

    /// Whether the checksum is the one of the payload.
    ///
    /// # Errors
    /// It is not, or the payload is shorter than any can be.
    pub fn verify(payload: &[u8]) -> Result<(), Fault> {
        let (body, footer) = Self::split(payload)?;
        let computed = crc64(&payload[..body.len() + 2]);
        if footer.checksum == computed || footer.checksum == 0 {
            return Ok(());
        }
        Err(Fault { at: body.len() as u64 + 2, kind: FaultKind::Checksum { found: footer.checksum, computed } })
    }
}

/// Ends a payload: `out` from `start` on is its type and value.
pub fn put_footer(out: &mut Vec<u8>, start: usize, version: u16) {
    out.extend(version.to_le_bytes());
    let checksum = crc64(&out[start..]);
    out.extend(checksum.to_le_bytes());
}

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
    fn a_payload_of_a_server_has_the_right_checksum() {
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
    fn what_is_too_short_is_no_payload() {
        assert_eq!(Footer::split(&[0; 10]), Err(Fault::short(10)));
        assert!(Footer::split(&[0; 11]).is_ok());
    }

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
