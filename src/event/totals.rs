//! What was counted of keys that have an outcome.

use serde::{Deserialize, Serialize};

use crate::error::Failures;
use crate::outcome::{ByDatabase, ByType, FilterTally, Outcome, PayloadTally, Tally, VerifyTally, WalkTally};

/// What was counted of some keys of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub tally: Tally,
    pub walk: WalkTally,
    pub filters: FilterTally,
    /// Payload bytes of the keys copied and replaced.
    pub bytes: u64,
    pub payloads: PayloadTally,
    pub by_type: ByType,
    /// Empty if the job has one database: then its counts are those of the job.
    pub by_database: ByDatabase,
    /// Why keys failed that have reasons of their own.
    pub failures: Failures,
    /// Keys that were refused like every other, by the source and by the destination.
    pub refused: [u64; 2],
    /// Keys that were sent, but have no reply.
    pub unanswered: u64,
    /// Keys of other databases of a file.
    pub passed_over: u64,
    /// What comparisons found.
    #[serde(default)]
    pub verified: VerifyTally,
}

impl Totals {
    /// The keys that have an outcome, or were compared.
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.tally.settled() + self.verified.compared()
    }

    /// Counts an outcome.
    pub fn count(&mut self, db: Option<u16>, outcome: Outcome) {
        self.tally.count(outcome);
        if let Some(db) = db {
            self.by_database.entry(db).or_default().count(outcome);
        }
    }

    /// Adds the totals of other keys.
    pub fn add(&mut self, other: Self) {
        self.tally = self.tally + other.tally;
        self.walk = self.walk + other.walk;
        self.filters = self.filters + other.filters;
        self.bytes += other.bytes;
        self.payloads = self.payloads + other.payloads;
        for (name, tally) in other.by_type {
            let sum = self.by_type.entry(name).or_default();
            *sum = *sum + tally;
        }
        for (db, tally) in other.by_database {
            let sum = self.by_database.entry(db).or_default();
            *sum = *sum + tally;
        }
        self.failures.add_from(other.failures);
        for (sum, more) in self.refused.iter_mut().zip(other.refused) {
            *sum += more;
        }
        self.unanswered += other.unanswered;
        self.passed_over += other.passed_over;
        self.verified = self.verified + other.verified;
    }
}
