//! The ledger of a job: the outcome of every key that was taken up.

use std::cell::RefCell;
use std::rc::Rc;

use super::counts::Counts;
use super::ended::Ended;
use super::in_flight::{KeyHash, KeyId};
use super::margin::FailureMargin;
use super::settled::Settled;
use super::ticket::{Candidate, Ticket};
use super::unreported::unreported;
use super::watermark::PageId;
use crate::engine::stop::StopSignal;
use crate::entry::Key;
use crate::error::{FailedKey, FailureCode, KeyRefusal, Side, Stop};
use crate::event::{Detail, Difference, Event, HeldBy, Listener, Progress, Settlement, Totals, Warning};
use crate::job::Job;
use crate::outcome::{ByDatabase, LibraryTally, Outcome, Sizes};
use crate::source::{LaneId, Page, Positions, SourceKey};

/// Called when a key leaves a job, with an outcome or without one.
pub type OnLeave<'a> = Box<dyn Fn(&KeyId) + 'a>;

/// What is recorded about a key that failed because its endpoint refused every request, or did not reply.
const REFUSED: &str = "the server refused every request";
const UNANSWERED: &str = "it was sent, and no reply came; it may have arrived";

/// The ledger of a job. It emits the events about keys.
pub struct Ledger<'a> {
    counts: RefCell<Counts<'a>>,
    /// How many keys may be at risk at once.
    pub margin: FailureMargin,
    stop: Rc<StopSignal>,
    job: &'a Job,
    /// Source and destination as in the error log.
    names: [String; 2],
    may_repeat: bool,
    /// Of a job that shares its walk.
    leave: Option<OnLeave<'a>>,
    /// What the listener wants to know, decided once and not for each key.
    detail: Detail,
}

impl<'a> Ledger<'a> {
    /// `may_repeat`: whether the source may return a key more than once. `leave`: for a job that shares its walk.
    /// `earlier`: what an earlier run counted, which this one continues.
    pub fn new(
        listener: &'a mut dyn Listener,
        stop: Rc<StopSignal>,
        job: &'a Job,
        names: [String; 2],
        margin: FailureMargin,
        (may_repeat, leave, earlier): (bool, Option<OnLeave<'a>>, Totals),
    ) -> Self {
        let detail = listener.detail();
        Self {
            counts: Counts::new(listener, job.has_several_databases(), earlier).into(),
            margin,
            stop,
            job,
            names,
            may_repeat,
            leave,
            detail,
        }
    }

    /// Opens a page; [`Ledger::take_up`] takes up its keys.
    pub fn open_page(&self, page: &Page) -> PageId {
        let mut counts = self.counts.borrow_mut();
        let totals = Totals { passed_over: page.passed_over, ..Totals::default() };
        counts.watermarks.open((page.lane, page.reached), page.keys.len(), totals)
    }

    /// Takes up keys of a page with those of a batch. A key that is in flight already is skipped.
    pub fn take_up(&self, page: PageId, keys: impl Iterator<Item = SourceKey>, batch: &mut Vec<Candidate>) {
        let mut counts = self.counts.borrow_mut();
        let before = batch.len();
        for SourceKey { db, key, value } in keys {
            let id = KeyId { db, key };
            let hash = if self.may_repeat { counts.in_flight.insert(&id) } else { Some(KeyHash::default()) };
            let Some(hash) = hash else {
                counts.watermarks.settle_one(page);
                continue;
            };
            let renamed = self.renamed(&id.key);
            batch.push(Candidate { ticket: Ticket::new(id, page, hash, renamed), value, size: None });
        }
        let (taken, totals) = ((batch.len() - before) as u64, counts.page(page));
        totals.walk.scanned += taken;
        totals.tally.matched += taken;
    }

    fn renamed(&self, key: &Key) -> Option<Box<Key>> {
        let name = self.job.rename.as_ref()?.name_of(key.as_bytes())?;
        Some(Box::new(Key::from(name)))
    }

    /// Gives a key its outcome. Stops the job at the error limit.
    pub fn settle(&self, ticket: Ticket, settled: Settled<'_>) {
        if self.wants(Detail::Keys) {
            self.emit(&Event::KeySettled(&settled.of_key(&ticket)));
        }
        let (id, page, hash, renamed) = ticket.into_parts();
        let mut counts = self.counts.borrow_mut();
        self.leave(&mut counts, &id, hash);
        let (side, code, type_name, refusal) = match settled {
            Settled::Filtered(filter) => return counts.filter(page, filter),
            Settled::Existing => return counts.settle(page, id.db, Outcome::Existing),
            Settled::Vanished => return counts.settle(page, id.db, Outcome::Vanished),
            Settled::Compared(verdict) => return counts.settle_compared(page, verdict),
            Settled::Written { replaced, type_name, expires, bytes, how } => {
                counts.count_written(page, &type_name, expires, bytes as u64, how);
                return counts.settle(page, id.db, if replaced { Outcome::Replaced } else { Outcome::Copied });
            }
            Settled::Refused(side) => {
                counts.page(page).refused[index(side)] += 1;
                (side, FailureCode::EndpointRefused, None, REFUSED.into())
            }
            Settled::Unanswered => {
                counts.page(page).unanswered += 1;
                (Side::Destination, FailureCode::Unanswered, None, UNANSWERED.into())
            }
            Settled::Failed { side, code, type_name, refusal } => (side, code, type_name, refusal),
        };
        self.margin.failed();
        counts.count(page, id.db, Outcome::Failed);
        let KeyRefusal { message, node } = refusal;
        let server = node.unwrap_or_else(|| self.name(side, counts.watermarks.lane_of(page)));
        let db = self.job.has_several_databases().then_some(id.db);
        let renamed = renamed.map(|name| *name);
        let failed_key = FailedKey { db, key: id.key, renamed, type_name, side, server, code, message };
        self.report_failure(&mut counts, page, &failed_key);
        // The watermark does not pass the others: a run that continues this one tries them again.
        if !code.is_shared() {
            counts.watermarks.settle_one(page);
        }
    }

    /// Gives a key back that was not started when the job stopped. Another run moves it.
    pub fn release(&self, ticket: Ticket) {
        let (id, page, hash, _) = ticket.into_parts();
        let mut counts = self.counts.borrow_mut();
        self.leave(&mut counts, &id, hash);
        counts.page(page).tally.matched -= 1;
    }

    fn leave(&self, counts: &mut Counts<'_>, id: &KeyId, hash: KeyHash) {
        if self.may_repeat {
            counts.in_flight.remove(id, hash);
        }
        if let Some(leave) = &self.leave {
            leave(id);
        }
    }

    /// The name of an endpoint in the error log. If the source is several files, each is a lane.
    fn name(&self, side: Side, lane: LaneId) -> String {
        match (side, self.job.source.backup().and_then(|backup| backup.files.get(lane))) {
            (Side::Source, Some(file)) => file.to_string(),
            (Side::Source, None) => self.names[0].clone(),
            (Side::Destination, _) => self.names[1].clone(),
        }
    }

    /// Keys that share their reason have one warning and one entry in the summary, and the error limit does not stop them.
    fn report_failure(&self, counts: &mut Counts<'_>, page: PageId, failed_key: &FailedKey) {
        self.note(counts.listener.hear(&Event::KeyFailed(failed_key)));
        if failed_key.code.is_shared() {
            return;
        }
        counts.failures.add(failed_key);
        counts.page(page).failures.add(failed_key);
        let (failed, limit) = (counts.failed, self.job.max_errored_keys);
        if failed >= limit {
            self.stop.stop(Stop::ErrorLimit { failed, limit });
        }
    }

    /// A dry run does not read the values, but estimates their memory.
    pub fn estimates_memory(&self) {
        self.counts.borrow_mut().memory = Some(Sizes::in_memory());
    }

    /// Adds what a dry run found out about the size of the keys of a type: payload bytes, or memory. `None` if it is
    /// unknown.
    pub fn estimate(&self, type_name: &str, bytes: Option<u64>) {
        let mut counts = self.counts.borrow_mut();
        let has_payloads = counts.memory.is_none();
        if let Some(memory) = &mut counts.memory {
            memory.add_memory(bytes);
        }
        let totals = counts.watermarks.collect();
        if has_payloads {
            totals.bytes += bytes.unwrap_or(0);
        }
        if let Some(tally) = totals.by_type.get_mut(type_name) {
            *if has_payloads { &mut tally.bytes } else { &mut tally.memory_bytes } = bytes;
        }
    }

    /// Reports a key that differs. Its verdict is settled with its ticket.
    pub fn differs(&self, difference: &Difference) {
        self.emit(&Event::Differs(difference));
    }

    /// Counts and reports a key that only the destination has.
    pub fn extra(&self, difference: &Difference) {
        self.counts.borrow_mut().extra += 1;
        self.emit(&Event::Differs(difference));
    }

    /// Counts function libraries.
    pub fn libraries(&self, count: impl FnOnce(&mut LibraryTally)) {
        count(&mut self.counts.borrow_mut().libraries);
    }

    /// The lanes begin at these positions.
    pub fn begin_at(&self, positions: &Positions) {
        self.counts.borrow_mut().watermarks.begin(positions);
    }

    /// Records how much of the source has been taken up, 0–1.
    pub fn walked(&self, share: Option<f64>) {
        self.counts.borrow_mut().share = share;
    }

    pub fn progress(&self) -> Progress {
        self.counts.borrow().progress()
    }

    /// Emits the progress, and the watermarks if they have changed. The lanes of a shared walk belong to no single job.
    pub fn emit_progress(&self, held_by: HeldBy) {
        let mut borrowed = self.counts.borrow_mut();
        let counts = &mut *borrowed;
        counts.held_by = held_by;
        self.note(counts.listener.hear(&Event::Progress(&counts.progress(), &counts.failures)));
        drop(borrowed);
        self.emit_watermarks();
    }

    fn emit_watermarks(&self) {
        let mut borrowed = self.counts.borrow_mut();
        let counts = &mut *borrowed;
        if let Some(watermarks) = counts.watermarks.changed().filter(|_| self.leave.is_none()) {
            let settled =
                Settlement { watermarks: &watermarks, earlier: &counts.earlier, totals: counts.watermarks.settled() };
            self.note(counts.listener.hear(&Event::Watermarks(&settled)));
        }
    }

    /// Whether the listener wants to know this much.
    pub fn wants(&self, detail: Detail) -> bool {
        self.detail >= detail
    }

    /// Emits an event.
    pub fn emit(&self, event: &Event<'_>) {
        self.note(self.counts.borrow_mut().listener.hear(event));
    }

    /// Emits a warning about this job.
    pub fn warn(&self, message: String) {
        self.emit(&Event::Warned(&Warning { job: Some(self.job.name.clone()), message }));
    }

    fn note(&self, heard: Result<(), Stop>) {
        if let Err(stop) = heard {
            self.stop.stop(stop);
        }
    }

    /// Closes the ledger, and checks that the outcomes add up.
    pub fn close(self) -> Ended {
        let Progress { tally, verified, .. } = self.progress();
        if tally.matched != tally.settled() + verified.compared() {
            self.stop.stop(Stop::Internal(format!("the outcomes do not add up: {tally:?} {verified:?}")));
        }
        if self.stop.reasons().is_empty() {
            self.counts.borrow_mut().watermarks.complete();
        }
        // Before the open pages are added: their keys have no outcome yet, so a later run walks them again.
        self.emit_watermarks();
        let mut borrowed = self.counts.borrow_mut();
        let counts = &mut *borrowed;
        let mut totals = counts.watermarks.collect().clone();
        totals.add(counts.earlier.clone());
        counts.add_shared_failures(totals.refused, totals.unanswered);
        let progress = counts.progress();
        self.note(counts.listener.hear(&Event::Progress(&progress, &counts.failures)));
        if !self.job.has_several_databases() {
            totals.by_database = ByDatabase::from([(self.job.source.databases().first(), tally)]);
        }
        // Keys may have failed after the limit was reached.
        let counted = |stop| match stop {
            Stop::ErrorLimit { limit, .. } => Stop::ErrorLimit { failed: counts.failed, limit },
            other => other,
        };
        Ended {
            progress,
            warnings: unreported(&totals),
            by_type: totals.by_type,
            by_database: totals.by_database,
            failures: counts.failures.clone(),
            stops: self.stop.reasons().into_iter().map(counted).collect(),
            sample_rate: None,
        }
    }
}

fn index(side: Side) -> usize {
    usize::from(side == Side::Destination)
}
