//! A server or a cluster, as the source of the keys that a file lists.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;

use super::lane::ListLane;
use super::line::Listing;
use crate::entry::DbKey;
use crate::error::{Answers, EndpointError, EndpointProblem};
use crate::job::{Job, Selection};
use crate::payload::Origin;
use crate::server::{Contact, KeysByDb};
use crate::source::{Applied, DatabaseSize, KeyInfo, Lane, ReadResult, ScanPlan, Source, SourceFacts, offset};

/// A source that is asked for the keys that a file lists. Its only lane walks the file.
pub struct ListedSource<'a> {
    source: &'a dyn Source,
    listing: Listing<'a>,
}

impl<'a> ListedSource<'a> {
    /// The source of a job with a list; `None` for another job.
    pub fn of(source: &'a dyn Source, job: &'a Job) -> Option<Self> {
        let list = job.keys_from.as_ref()?;
        let listing = Listing { list, job: &job.name, databases: job.source.databases() };
        Some(Self { source, listing })
    }
}

impl Source for ListedSource<'_> {
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

    /// A file may name a key twice.
    fn may_repeat(&self) -> bool {
        true
    }

    /// Names in a file are compared with nothing.
    fn applies(&self, selection: &Selection) -> Applied {
        Applied { matches: false, types: selection.types.is_empty() }
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
        vec![Box::new(ListLane::new(self.listing, offset(&plan.from, 0)))]
    }

    fn types<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<KeyInfo>> {
        self.source.types(keys)
    }

    fn inspect<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<KeyInfo>> {
        self.source.inspect(keys)
    }

    fn memory_usage<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<Option<u64>>> {
        self.source.memory_usage(keys)
    }

    fn measure<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<Option<u64>>> {
        self.source.measure(keys)
    }

    fn read<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<ReadResult>> {
        self.source.read(keys)
    }

    fn ping(&self) -> LocalBoxFuture<'_, Result<Option<Duration>, EndpointError>> {
        self.source.ping()
    }
}
