//! A file as a source, and its only lane.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, ready};

use super::BackupSource;
use crate::entry::DbKey;
use crate::error::{Answers, EndpointError, EndpointProblem, Side, Stop};
use crate::job::Selection;
use crate::payload::Origin;
use crate::server::{Contact, KeysByDb, Refusal};
use crate::source::{Applied, DatabaseSize, KeyInfo, Lane, Page, ReadResult, ScanPlan, Source, SourceFacts};

/// A file returns keys with their values, so it cannot be asked about keys.
const NOT_ASKED: &str = "the value was not read from the file";

struct FileLane<'s>(&'s BackupSource);

impl Lane for FileLane<'_> {
    fn next_page(&mut self) -> LocalBoxFuture<'_, Result<Option<Page>, Stop>> {
        self.0.next_page().boxed_local()
    }
}

impl Source for BackupSource {
    fn facts(&self) -> SourceFacts {
        SourceFacts::Backup(self.file_facts().clone())
    }

    fn origin(&self) -> Origin {
        self.file_facts().origin()
    }

    fn round_trip(&self) -> Duration {
        Duration::ZERO
    }

    fn now_ms(&self) -> Option<u64> {
        None
    }

    fn may_repeat(&self) -> bool {
        false
    }

    fn applies(&self, selection: &Selection) -> Applied {
        Applied { matches: false, types: selection.types.is_empty() }
    }

    fn problem(&self, problem: EndpointProblem) -> EndpointError {
        EndpointError { side: Side::Source, server: self.file_facts().name.clone(), problem }
    }

    fn contacts(&self) -> Vec<Rc<Contact>> {
        Vec::new()
    }

    fn key_count(&self) -> LocalBoxFuture<'_, Result<Option<u64>, EndpointError>> {
        ready(Ok(None)).boxed_local()
    }

    fn databases(&self) -> LocalBoxFuture<'_, Result<Vec<DatabaseSize>, EndpointError>> {
        ready(Ok(Vec::new())).boxed_local()
    }

    fn other_databases(&self) -> LocalBoxFuture<'_, Result<KeysByDb, EndpointError>> {
        ready(Ok(self.passed_over())).boxed_local()
    }

    fn libraries(&self) -> LocalBoxFuture<'_, Result<Vec<Bytes>, EndpointError>> {
        ready(Ok(Vec::new())).boxed_local()
    }

    fn lanes<'s>(&'s self, plan: &'s ScanPlan) -> Vec<Box<dyn Lane + 's>> {
        self.begin(plan.from.clone());
        vec![Box::new(FileLane(self))]
    }

    fn types<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<KeyInfo>> {
        for_each(keys, || KeyInfo::Refused(Refusal::Key(NOT_ASKED.into())))
    }

    fn inspect<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<KeyInfo>> {
        for_each(keys, || KeyInfo::Refused(Refusal::Key(NOT_ASKED.into())))
    }

    fn memory_usage<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<Option<u64>>> {
        for_each(keys, || None)
    }

    fn measure<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<Option<u64>>> {
        for_each(keys, || None)
    }

    fn read<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Answers<ReadResult>> {
        for_each(keys, || ReadResult::Failed { type_name: None, refusal: NOT_ASKED.into() })
    }

    fn ping(&self) -> LocalBoxFuture<'_, Result<Option<Duration>, EndpointError>> {
        ready(Ok(None)).boxed_local()
    }
}

fn for_each<'a, T: 'a>(keys: &[DbKey<'_>], answer: impl Fn() -> T) -> LocalBoxFuture<'a, Answers<T>> {
    ready(Answers { each: keys.iter().map(|_| answer()).collect(), error: None }).boxed_local()
}
