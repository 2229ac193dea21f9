//! A file as a source: an RDB file that is read once, from its first byte to its last.
//!
//! A thread of its own reads it and takes it apart, a few pages ahead of what becomes of them: that is work
//! for a CPU, and reading may block, which nobody else should wait for.

mod facts;
mod feed;
mod inspect;
mod open;
mod preamble;
mod room;
mod stream;
mod survey;

pub use facts::BackupFacts;
pub use feed::Page;
pub use inspect::{inspect, read_once};
pub use open::Backup;
pub use room::{AHEAD, Taken};
pub use survey::{Survey, SurveyedKeys, survey};
