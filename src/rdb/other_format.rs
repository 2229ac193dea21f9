//! Files that are no RDB files, but are often given instead of one.

use std::fmt;

/// What a file is, and how to get an RDB file from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherFormat {
    what: &'static str,
    advice: &'static str,
}

impl fmt::Display for OtherFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.advice)
    }
}

/// The first bytes of other formats. They are not longer than an RDB header.
const FORMATS: [(&[u8], &str, &str); 24] = [
    (b"\x28\xb5\x2f\xfd", "it is packed with zstd", "pipe it through `zstd -dc` into `rdb = \"-\"`"),
    (b"\x04\x22\x4d\x18", "it is packed with lz4", "pipe it through `lz4 -dc` into `rdb = \"-\"`"),
    (b"\xfd7zXZ\0", "it is packed with xz", "pipe it through `xz -dc` into `rdb = \"-\"`"),
    (b"\x5d\0\0", "it is packed with lzma", "pipe it through `xz -dc --format=lzma` into `rdb = \"-\"`"),
    (b"BZh", "it is packed with bzip2", "pipe it through `bzip2 -dc` into `rdb = \"-\"`"),
    (b"\x89LZO\0", "it is packed with lzop", "pipe it through `lzop -dc` into `rdb = \"-\"`"),
    (b"\xff\x06\0\0sNaP", "it is packed with snappy", "pipe it through `snzip -dc` into `rdb = \"-\"`"),
    (b"\x1f\x9d", "it is packed with compress", "pipe it through `uncompress -c` into `rdb = \"-\"`"),
    (b"\x1f\x8b", "it is packed with gzip twice", "pipe it through `gzip -dc` into `rdb = \"-\"`"),
    (b"PK\x03\x04", "it is a zip archive", "pipe it through `unzip -p` into `rdb = \"-\"`"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive", "pipe it through `7z x -so` into `rdb = \"-\"`"),
    (b"VKCS", "Valkey has packed it with lz4", "pipe it through `tail -c +9 | lz4 -dc` into `rdb = \"-\"`"),
    (b"*", "it is an AOF without an RDB preamble", "load it into a server, and write an RDB file with `BGSAVE`"),
    (b"#TS:", "it is an AOF without an RDB preamble", "load it into a server, and write an RDB file with `BGSAVE`"),
    (b"file ", "it is the manifest of an AOF", "read the file that ends in `.base.rdb`, or write one with `BGSAVE`"),
    (b"$EOF:", "it is a replication stream", "remove its first line, or write a file with `redis-cli --rdb`"),
    (b"version h", "it is a Git LFS pointer", "fetch the file with `git lfs pull`"),
    (b"<", "it is a document in HTML or XML, such as the error of a download", "look into it, and download again"),
    (b"{", "it is a JSON document", "only RDB files can be read"),
    (b"Salted__", "it is encrypted with OpenSSL", "pipe it through `openssl enc -d` into `rdb = \"-\"`"),
    (b"age-encry", "it is encrypted with age", "pipe it through `age -d` into `rdb = \"-\"`"),
    (b"-----BEGI", "it is encrypted, or encoded as text", "decrypt it, and pipe it into `rdb = \"-\"`"),
    (b"SQLite fo", "it is a database of SQLite", "only RDB files can be read"),
    (b"\x78\x9c", "it is packed with zlib", "pipe it through `pigz -dz` into `rdb = \"-\"`"),
];

/// Where a tar archive has its magic, and what it is.
const TAR: (usize, &[u8]) = (257, b"ustar");

impl OtherFormat {
    /// The format of a file with these first bytes, if it is known.
    pub(super) fn of(first: &[u8]) -> Option<Self> {
        let (at, magic) = TAR;
        if first.get(at..).is_some_and(|rest| rest.starts_with(magic)) {
            let advice = "pipe it through `tar -xO` into `rdb = \"-\"`";
            return Some(Self { what: "it is a tar archive", advice });
        }
        let known = FORMATS.iter().find(|(magic, ..)| first.starts_with(magic) && is_certain(magic, first));
        known.map(|&(_, what, advice)| Self { what, advice })
    }
}

/// A magic of one byte is too short to be certain.
fn is_certain(magic: &[u8], first: &[u8]) -> bool {
    let next = first.get(1).copied().unwrap_or_default();
    match magic {
        b"*" => next.is_ascii_digit(),
        b"<" => next.is_ascii_alphabetic() || matches!(next, b'!' | b'?'),
        b"{" => matches!(next, b'"' | b'}' | b' ' | b'\n' | b'\r' | b'\t'),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_recognised_by_its_first_bytes() {
        let named = |first: &[u8]| OtherFormat::of(first).map(|format| format.to_string());
        for (magic, what, advice) in FORMATS {
            assert!(magic.len() <= 9, "{what}");
            if magic.len() > 1 {
                assert_eq!(named(magic), Some(format!("{what}: {advice}")));
            }
        }
        assert!(named(b"*3\r\n").is_some_and(|it| it.starts_with("it is an AOF without")));
        assert!(named(b"<?xml").is_some_and(|it| it.contains("HTML or XML")));
        let mut tar = vec![b'x'; 257];
        tar.extend(b"ustar\0");
        assert!(named(&tar).is_some_and(|it| it.contains("`tar -xO`")));
    }

    #[test]
    fn other_bytes_are_no_format() {
        for first in [&b""[..], b"*", b"*x", b"<3", b"{{", b"REDIS", b"hello, world"] {
            assert_eq!(OtherFormat::of(first), None);
        }
    }
}
