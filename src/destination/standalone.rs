//! A single server as a destination.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::write::Write;
use super::written::known;
use super::{Destination, DestinationNode, Restored, Written};
use crate::entry::{DbKey, Entry};
use crate::error::{Answers, EndpointError, EndpointProblem};
use crate::job::OnExisting;
use crate::payload::Target;
use crate::server::{Contact, ServerFacts};

impl Destination for DestinationNode {
    fn facts(&self) -> &ServerFacts {
        &self.server_facts
    }

    fn round_trip(&self) -> Duration {
        self.clock().round_trip()
    }

    fn now_ms(&self) -> u64 {
        self.clock().now_ms()
    }

    fn target(&self) -> &Target {
        &self.accepts
    }

    fn reject_reason(&self, bytes: usize) -> Option<String> {
        let longest = self.longest;
        (bytes > longest).then(|| {
            format!(
                "its payload of {bytes} bytes is longer than the destination accepts (`proto-max-bulk-len` is {longest})"
            )
        })
    }

    fn reject_name(&self, bytes: usize) -> Option<String> {
        let longest = self.longest;
        (bytes > longest).then(|| {
            format!(
                "its new name of {bytes} bytes is longer than the destination accepts (`proto-max-bulk-len` is {longest})"
            )
        })
    }

    fn problem(&self, problem: EndpointProblem) -> EndpointError {
        self.control().address().problem(problem)
    }

    fn contacts(&self) -> Vec<Rc<Contact>> {
        vec![Rc::clone(self.control().contact())]
    }

    fn open_database(&self, db: u16) -> LocalBoxFuture<'_, Result<(), EndpointError>> {
        async move { self.databases.session(db).await.map(drop) }.boxed_local()
    }

    fn exist<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Result<Vec<bool>, EndpointError>> {
        async move { known(self.existence(keys, false).await, |problem| self.problem(problem)) }.boxed_local()
    }

    fn write<'a>(&'a self, entries: &'a [Entry<'a>], on_existing: OnExisting) -> LocalBoxFuture<'a, Answers<Written>> {
        async move {
            let may_be_there = vec![Cell::new(false); entries.len()];
            self.write_entries(&Write::each(entries, &may_be_there), on_existing, false).await
        }
        .boxed_local()
    }

    fn confirm(&self) -> LocalBoxFuture<'_, Result<(), EndpointError>> {
        self.confirm_process().boxed_local()
    }

    fn restore_library<'a>(
        &'a self,
        payload: &'a [u8],
        on_existing: OnExisting,
    ) -> LocalBoxFuture<'a, Result<Restored, EndpointError>> {
        self.restore_function_library(payload, on_existing).boxed_local()
    }
}
