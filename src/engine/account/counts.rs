//! What the ledger counts.

use super::in_flight::InFlight;
use super::watermark::Watermarks;
use crate::error::{FailedKeys, FailureCode, Failures, Side};
use crate::event::{Listener, Progress};
use crate::outcome::{ByDatabase, ByType, Filter, How, Outcome, TypeTally};

/// What the ledger counts.
pub struct Counts<'a> {
    pub progress: Progress,
    pub by_type: ByType,
    /// `None` if the job has one database: then its counts are those of the job.
    pub by_database: Option<ByDatabase>,
    pub watermarks: Watermarks,
    /// `SCAN` may return a key again: while the key is in flight, it is counted once.
    pub in_flight: InFlight,
    pub listener: &'a mut dyn Listener,
    /// Why keys failed.
    pub failures: Failures,
    /// By the source, and by the destination.
    pub refused: [u64; 2],
    pub unanswered: u64,
    pub passed_over: u64,
}

impl<'a> Counts<'a> {
    pub fn new(listener: &'a mut dyn Listener, has_several_databases: bool) -> Self {
        Self {
            progress: Progress::default(),
            by_type: ByType::new(),
            by_database: has_several_databases.then(ByDatabase::new),
            watermarks: Watermarks::default(),
            in_flight: InFlight::default(),
            listener,
            failures: Failures::default(),
            refused: [0; 2],
            unanswered: 0,
            passed_over: 0,
        }
    }

    /// Counts the outcome of a key of this database.
    pub fn count(&mut self, db: u16, outcome: Outcome) {
        self.progress.tally.count(outcome);
        if let Some(by_database) = &mut self.by_database {
            by_database.entry(db).or_default().count(outcome);
        }
    }

    /// Adds the reasons of the keys that failed without one of their own.
    pub fn add_shared_failures(&mut self) {
        let [source, destination] = self.refused;
        for (side, code, count) in [
            (Side::Source, FailureCode::EndpointRefused, source),
            (Side::Destination, FailureCode::EndpointRefused, destination),
            (Side::Destination, FailureCode::Unanswered, self.unanswered),
        ] {
            if count > 0 {
                self.failures.add_all(&FailedKeys { side, code, count });
            }
        }
    }

    pub fn filter(&mut self, filter: Filter) {
        self.progress.tally.matched -= 1;
        self.progress.walk.filtered += 1;
        match filter {
            Filter::Match => {}
            Filter::Exclude => self.progress.filters.excluded += 1,
            Filter::Types => self.progress.filters.of_other_types += 1,
            Filter::Ttl => self.progress.filters.of_other_ttls += 1,
        }
    }

    pub fn count_written(&mut self, type_name: &str, expires: bool, bytes: u64, how: Option<How>) {
        // The first lookup borrows the name, so that it is allocated once for a type and not once for a key.
        if !self.by_type.contains_key(type_name) {
            self.by_type.insert(type_name.to_owned(), TypeTally::default());
        }
        let tally = self.by_type.get_mut(type_name).expect("it was inserted above");
        tally.keys += 1;
        tally.expiring += u64::from(expires);
        if bytes > 0 {
            *tally.bytes.get_or_insert_default() += bytes;
            self.progress.sizes.add_payload(bytes);
        }
        self.progress.payloads.count(how);
    }
}
