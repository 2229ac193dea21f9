//! A file as a source: an RDB file that is read once, from its first byte to its last.
//!
//! A thread of its own reads it and takes it apart, a few pages ahead of what becomes of them: that is work for a CPU,
//! and reading may block, which nothing else should wait for.

mod facts;
mod feed;
mod inspect;
mod lane;
mod open;
mod preamble;
mod read_ahead;
mod stream;
mod survey;

pub use facts::BackupFacts;
pub use inspect::{inspect, read_once};
pub use open::Backup;
pub use read_ahead::ReadAheadPermit;
pub use survey::{Survey, SurveyedKeys, survey};
