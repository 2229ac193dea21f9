//! A single server as a destination.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::node::Pipeline;
use super::{Destination, DestinationNode, Restored, Written};
use crate::entry::{DbKey, Entry};
use crate::error::{Answers, EndpointError, EndpointProblem};
use crate::payload::Target;
use crate::server::ServerFacts;

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

    fn problem(&self, problem: EndpointProblem) -> EndpointError {
        self.control().address().problem(problem)
    }

    fn open_database(&self, db: u16) -> LocalBoxFuture<'_, Result<(), EndpointError>> {
        async move { self.databases.session(db).await.map(drop) }.boxed_local()
    }

    fn exist<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Result<Vec<bool>, EndpointError>> {
        async move {
            let mut each = Vec::with_capacity(keys.len());
            for of_one in keys.chunk_by(|one, next| one.db == next.db) {
                let session = self.databases.session(of_one[0].db).await?;
                each.extend(self.exist_in(&session, of_one).await?);
            }
            Ok(each)
        }
        .boxed_local()
    }

    fn write(&self, entries: &[Entry<'_>]) -> LocalBoxFuture<'_, Answers<Written>> {
        let of_each_database = entries.chunk_by(|one, next| one.id.db == next.id.db);
        let pipelines: Vec<Pipeline> = of_each_database.map(|entries| self.encode(entries)).collect();
        async move {
            let mut answers = Answers { each: Vec::new(), error: None };
            for pipeline in pipelines {
                let written = if answers.error.is_none() { self.send(pipeline).await } else { pipeline.not_sent(None) };
                answers = answers.and(written);
            }
            answers
        }
        .boxed_local()
    }

    fn restore_library<'a>(&'a self, payload: &'a [u8]) -> LocalBoxFuture<'a, Result<Restored, EndpointError>> {
        self.restore_function_library(payload).boxed_local()
    }
}
