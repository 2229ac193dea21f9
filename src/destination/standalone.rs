//! A single server as a destination.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::node::not_sent;
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

    fn contacts(&self) -> Vec<&Contact> {
        vec![self.control().contact()]
    }

    fn open_database(&self, db: u16) -> LocalBoxFuture<'_, Result<(), EndpointError>> {
        async move { self.databases.session(db).await.map(drop) }.boxed_local()
    }

    fn exist<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Result<Vec<bool>, EndpointError>> {
        async move {
            let mut each = Vec::with_capacity(keys.len());
            for of_one in keys.chunk_by(|one, next| one.db == next.db) {
                let session = self.databases.session(of_one[0].db).await?;
                let answers = session.exchange(of_one, async |turn, keys| self.exist_in(turn, keys).await).await;
                match answers.error {
                    None => each.extend(answers.each.into_iter().map(Option::unwrap_or_default)),
                    Some(error) => return Err(error),
                }
            }
            Ok(each)
        }
        .boxed_local()
    }

    fn write<'a>(&'a self, entries: &'a [Entry<'a>], on_existing: OnExisting) -> LocalBoxFuture<'a, Answers<Written>> {
        async move {
            let mut answers = Answers { each: Vec::new(), error: None };
            for of_one in entries.chunk_by(|one, next| one.id.db == next.id.db) {
                let written = if answers.error.is_none() {
                    self.write_to_database(of_one, on_existing).await
                } else {
                    not_sent(of_one, None)
                };
                answers = answers.and(written);
            }
            answers
        }
        .boxed_local()
    }

    fn confirm(&self) -> LocalBoxFuture<'_, Result<(), EndpointError>> {
        self.confirm_process().boxed_local()
    }

    fn evicted(&self) -> LocalBoxFuture<'_, Option<u64>> {
        async { self.control().facts().await.ok()?.evicted_since(&self.server_facts) }.boxed_local()
    }

    fn restore_library<'a>(
        &'a self,
        payload: &'a [u8],
        on_existing: OnExisting,
    ) -> LocalBoxFuture<'a, Result<Restored, EndpointError>> {
        self.restore_function_library(payload, on_existing).boxed_local()
    }
}
