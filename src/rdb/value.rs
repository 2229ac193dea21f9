//! A value on its way from file to payload.

use bytes::{Bytes, BytesMut};

use super::input::InputWindow;
use super::{RdbError, ReadLimits, Unreadable, Value};
use crate::payload::layout::LayoutWalk;
use crate::payload::{FOOTER, crc64};

/// Where payloads and keys are put together: many small ones share an allocation.
#[derive(Debug)]
pub(super) struct Arena {
    bytes: BytesMut,
}

/// Bytes of an allocation that is shared. Few: who keeps one key of it keeps them all.
const SHARED: usize = 4 << 10;

impl Arena {
    pub(super) fn new() -> Self {
        Self { bytes: BytesMut::new() }
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        if self.bytes.is_empty() && self.bytes.capacity() < bytes.len() {
            self.bytes = BytesMut::with_capacity(SHARED.max(bytes.len()));
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// All that was put since the last time.
    pub(super) fn take(&mut self) -> Bytes {
        let taken = self.bytes.split().freeze();
        if taken.len() > SHARED {
            // What is left behind a large one would keep it in memory.
            self.bytes = BytesMut::new();
        }
        taken
    }

    /// All that was put since the last time, as a payload.
    fn take_payload(&mut self, version: u16) -> Bytes {
        self.put(&version.to_le_bytes());
        let checksum = crc64(&self.bytes);
        self.put(&checksum.to_le_bytes());
        self.take()
    }

    fn forget(&mut self) {
        self.bytes = BytesMut::new();
    }
}

/// What is kept of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// All of it; what stands before it is in the arena.
    Payload,
    /// Nothing.
    Nothing(Option<Unreadable>),
}

/// A value that is being passed over.
#[derive(Debug)]
pub(super) struct ValueInProgress {
    pub(super) walk: LayoutWalk,
    pub(super) keep: Keep,
    /// The version that the payload gets.
    pub(super) version: u16,
    /// Where in the file the value begins.
    pub(super) start: u64,
}

impl ValueInProgress {
    /// Passes over what is there of the value; whether its end is reached.
    pub(super) fn pass(
        &mut self,
        input: &mut InputWindow,
        arena: &mut Arena,
        limits: &ReadLimits,
    ) -> Result<bool, RdbError> {
        let passed = self.walk.pass(input.unread()).map_err(|fault| RdbError::from(fault).after(self.start))?;
        if self.keep == Keep::Payload {
            arena.put(&input.unread()[..passed]);
            if (arena.bytes.len() + FOOTER) as u64 > limits.payload {
                arena.forget();
                self.keep = Keep::Nothing(Some(Unreadable::TooLarge { limit: limits.payload }));
            }
        }
        input.read(passed);
        Ok(self.walk.is_done())
    }

    /// What became of it.
    pub(super) fn finish(&self, arena: &mut Arena) -> Value {
        match self.keep {
            Keep::Payload => Value::Payload(arena.take_payload(self.version)),
            Keep::Nothing(Some(why)) => Value::Unreadable(why),
            Keep::Nothing(None) => Value::Skipped,
        }
    }
}
