//! A key that differs.

use crate::engine::stages::read::Ready;
use crate::outcome::DifferenceKind;
use crate::source::ReadResult;

/// A key that differs.
pub struct Different {
    pub kind: DifferenceKind,
    pub ours: Ready,
    /// A value, or nothing.
    pub theirs: ReadResult,
}
