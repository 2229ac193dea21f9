//! A source whose keys are named in another way than by a walk over it.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;

use super::{Applied, DatabaseSize, KeyInfo, Lane, Positions, ReadResult, ScanPlan, Source, SourceFacts};
use crate::entry::DbKey;
use crate::error::{Answers, EndpointError, EndpointProblem};
use crate::job::Selection;
use crate::payload::Origin;
use crate::server::{Contact, KeysByDb};

/// A source that is asked for the keys that its only lane names: `lane` makes it, for a plan with these positions.
pub struct OneLane<'a, F> {
    pub source: &'a dyn Source,
    /// Whether the lane may return a key more than once.
    pub may_repeat: bool,
    /// The parts of the selection that the lane applies.
    pub applied: Applied,
    pub lane: F,
}

impl<'a, F: Fn(&Positions) -> Box<dyn Lane + 'a>> Source for OneLane<'a, F> {
    fn facts(&self) -> SourceFacts {
        self.source.facts()
    }

    fn origin(&self) -> Origin {
        self.source.origin()
    }

    fn round_trip(&self) -> Duration {
        self.source.round_trip()
    }

    fn now_ms(&self) -> Option<u64> {
        self.source.now_ms()
    }

    fn has_exact_expiries(&self) -> bool {
        self.source.has_exact_expiries()
    }

    fn may_repeat(&self) -> bool {
        self.may_repeat
    }

    fn applies(&self, _: &Selection) -> Applied {
        self.applied
    }

    fn problem(&self, problem: EndpointProblem) -> EndpointError {
        self.source.problem(problem)
    }

    fn contacts(&self) -> Vec<Rc<Contact>> {
        self.source.contacts()
    }

    fn key_count(&self) -> LocalBoxFuture<'_, Result<Option<u64>, EndpointError>> {
        self.source.key_count()
    }

    fn databases(&self) -> LocalBoxFuture<'_, Result<Vec<DatabaseSize>, EndpointError>> {
        self.source.databases()
    }

    fn other_databases(&self) -> LocalBoxFuture<'_, Result<KeysByDb, EndpointError>> {
        self.source.other_databases()
    }

    fn libraries(&self) -> LocalBoxFuture<'_, Result<Vec<Bytes>, EndpointError>> {
        self.source.libraries()
    }

    fn lanes<'s>(&'s self, plan: &'s ScanPlan) -> Vec<Box<dyn Lane + 's>> {
        vec![(self.lane)(&plan.from)]
    }

    fn types<'k>(&'k self, keys: &'k [DbKey<'k>]) -> LocalBoxFuture<'k, Answers<KeyInfo>> {
        self.source.types(keys)
    }

    fn inspect<'k>(&'k self, keys: &'k [DbKey<'k>]) -> LocalBoxFuture<'k, Answers<KeyInfo>> {
        self.source.inspect(keys)
    }

    fn memory_usage<'k>(&'k self, keys: &'k [DbKey<'k>]) -> LocalBoxFuture<'k, Answers<Option<u64>>> {
        self.source.memory_usage(keys)
    }

    fn measure<'k>(&'k self, keys: &'k [DbKey<'k>]) -> LocalBoxFuture<'k, Answers<Option<u64>>> {
        self.source.measure(keys)
    }

    fn read<'k>(&'k self, keys: &'k [DbKey<'k>]) -> LocalBoxFuture<'k, Answers<ReadResult>> {
        self.source.read(keys)
    }

    fn ping(&self) -> LocalBoxFuture<'_, Result<Option<Duration>, EndpointError>> {
        self.source.ping()
    }
}
