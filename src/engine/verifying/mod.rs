//! What a verification needs besides the source.

mod names;
mod sampler;
mod sums;

use futures_util::future::LocalBoxFuture;

pub use names::Names;
pub use sampler::Sampler;
pub use sums::Sums;

use crate::entry::DbKey;
use crate::error::Stop;
use crate::event::SideFacts;
use crate::source::{Page, Source};

/// What a verification needs besides the source.
pub struct Verifying<'a> {
    /// The destination, to be read.
    pub theirs: &'a dyn Source,
    /// Expiries that are this close are equal, in ms.
    pub tolerance_ms: u64,
    /// What is copied again.
    pub repair: Option<Repair>,
    /// The keys that are compared; `None` for all.
    pub sample: Option<Sampler>,
    /// The names of a file, which cannot be asked for single keys; `None` if the source is a server.
    pub names: Option<Names>,
    /// The keys that both servers have, as the walk over the source found.
    pub common: Sums,
    /// The other jobs of the run.
    pub others: &'a dyn Others,
}

impl Verifying<'_> {
    /// Whether the source is a file: its values never change.
    pub fn is_file(&self) -> bool {
        self.names.is_some()
    }

    /// Remembers the names of a file's page, and leaves out its keys that are not in the sample.
    pub fn take_note(&self, page: &mut Page) {
        if let Some(names) = &self.names {
            page.keys.iter().for_each(|key| names.insert(DbKey { db: key.db, key: &key.key }));
        }
        if let Some(sample) = &self.sample {
            page.keys.retain(|key| sample.takes(DbKey { db: key.db, key: &key.key }));
        }
    }
}

/// Which keys are copied again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Those that are missing, and with `on_existing = "replace"` those that differ.
    AsJob,
    /// Those that are missing or differ.
    Replace,
}

/// The other jobs that write to the same destination.
pub trait Others {
    /// Whether each key of the destination is a key of another job: its source has it, or it reports the key as extra,
    /// because it selects the key, too, and comes before this job.
    fn have<'a>(&'a self, keys: &'a [(DbKey<'a>, &'a SideFacts)]) -> LocalBoxFuture<'a, Result<Vec<bool>, Stop>>;
}
