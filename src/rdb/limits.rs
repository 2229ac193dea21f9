//! How much of a file is kept in memory.

/// How much of a file is kept in memory, whatever it says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// The largest payload that is made; a larger value is passed over, and its key is unreadable.
    pub payload: u64,
    /// The longest key, name, function or set of template fields; a longer one is a fault. Compressed
    /// ones are measured unpacked.
    pub string: u64,
}

impl Default for ReadLimits {
    /// A server takes and holds no string of more than 512 MB (`proto-max-bulk-len`), unless told to.
    fn default() -> Self {
        const HALF_A_GIB: u64 = 512 << 20;
        Self { payload: HALF_A_GIB, string: HALF_A_GIB }
    }
}
