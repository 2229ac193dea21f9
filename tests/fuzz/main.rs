//! The fuzz targets, driven by random inputs that resemble real ones.
//!
//! `tests/fuzz/cargo` drives the same targets with libFuzzer, which needs a nightly toolchain: see tests/README.md.
//! `tests/mutations` begins with what real servers wrote.

mod entry;

use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

/// Bytes of these texts and any others, in any order.
fn pieces(texts: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    let text = (0..texts.len()).prop_map(|index| texts[index].to_vec());
    let piece = prop_oneof![8 => text, 1 => vec(any::<u8>(), 0..12)];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

const FILE: &[&[u8]] = &[
    b"\xfa",
    b"\xfe\x00",
    b"\xfb\x01\x01",
    b"\xfc",
    b"\xfd\x01\x02\x03\x04",
    b"\xff",
    b"\xf5",
    b"\xf7",
    b"\xf8",
    b"\xf9",
    b"\x00",
    b"\x01k",
    b"\x03abc",
    b"\xc0\x01",
    b"\xc3\x04\x08",
    b"\x09redis-ver\x057.0.1",
    b"\x80\x00\x00\x00\x01",
    b"\x0e\x01\x02",
    b"\x15",
    b"\x16",
    b"\x18",
];
const REPLY: &[&[u8]] = &[
    b"*",
    b"$",
    b"+",
    b"-",
    b":",
    b"\r\n",
    b"1",
    b"0",
    b"-1",
    b"+OK\r\n",
    b"+QUEUED\r\n",
    b"$1\r\nx\r\n",
    b"*2\r\n",
    b"$-1\r\n",
    b":7\r\n",
    b"9",
];
const PATTERN: &[&[u8]] =
    &[b"*", b"?", b"[", b"]", b"^", b"-", b"\\", b"a", b"b", b"z", b"[a-z]", b"\xc3\xa9", b"\x00", b"**", b"[^x]"];
const JOB: &[&[u8]] = &[
    b"[[job]]\n",
    b"name",
    b" = ",
    b"\"a\"",
    b"\n",
    b"source.host",
    b"destination.port",
    b"source.url",
    b"redis://",
    b"u:p@h",
    b":6379",
    b"/1",
    b"{",
    b"}",
    b"[",
    b"]",
    b"1",
    b"match",
    b"\"\"\"",
    b"[defaults]\n",
    b"sleep",
    b"\"5s\"",
    b"\x00",
    b"=",
    b"source.password",
    b"\"",
    b",",
    b"# ",
    b"${X}",
];

proptest! {
    #[test]
    fn files(bytes in pieces(FILE), version in 1_u8..16) {
        entry::rdb(&bytes);
        entry::rdb(&[format!("REDIS00{version:02}").as_bytes(), &bytes].concat());
        entry::rdb(&[format!("VALKEY0{}", 70 + version).as_bytes(), &bytes].concat());
    }

    #[test]
    fn payloads(bytes in pieces(FILE), value_type in 0_u8..40) {
        entry::payload(&bytes);
        entry::payload(&[&[value_type][..], &bytes].concat());
    }

    #[test]
    fn replies(bytes in pieces(REPLY)) {
        entry::resp(&bytes);
    }

    #[test]
    fn patterns(bytes in pieces(PATTERN)) {
        entry::glob(&bytes);
    }

    #[test]
    fn configurations(bytes in pieces(JOB)) {
        let folder = TempDir::new().expect("a temporary folder");
        entry::config(&bytes, folder.path());
    }
}
