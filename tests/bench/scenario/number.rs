//! Counts as numbers that can be divided.

/// Exact up to 2^53, which is more than there are keys or bytes here.
#[expect(clippy::cast_precision_loss, reason = "there are fewer keys and bytes than a number has digits")]
pub fn count(number: u64) -> f64 {
    number as f64
}
