//! How much memory bytes may cost.

use allocation_counter::measure;

/// Three bytes of LZF can stand for 264.
pub const LZF: u64 = 88;

/// The first byte of a compressed string: without such a byte nothing is compressed.
const PACKED_STRING: u8 = 0xc3;

/// How many times its length a value can have at most after all its strings are unpacked.
pub fn gain(bytes: &[u8]) -> u64 {
    if bytes.contains(&PACKED_STRING) { LZF } else { 1 }
}

/// Runs `what`, and returns the most memory in bytes that it had allocated at one time.
pub fn peak<T>(what: impl FnOnce() -> T) -> (T, u64) {
    let mut done = None;
    let info = measure(|| done = Some(what()));
    (done.expect("`what` was run"), info.bytes_max)
}
