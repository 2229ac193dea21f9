//! The part of a shared walk that one job sees, as a source of its own.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::feed::Feed;
use crate::entry::DbKey;
use crate::error::{Answers, EndpointError, EndpointProblem, Stop};
use crate::job::Selection;
use crate::payload::Origin;
use crate::server::{Contact, KeysByDb};
use crate::source::{Applied, DatabaseSize, KeyInfo, Lane, Page, ReadResult, ScanPlan, Source, SourceFacts};

/// The source of one job of a shared walk: its only lane returns the keys that the feed gives to the job.
pub struct Share<'a> {
    pub source: &'a dyn Source,
    pub feed: &'a Feed<'a>,
    pub job: usize,
    /// Whether the walk returns only keys of the types of the job.
    pub applies_types: bool,
}

struct ShareLane<'a> {
    feed: &'a Feed<'a>,
    job: usize,
}

impl Lane for ShareLane<'_> {
    fn next_page(&mut self) -> LocalBoxFuture<'_, Result<Option<Page>, Stop>> {
        self.feed.next(self.job).boxed_local()
    }
}

impl Source for Share<'_> {
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

    fn may_repeat(&self) -> bool {
        self.source.may_repeat()
    }

    /// The feed compares names with the patterns of the job.
    fn applies(&self, _: &Selection) -> Applied {
        Applied { matches: true, types: self.applies_types }
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

    fn lanes<'s>(&'s self, _: &'s ScanPlan) -> Vec<Box<dyn Lane + 's>> {
        vec![Box::new(ShareLane { feed: self.feed, job: self.job })]
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
