//! The databases of a source, and their numbers of keys.

/// A database that is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseSize {
    pub db: u16,
    /// The number of its keys before the walk, if it is known.
    pub keys: Option<u64>,
}
