//! The first nine bytes of a file: the magic and the RDB version (`rdbSaveRio` in `rdb.c`).

use super::RdbFault;
use crate::version::Flavour;

/// The length of a header in bytes.
pub(super) const HEADER: usize = 9;

/// Which flavour of server wrote a file, and in which RDB version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHeader {
    /// The magic is `REDIS` and four digits or, since Valkey 9.0, `VALKEY` and three.
    pub flavour: Flavour,
    /// The RDB version.
    pub version: u16,
}

impl FileHeader {
    pub(super) fn parse(bytes: [u8; HEADER]) -> Result<Self, RdbFault> {
        let digits = |digits: &[u8]| {
            let are_digits = digits.iter().all(u8::is_ascii_digit);
            are_digits.then(|| digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0')))
        };
        let (flavour, version) = match &bytes {
            [b'R', b'E', b'D', b'I', b'S', version @ ..] => (Flavour::Redis, digits(version)),
            [b'V', b'A', b'L', b'K', b'E', b'Y', version @ ..] => (Flavour::Valkey, digits(version)),
            _ => return Err(RdbFault::NotRdb),
        };
        let version = version.ok_or(RdbFault::NotRdb)?;
        match (flavour, version) {
            (Flavour::Redis, 1..=15) | (Flavour::Valkey, 80..=81) => Ok(Self { flavour, version }),
            (Flavour::Valkey, _) => Err(RdbFault::Version { flavour: "Valkey's", version, known: "80 to 81" }),
            _ => Err(RdbFault::Version { flavour: "Redis'", version, known: "1 to 15" }),
        }
    }

    /// Whether the file ends with a checksum.
    pub(super) fn has_checksum(self) -> bool {
        self.version >= 5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_magics_are_read() {
        let redis = FileHeader::parse(*b"REDIS0012").unwrap();
        assert_eq!((redis.flavour, redis.version, redis.has_checksum()), (Flavour::Redis, 12, true));
        let valkey = FileHeader::parse(*b"VALKEY080").unwrap();
        assert_eq!((valkey.flavour, valkey.version), (Flavour::Valkey, 80));
        assert!(!FileHeader::parse(*b"REDIS0003").unwrap().has_checksum());
    }

    #[test]
    fn an_unknown_magic_or_version_is_refused() {
        assert!(matches!(FileHeader::parse(*b"RIDES0012"), Err(RdbFault::NotRdb)));
        assert!(matches!(FileHeader::parse(*b"REDIS00x2"), Err(RdbFault::NotRdb)));
        for magic in [b"REDIS0016", b"REDIS0000", b"REDIS0080", b"VALKEY011", b"VALKEY082"] {
            assert!(matches!(FileHeader::parse(*magic), Err(RdbFault::Version { .. })));
        }
    }
}
