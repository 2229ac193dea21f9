//! Files as a source: RDB files that are read one after another, each once, from its first byte to its last.
//!
//! A separate thread reads and decodes it, a few pages ahead of the engine, because decoding needs CPU time and reading
//! may block.

mod address;
mod cluster_slots;
mod facts;
mod feed;
mod file_tallies;
mod inspect;
mod lane;
mod notes;
mod open;
mod preamble;
mod read_ahead;
mod stream;
mod survey;

pub use facts::BackupFacts;
pub use inspect::{inspect, read_once};
pub use open::BackupSource;
pub use read_ahead::ReadAheadPermit;
pub use survey::{Survey, SurveyedKeys, survey};
