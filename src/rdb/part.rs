//! Records other than keys that may be long: they are skipped as their bytes arrive, or kept for the keys that follow.

use super::input::InputWindow;
use super::{RdbError, RdbFault};
use crate::payload::layout::{KEY_META, LayoutStep, LayoutWalk};

/// What such a record is.
#[derive(Clone, Copy, Debug)]
pub(super) enum PartKind {
    /// A record of this layout that no payload needs.
    Skipped(&'static [LayoutStep]),
    /// What modules attached to the next key.
    KeyMeta,
    /// The field names of the hashes that refer to this template.
    Template { id: u64, fields: u64 },
}

/// The name of an import job, and the first and the last slot of each range that was being imported.
pub(super) const SLOT_IMPORT: &[LayoutStep] =
    &[LayoutStep::String, LayoutStep::Count, LayoutStep::Times(&[LayoutStep::Length, LayoutStep::Length])];

impl PartKind {
    fn layout(self) -> &'static [LayoutStep] {
        match self {
            Self::Skipped(layout) => layout,
            Self::KeyMeta => KEY_META,
            Self::Template { .. } => &[LayoutStep::Count, LayoutStep::Times(&[LayoutStep::String])],
        }
    }
}

/// A record whose first bytes have been read.
#[derive(Debug)]
pub(super) struct PartInProgress {
    pub(super) kind: PartKind,
    walk: LayoutWalk,
    /// The bytes read so far, unless they are skipped.
    pub(super) kept: Vec<u8>,
    /// The offset of the record's first byte in the file.
    start: u64,
}

impl PartInProgress {
    pub(super) fn new(kind: PartKind, start: u64) -> Self {
        Self { kind, walk: LayoutWalk::new(kind.layout()), kept: Vec::new(), start }
    }

    /// Reads as much of the record as has arrived, and returns whether that was all of it.
    ///
    /// A record does not state its length: only the walk along its layout finds its end. It arrives in any number of
    /// pieces, and where a file was cut must not decide whether it is accepted or which error is reported. A kept
    /// record may have at most `limit` bytes. So the walk is shown at most one byte more than there is room for, even
    /// if far more have arrived, and it fails if it needs that byte. A skipped record takes no memory and has no limit.
    pub(super) fn advance(&mut self, input: &mut InputWindow, limit: u64) -> Result<bool, RdbError> {
        let is_kept = !matches!(self.kind, PartKind::Skipped(_));
        let room = if is_kept { limit - self.kept.len() as u64 } else { u64::MAX };
        // The byte after the room is shown too: the walk would pass it only if the record is too long.
        let unread = input.unread();
        let shown = usize::try_from(room).map_or(unread, |room| &unread[..unread.len().min(room.saturating_add(1))]);
        let is_cut = unread.len() as u64 > room;
        let passed = self.walk.pass(shown).map_err(|fault| RdbError::from(fault).after(self.start))?;
        // Too long: the walk passed the byte after the room, or waits for more although that byte has arrived.
        if passed as u64 > room || is_cut && !self.walk.is_done() {
            return Err(RdbError::here(RdbFault::MetadataTooLong { limit }).after(self.start));
        }
        if is_kept {
            self.kept.extend_from_slice(&shown[..passed]);
        }
        input.read(passed);
        Ok(self.walk.is_done())
    }
}
