//! The state that the stages of a job share.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

use tokio::time::Instant;

use super::account::{Candidate, Ledger, Settled, Ticket};
use super::concurrency::Concurrency;
use super::earlier::Earlier;
use super::existence_check::ExistenceCheck;
use super::mode::Mode;
use super::rate::{PauseCounts, Throttle};
use super::size_estimate::SizeEstimate;
use super::stop::StopSignal;
use super::verifying::Verifying;
use crate::budget::{InFlightBudget, READ_KEYS};
use crate::destination::Destination;
use crate::entry::{DbKey, Key};
use crate::error::{EndpointError, EndpointProblem, FailureCode, KeyRefusal, Side};
use crate::event::{Call, Detail, Event, HeldBy};
use crate::job::{ExpiryBounds, Job};
use crate::outcome::Filter;
use crate::payload::Origin;
use crate::server::{Contact, Refusal};
use crate::source::{Applied, DatabaseSize, Positions, ScanPlan, Source};

/// The state that the stages of a job share.
pub struct JobContext<'a> {
    pub job: &'a Job,
    pub source: &'a dyn Source,
    pub destination: &'a dyn Destination,
    /// The server that wrote the payloads.
    pub origin: Origin,
    pub stop: Rc<StopSignal>,
    pub ledger: Ledger<'a>,
    pub size_estimate: Rc<SizeEstimate>,
    /// For each place of the destination.
    pub in_flight: Rc<[InFlightBudget]>,
    pub concurrency: Concurrency,
    pub throttle: Rc<Throttle>,
    pub pauses: Rc<PauseCounts>,
    pub existence_check: ExistenceCheck,
    /// The walk of an earlier run that this one continues.
    pub earlier: Option<Earlier>,
    /// What slows the job down, except limits.
    pub held_by: Cell<HeldBy>,
    /// Which expiries match.
    pub expiries: ExpiryBounds,
    /// The parts of the selection that the source applies itself.
    pub applied: Applied,
    pub mode: Mode,
    /// With [`Mode::Verify`].
    pub verifying: Option<&'a Verifying<'a>>,
    /// Whether other jobs share the walk.
    pub is_shared: bool,
}

impl JobContext<'_> {
    /// The servers that the job is connected to.
    pub fn contacts(&self) -> impl Iterator<Item = Rc<Contact>> {
        let theirs = self.verifying.map(|verifying| verifying.theirs.contacts());
        self.source.contacts().into_iter().chain(self.destination.contacts()).chain(theirs.unwrap_or_default())
    }

    pub async fn scan_plan(&self) -> Result<ScanPlan, EndpointError> {
        let mut databases = self.source.databases().await?;
        let count = self.throttle.scan_count(self.job.scan_batch_size);
        let largest = databases.iter().map(|size| size.keys).max().flatten();
        let mut lanes = self.concurrency.lanes(self.job.lanes, count, largest);
        let mut from = Positions::default();
        if let Some(earlier) = &self.earlier {
            // The positions are those of the earlier lanes. Databases that have keys only now follow.
            let place = |db| earlier.databases.iter().position(|known| *known == db).unwrap_or(usize::MAX);
            let unknown = |db: &&u16| !databases.iter().any(|size| size.db == **db);
            let empty: Vec<DatabaseSize> =
                earlier.databases.iter().filter(unknown).map(|db| DatabaseSize { db: *db, keys: Some(0) }).collect();
            databases.extend(empty);
            databases.sort_by_key(|size| (place(size.db), size.db));
            (lanes, from) = (earlier.lanes, earlier.positions.clone());
        }
        Ok(ScanPlan { selection: self.job.selection.clone(), count, lanes, databases, from })
    }

    /// The most entries of one write pipeline.
    pub fn write_size(&self) -> usize {
        self.throttle.at_once(self.job.pipeline_batch_size).min(self.ledger.margin.size())
    }

    /// The number of read pipelines in flight, for one place of the destination.
    pub fn reads(&self) -> usize {
        if self.throttle.latency().is_some() {
            self.concurrency.quick_reads(self.throttle.at_once(READ_KEYS))
        } else {
            self.concurrency.reads().div_ceil(self.places())
        }
    }

    /// Waits for a batch of keys, and reports it if the listener wants to know.
    pub async fn batch<T>(
        &self,
        (side, action): (Side, &'static str),
        work: impl Future<Output = T>,
        count: impl FnOnce(&T) -> (usize, Option<usize>),
    ) -> T {
        if !self.ledger.wants(Detail::Calls) {
            return work.await;
        }
        let started = Instant::now();
        let done = work.await;
        let (keys, bytes) = count(&done);
        self.ledger.emit(&Event::Called(&Call { side, action, keys, bytes, duration: started.elapsed() }));
        done
    }

    /// The key and its database at the destination.
    pub fn target<'t>(&self, ticket: &'t Ticket) -> DbKey<'t> {
        let DbKey { db, key } = ticket.db_key();
        let db = self.job.destination.db.of(db).expect("the walk ends at a database without a destination");
        DbKey { db, key: ticket.renamed().unwrap_or(key) }
    }

    /// How many places of the destination keys are moved to independently of each other.
    pub fn places(&self) -> usize {
        self.in_flight.len()
    }

    /// The place of a source's key at the destination.
    pub fn place_of(&self, key: &Key) -> usize {
        let renamed = self.job.rename.as_ref().and_then(|rename| rename.name_of(key.as_bytes()));
        self.destination.place(renamed.map(Key::from).as_ref().unwrap_or(key))
    }

    fn place(&self, ticket: &Ticket) -> usize {
        if self.places() == 1 { 0 } else { self.destination.place(self.target(ticket).key) }
    }

    /// Whether each key must be requested before it is known whether it matches.
    pub fn asks_each(&self) -> bool {
        !self.applied.types || !self.expiries.is_unbounded()
    }

    /// The filter that a key of this type and expiry does not pass.
    pub fn filter(&self, type_name: &str, expires_at: Option<u64>) -> Option<Filter> {
        if !self.job.selection.matches_type(type_name) {
            return Some(Filter::Types);
        }
        (!self.expiries.contain(expires_at)).then_some(Filter::Ttl)
    }

    /// Whether a key has expired by the clock of either endpoint.
    pub fn is_expired(&self, expires_at: Option<u64>) -> bool {
        let Some(at) = expires_at else { return false };
        at <= self.source.now_ms().unwrap_or(0).max(self.destination.now_ms())
    }

    /// Settles a key that the source refused.
    pub async fn refuse_read(&self, ticket: Ticket, refusal: Refusal) {
        let refusal = match refusal {
            Refusal::Key(refusal) => refusal,
            Refusal::KeyExists => "BUSYKEY".into(),
            Refusal::Server(problem) => return self.refuse_all(ticket, Side::Source, problem),
        };
        self.fail_read(ticket, FailureCode::Refused, None, refusal).await;
    }

    /// Settles a key that could not be read.
    pub async fn fail_read(&self, ticket: Ticket, code: FailureCode, type_name: Option<String>, refusal: KeyRefusal) {
        self.fail_unsent(ticket, Settled::Failed { side: Side::Source, code, type_name, refusal }).await;
    }

    /// Settles a key that failed before it was written. It must fit into the margin beside the keys that are being
    /// written. At the error limit it is given back, like a key that was not started: nothing was changed.
    pub async fn fail_unsent(&self, ticket: Ticket, failed: Settled<'_>) {
        let _at_risk = self.ledger.margin.take(self.place(&ticket), 1).await;
        if self.stop.has_reached_limit() {
            self.ledger.release(ticket);
        } else {
            self.ledger.settle(ticket, failed);
        }
    }

    /// Settles a key, and stops the job, because an endpoint refuses every key.
    pub fn refuse_all(&self, ticket: Ticket, side: Side, problem: EndpointProblem) {
        let error = match side {
            Side::Source => self.source.problem(problem),
            Side::Destination => self.destination.problem(problem),
        };
        self.stop.stop(error.into());
        self.ledger.settle(ticket, Settled::Refused(side));
    }

    /// Gives keys back that were not started.
    pub fn release(&self, candidates: impl IntoIterator<Item = Candidate>) {
        for candidate in candidates {
            self.ledger.release(candidate.ticket);
        }
    }

    /// Stops the job because of an endpoint, and gives keys back that were not started.
    pub fn stop_and_release(&self, error: EndpointError, candidates: Vec<Candidate>) {
        self.stop.stop(error.into());
        self.release(candidates);
    }
}
