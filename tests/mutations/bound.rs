//! How much memory bytes may cost.

use allocation_counter::measure;

/// Three bytes of LZF can stand for 264.
pub const LZF: u64 = 88;

/// What a compressed string begins with: where there is no such byte, nothing is compressed.
const PACKED_STRING: u8 = 0xc3;

/// How many times longer a value can be at most when all that is compressed in it is unpacked.
pub fn gain(bytes: &[u8]) -> u64 {
    if bytes.contains(&PACKED_STRING) { LZF } else { 1 }
}

/// Does something, and tells how many bytes it had at the most at a time, of those that it took itself.
pub fn peak<T>(what: impl FnOnce() -> T) -> (T, u64) {
    let mut done = None;
    let info = measure(|| done = Some(what()));
    (done.expect("it was done"), info.bytes_max)
}
