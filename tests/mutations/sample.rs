//! Sound bytes, and the places where damage has an effect.

use redis_keys_migrator::payload::layout::LayoutWalk;
use redis_keys_migrator::payload::{FOOTER, Origin, Payload};
use redis_keys_migrator::rdb::{Reader, Record, Value};
use redis_keys_migrator::version::Flavour;

/// Sound bytes.
pub struct Sample {
    pub bytes: Vec<u8>,
    /// The offsets of lengths, counts, types and records, which other bytes depend on.
    pub heads: Vec<usize>,
}

/// A payload, and the server that wrote it.
pub struct PayloadSample {
    pub sample: Sample,
    pub origin: Origin,
}

impl PayloadSample {
    /// A sound payload.
    pub fn new(bytes: Vec<u8>, origin: Origin) -> Self {
        let parts = Payload::open(&bytes).expect("a payload");
        let before = bytes.len() - FOOTER - parts.value.len();
        let value_type = parts.value_type(origin.flavour).expect("a type that is known");
        let mut walk = LayoutWalk::of_type(value_type).expect("a type with a layout");
        let (mut heads, mut at) = (Vec::new(), 0);
        while let Some((count, _)) = walk.pass_step(&parts.value[at..]).expect("a sound value") {
            heads.push(before + at);
            at += count;
        }
        assert_eq!(at, parts.value.len(), "a value ends where its layout ends");
        Self { sample: Sample { bytes, heads }, origin }
    }
}

impl Sample {
    /// A sound file.
    pub fn file(bytes: Vec<u8>) -> Self {
        let mut heads = Vec::new();
        let mut reader = Reader::new(&bytes[..]);
        while let Some(record) = reader.next() {
            let end = in_memory(reader.offset());
            if let Record::Key(key) = record.expect("a sound file") {
                heads.push(end - in_memory(key.length));
            }
            heads.push(end);
        }
        Self { bytes, heads }
    }

    /// Whether a file can be read to its end.
    pub fn is_sound(bytes: &[u8]) -> bool {
        Reader::new(bytes).all(|record| record.is_ok())
    }
}

/// The payloads of a sound file, each with the flavour of the file.
pub fn payloads_of(bytes: &[u8]) -> Vec<(Vec<u8>, Flavour)> {
    let mut flavour = Flavour::Other;
    let mut payloads = Vec::new();
    for record in Reader::new(bytes) {
        match record.expect("a sound file") {
            Record::Header(header) => flavour = header.flavour,
            Record::Key(key) => {
                if let Value::Payload(payload) = key.value {
                    payloads.push((payload.to_vec(), flavour));
                }
            }
            _ => {}
        }
    }
    payloads
}

fn in_memory(count: u64) -> usize {
    usize::try_from(count).expect("it is in memory")
}
