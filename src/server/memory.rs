//! The memory of a server.

/// The memory of a server, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    /// `used_memory`.
    pub used: u64,
    /// `maxmemory`; `None` if there is no limit.
    pub limit: Option<u64>,
    /// `maxmemory-policy`.
    pub policy: String,
    /// `used_memory_dataset`: names and values; `None` if it is not reported.
    pub dataset: Option<u64>,
}

/// A server with less memory left than this has little.
const LITTLE_ROOM: u64 = 256 << 20;

impl Memory {
    /// Bytes that are left below the limit.
    pub fn free(&self) -> Option<u64> {
        self.limit.map(|limit| limit.saturating_sub(self.used))
    }

    /// Bytes that are left if they are scarce: what our requests take makes the server evict keys, or reject the writes of
    /// other clients.
    pub fn room(&self) -> Option<u64> {
        self.free().filter(|free| self.evicts() || *free < LITTLE_ROOM)
    }

    /// Whether the server evicts keys at the limit; if not, it rejects writes.
    pub fn evicts(&self) -> bool {
        !matches!(self.policy.as_str(), "" | "noeviction")
    }
}
