//! A value on its way from the file to a payload.

use bytes::{Bytes, BytesMut};

use super::input::InputWindow;
use super::{RdbError, ReadLimits, Unreadable, Value};
use crate::payload::layout::{LayoutWalk, Route};
use crate::payload::{FOOTER, crc64};

/// Where keys and payloads are assembled: many small ones share an allocation.
#[derive(Debug)]
pub(super) struct Arena {
    bytes: BytesMut,
}

/// The size of a shared allocation. It is small, because one key that is kept keeps all of it in memory.
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

    /// All bytes since the last `take`.
    pub(super) fn take(&mut self) -> Bytes {
        let taken = self.bytes.split().freeze();
        if taken.len() > SHARED {
            // The rest of this allocation would keep the large one in memory.
            self.bytes = BytesMut::new();
        }
        taken
    }

    /// All bytes since the last `take`, with a footer.
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

/// What becomes of a value's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// They go into the arena, after the beginning of the payload.
    Payload,
    /// They are skipped, because no values are wanted or for this reason.
    Nothing(Option<Unreadable>),
}

/// A value whose first bytes have been read.
#[derive(Debug)]
pub(super) struct ValueInProgress {
    pub(super) walk: LayoutWalk,
    pub(super) keep: Keep,
    /// The RDB version of the payload.
    pub(super) version: u16,
    /// The offset of the value in the file.
    pub(super) start: u64,
}

/// How a value begins.
pub(super) struct ValueStart {
    pub(super) route: Route,
    pub(super) keep: Keep,
    /// The RDB version of the payload.
    pub(super) version: u16,
    /// The offset of the value in the file.
    pub(super) start: u64,
}

impl ValueInProgress {
    /// No value.
    pub(super) fn none() -> Self {
        Self { walk: LayoutWalk::along(Route::repeat(&[], 0)), keep: Keep::Nothing(None), version: 0, start: 0 }
    }

    /// Begins another value in the same place: moving the walk takes time.
    pub(super) fn begin(&mut self, ValueStart { route, keep, version, start }: ValueStart) {
        self.walk.restart(route);
        (self.keep, self.version, self.start) = (keep, version, start);
    }

    /// Reads as much of the value as has arrived, and returns whether that was all of it.
    pub(super) fn advance(
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

    /// The value, once its end has been reached.
    pub(super) fn finish(&self, arena: &mut Arena) -> Value {
        match self.keep {
            Keep::Payload => Value::Payload(arena.take_payload(self.version)),
            Keep::Nothing(Some(why)) => Value::Unreadable(why),
            Keep::Nothing(None) => Value::Skipped,
        }
    }
}
