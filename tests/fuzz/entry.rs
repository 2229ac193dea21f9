//! What each fuzz target does with its input: it reads the bytes in every way that the program does. A panic is a fault,
//! and so is an answer that contradicts another one.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use bytes::Bytes;
use redis_keys_migrator::config::{Request, Secrets, load};
use redis_keys_migrator::job::{CharSign, Glob, OnUnsupported};
use redis_keys_migrator::payload::{
    Comparison, Footer, Origin, Payload, Target, abbreviate, compare, fit, put_footer, type_name,
};
use redis_keys_migrator::rdb::{ReadLimits, Reader, Record, RecordDecoder, unpack};
use redis_keys_migrator::resp::{Decoder, Malformed, Reply};
use redis_keys_migrator::version::{Flavour, Version};

const ORIGINS: [Flavour; 2] = [Flavour::Redis, Flavour::Valkey];
/// The servers that payloads are made to fit for.
const TARGETS: [(Flavour, u32, u32); 7] = [
    (Flavour::Redis, 5, 0),
    (Flavour::Redis, 6, 2),
    (Flavour::Redis, 7, 0),
    (Flavour::Redis, 8, 2),
    (Flavour::Valkey, 8, 1),
    (Flavour::Valkey, 9, 1),
    (Flavour::Other, 7, 4),
];
/// Values and strings are read up to this size, in bytes, so that an input is quick.
const LARGEST: u64 = 1 << 20;

/// An RDB file, packed or not: with values and without them, the keys are the same.
pub fn rdb(bytes: &[u8]) {
    let limits = || ReadLimits { payload: LARGEST, string: LARGEST };
    let names = |decoder: RecordDecoder| {
        let Ok(unpacked) = unpack(std::io::Cursor::new(bytes.to_vec())) else { return Vec::new() };
        let mut names = Vec::new();
        for record in Reader::with_decoder(unpacked, decoder) {
            match record {
                Ok(Record::Key(key)) => names.push(key.key),
                Ok(_) => {}
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    break;
                }
            }
        }
        names
    };
    let with_values = names(RecordDecoder::new(limits()));
    let without = names(RecordDecoder::new(limits()).without_values());
    // What is damaged in a value is noticed only if the value is looked into.
    assert!(without.starts_with(&with_values) || with_values.starts_with(&without));
}

/// The serialised value of a key, with a footer that is sound: it equals itself, and so does what fits a server.
pub fn payload(bytes: &[u8]) {
    let mut sound = bytes.to_vec();
    put_footer(&mut sound, 0, 80);
    for payload in [bytes, &sound] {
        let _ = (type_name(payload), Footer::verify(payload), Payload::open(payload));
        assert!(!matches!(compare(payload, payload), Comparison::Different(_)), "it differs from itself");
        let line = abbreviate(payload).unwrap_or_default();
        assert!(line.chars().count() <= 200 && !line.contains(char::is_control), "{line}");
        for from in ORIGINS {
            for target in TARGETS {
                fits(payload, from, target);
            }
        }
    }
}

fn fits(payload: &[u8], from: Flavour, (flavour, major, minor): (Flavour, u32, u32)) {
    let origin = Origin::of_file(from);
    let target = Target::of(flavour, Version::new(major, minor));
    for policy in [OnUnsupported::Fail, OnUnsupported::DropFieldTtl] {
        let Ok(fitted) = fit(Bytes::copy_from_slice(payload), origin, &target, policy, 0) else { continue };
        assert!(Payload::open(&fitted.payload).is_ok(), "what fits can be read");
    }
}

/// What a server sends: where the stream is cut makes no difference.
pub fn resp(bytes: &[u8]) {
    let whole = replies(bytes, bytes.len().max(1));
    for piece in [1, 7, 64] {
        assert_eq!(replies(bytes, piece), whole, "cut into pieces of {piece} bytes");
    }
}

fn replies(bytes: &[u8], piece: usize) -> (Vec<Reply>, Option<Malformed>) {
    let (mut decoder, mut replies) = (Decoder::default(), Vec::new());
    for some in bytes.chunks(piece) {
        decoder.buffer.extend_from_slice(some);
        loop {
            match decoder.next_reply() {
                Ok(Some(reply)) => replies.push(reply),
                Ok(None) => break,
                Err(malformed) => return (replies, Some(malformed)),
            }
        }
    }
    (replies, None)
}

/// A pattern and a key, divided by the first zero byte.
pub fn glob(bytes: &[u8]) {
    let (pattern, key) = match bytes.iter().position(|byte| *byte == 0) {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, bytes),
    };
    let glob = Glob::new(pattern);
    let [signed, unsigned] = [CharSign::Signed, CharSign::Unsigned].map(|sign| glob.matches(key, sign));
    assert!(signed == unsigned || !glob.is_portable(), "it is portable, but depends on the server");
    let _ = (glob.to_string(), glob.suspicions().len());
}

/// A job file, an option, and a variable for the same key, divided by zero bytes.
pub fn config(bytes: &[u8], folder: &Path) {
    let mut parts = bytes.splitn(3, |byte| *byte == 0).map(<[u8]>::to_vec);
    let mut part = || parts.next().unwrap_or_default();
    let (file, text, set, value) = (folder.join("job.toml"), part(), part(), part());
    fs::write(&file, &text).expect("a file in a temporary folder");
    let request = Request {
        files: vec![file],
        sets: vec![String::from_utf8_lossy(&set).into_owned()],
        environment: vec![(variable(&set), OsString::from_vec(value))],
        secrets: Secrets::Warn,
        ..Request::default()
    };
    if let Err(faults) = load(&request) {
        assert!(!faults.to_string().is_empty());
    }
}

/// `RKM_` and the key of an option `key=value`.
fn variable(set: &[u8]) -> OsString {
    let key = set.split(|byte| *byte == b'=').next().unwrap_or_default();
    OsString::from_vec([b"RKM_", key.to_ascii_uppercase().as_slice()].concat())
}
