//! What the ledger counts.

use super::in_flight::InFlight;
use super::watermark::{PageId, Watermarks};
use crate::error::{FailedKeys, FailureCode, Failures, Side};
use crate::event::{HeldBy, Listener, Progress, Totals};
use crate::outcome::{Filter, How, LibraryTally, Outcome, Sizes, TypeTally, Verdict};

/// What the ledger counts. Keys are counted in the totals of their pages.
pub struct Counts<'a> {
    /// Of an earlier run that this one continues.
    pub earlier: Totals,
    pub watermarks: Watermarks,
    /// `SCAN` may return a key again: while the key is in flight, it is counted once.
    pub in_flight: InFlight,
    pub listener: &'a mut dyn Listener,
    /// Why keys failed, with those of the earlier run.
    pub failures: Failures,
    /// Keys that failed in this run.
    pub failed: u64,
    pub libraries: LibraryTally,
    /// Keys that only the destination has.
    pub extra: u64,
    /// How much of the source has been taken up, 0–1.
    pub share: Option<f64>,
    pub held_by: HeldBy,
    /// The estimated memory in a dry run that reads no values.
    pub memory: Option<Sizes>,
    has_several_databases: bool,
}

impl<'a> Counts<'a> {
    pub fn new(listener: &'a mut dyn Listener, has_several_databases: bool, earlier: Totals) -> Self {
        Self {
            failures: earlier.failures.clone(),
            earlier,
            watermarks: Watermarks::default(),
            in_flight: InFlight::default(),
            listener,
            failed: 0,
            libraries: LibraryTally::default(),
            extra: 0,
            share: None,
            held_by: HeldBy::default(),
            memory: None,
            has_several_databases,
        }
    }

    pub fn page(&mut self, page: PageId) -> &mut Totals {
        self.watermarks.totals(page)
    }

    /// Counts the outcome of a key of this database. The watermark may pass it.
    pub fn settle(&mut self, page: PageId, db: u16, outcome: Outcome) {
        self.count(page, db, outcome);
        self.watermarks.settle_one(page);
    }

    /// Counts the outcome of a key of this database.
    pub fn count(&mut self, page: PageId, db: u16, outcome: Outcome) {
        let db = self.has_several_databases.then_some(db);
        self.failed += u64::from(outcome == Outcome::Failed);
        self.page(page).count(db, outcome);
    }

    /// Counts what a comparison of a key found. The watermark may pass it.
    pub fn settle_compared(&mut self, page: PageId, verdict: Verdict) {
        self.page(page).verified.count(verdict);
        self.watermarks.settle_one(page);
    }

    /// The progress with what the earlier run counted.
    pub fn progress(&self) -> Progress {
        let (libraries, share, held_by) = (self.libraries, self.share, self.held_by);
        let mut progress = Progress { libraries, share, held_by, ..Progress::default() };
        let mut bytes = 0;
        for totals in self.watermarks.each().chain([&self.earlier]) {
            progress.tally = progress.tally + totals.tally;
            progress.walk = progress.walk + totals.walk;
            progress.filters = progress.filters + totals.filters;
            progress.payloads = progress.payloads + totals.payloads;
            progress.verified = progress.verified + totals.verified;
            bytes += totals.bytes;
        }
        progress.verified.extra += self.extra;
        progress.sizes = self.memory.unwrap_or(Sizes { payload: Some(bytes), memory: None });
        progress
    }

    /// Adds the reasons of the keys that failed without one of their own.
    pub fn add_shared_failures(&mut self, [source, destination]: [u64; 2], unanswered: u64) {
        for (side, code, count) in [
            (Side::Source, FailureCode::EndpointRefused, source),
            (Side::Destination, FailureCode::EndpointRefused, destination),
            (Side::Destination, FailureCode::Unanswered, unanswered),
        ] {
            if count > 0 {
                self.failures.add_all(&FailedKeys { side, code, count });
            }
        }
    }

    pub fn filter(&mut self, page: PageId, filter: Filter) {
        let totals = self.page(page);
        totals.tally.matched -= 1;
        totals.walk.filtered += 1;
        match filter {
            Filter::Match => {}
            Filter::Exclude => totals.filters.excluded += 1,
            Filter::Types => totals.filters.of_other_types += 1,
            Filter::Ttl => totals.filters.of_other_ttls += 1,
        }
        self.watermarks.settle_one(page);
    }

    pub fn count_written(&mut self, page: PageId, type_name: &str, expires: bool, bytes: u64, how: Option<How>) {
        let totals = self.page(page);
        // The first lookup borrows the name, so that it is allocated once for a page and not once for a key.
        if !totals.by_type.contains_key(type_name) {
            totals.by_type.insert(type_name.to_owned(), TypeTally::default());
        }
        let tally = totals.by_type.get_mut(type_name).expect("it was inserted above");
        tally.keys += 1;
        tally.expiring += u64::from(expires);
        if bytes > 0 {
            *tally.bytes.get_or_insert_default() += bytes;
            totals.bytes += bytes;
        }
        totals.payloads.count(how);
    }
}
