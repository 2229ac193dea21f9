//! A single server as a source.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::scan::scan_lanes;
use super::{Applied, DatabaseSize, KeyInfo, Lane, Node, ReadResult, ScanPlan, Source, SourceFacts};
use crate::entry::DbKey;
use crate::error::{Answers, EndpointError, EndpointProblem};
use crate::job::Selection;
use crate::payload::Origin;
use crate::server::{Contact, KeysByDb};

impl Source for Node {
    fn facts(&self) -> SourceFacts {
        SourceFacts::Server(self.server_facts().clone())
    }

    fn origin(&self) -> Origin {
        Origin::of(self.server_facts().flavour, self.server_facts().kind_version())
    }

    fn round_trip(&self) -> Duration {
        self.clock().round_trip()
    }

    fn now_ms(&self) -> Option<u64> {
        Some(self.clock().now_ms())
    }

    fn has_exact_expiries(&self) -> bool {
        self.is_absolute()
    }

    fn may_repeat(&self) -> bool {
        true
    }

    fn applies(&self, selection: &Selection) -> Applied {
        Applied { matches: selection.is_matched_by_scan(), types: !self.needs_types(selection) }
    }

    fn problem(&self, problem: EndpointProblem) -> EndpointError {
        self.control().address().problem(problem)
    }

    fn contacts(&self) -> Vec<Rc<Contact>> {
        vec![Rc::clone(self.control().contact())]
    }

    fn key_count(&self) -> LocalBoxFuture<'_, Result<Option<u64>, EndpointError>> {
        async { Ok(self.sizes().await?.into_iter().map(|size| size.keys).sum()) }.boxed_local()
    }

    fn databases(&self) -> LocalBoxFuture<'_, Result<Vec<DatabaseSize>, EndpointError>> {
        self.sizes().boxed_local()
    }

    fn other_databases(&self) -> LocalBoxFuture<'_, Result<KeysByDb, EndpointError>> {
        async {
            let mut others = self.control().keys_by_db().await?.unwrap_or_default();
            others.retain(|db, _| !self.databases.contains(*db));
            Ok(others)
        }
        .boxed_local()
    }

    fn libraries(&self) -> LocalBoxFuture<'_, Result<Vec<Bytes>, EndpointError>> {
        self.function_libraries().boxed_local()
    }

    fn lanes<'s>(&'s self, plan: &'s ScanPlan) -> Vec<Box<dyn Lane + 's>> {
        scan_lanes(self, plan, 0)
    }

    fn types<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<KeyInfo>> {
        self.key_types(keys, false).boxed_local()
    }

    fn inspect<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<KeyInfo>> {
        self.key_infos(keys, false).boxed_local()
    }

    fn memory_usage<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<Option<u64>>> {
        self.memory_usages(keys, false).boxed_local()
    }

    fn measure<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<Option<u64>>> {
        self.most_bytes(keys, false).boxed_local()
    }

    fn read<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<ReadResult>> {
        self.read_keys(keys, false).boxed_local()
    }

    fn ping(&self) -> LocalBoxFuture<'_, Result<Option<Duration>, EndpointError>> {
        async { self.control().ping().await.map(Some) }.boxed_local()
    }
}
