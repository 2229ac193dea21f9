//! A cluster as a destination: each entry goes to the node that serves the slot of its key.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, join_all, try_join_all};

use super::write::Write;
use super::written::known;
use super::{Destination, DestinationNode, Restored, Written};
use crate::entry::{DbKey, Entry, Key};
use crate::error::{Answers, EndpointError, EndpointProblem, Side};
use crate::job::{ClusterSeeds, Endpoint, HostPort, OnExisting};
use crate::payload::Target;
use crate::server::{Answer, ClusterNode, Contact, Control, Nodes, ServerFacts};

/// The masters of a cluster that keys are written to.
pub struct DestinationCluster {
    nodes: Nodes<DestinationNode>,
    /// Of all nodes together.
    facts: ServerFacts,
    /// What every node accepts.
    target: Target,
    /// The node whose clock and limits are taken for all.
    first: Rc<DestinationNode>,
}

impl ClusterNode for DestinationNode {
    fn control(&self) -> &Control {
        Self::control(self)
    }
}

impl DestinationCluster {
    /// Connects to every master.
    pub async fn open(endpoint: &Endpoint, seeds: &ClusterSeeds, client_name: &str) -> Result<Self, EndpointError> {
        let connect = |contact: Rc<Contact>| async move { DestinationNode::open(&contact, None).await }.boxed_local();
        let nodes = Nodes::open(Side::Destination, endpoint, seeds, client_name, Box::new(connect)).await?;
        let connected = nodes.connected();
        let of_nodes: Vec<&ServerFacts> = connected.iter().map(|node| node.facts()).collect();
        let described =
            nodes.members().iter().map(|(address, node)| nodes.described((address, node.facts()))).collect();
        let facts = ServerFacts::of_cluster(endpoint.address(), &of_nodes);
        let facts = facts.map(|facts| ServerFacts { nodes: described, ..facts });
        let reads = |node: &&Rc<DestinationNode>| node.accepts.reads();
        let no_node = || nodes.problem(EndpointProblem::Refused("it has no node".to_owned()));
        let lowest = connected.iter().min_by_key(reads).ok_or_else(no_node)?;
        let (target, facts) = (lowest.accepts.clone(), facts.ok_or_else(no_node)?);
        let first = connected.iter().min_by_key(|node| node.longest).ok_or_else(no_node)?;
        let first = Rc::clone(first);
        Ok(Self { nodes, facts, target, first })
    }

    /// Its masters.
    pub fn nodes(&self) -> Vec<Rc<DestinationNode>> {
        self.nodes.connected()
    }

    /// The addresses of all nodes.
    pub fn addresses(&self) -> Vec<HostPort> {
        self.nodes.addresses()
    }

    pub async fn close(&self) {
        join_all(self.nodes().iter().map(|node| node.close())).await;
    }
}

impl Destination for DestinationCluster {
    fn facts(&self) -> &ServerFacts {
        &self.facts
    }

    fn round_trip(&self) -> Duration {
        self.nodes().iter().map(|node| node.round_trip()).max().unwrap_or_default()
    }

    fn now_ms(&self) -> u64 {
        self.first.now_ms()
    }

    fn target(&self) -> &Target {
        &self.target
    }

    fn reject_reason(&self, bytes: usize) -> Option<String> {
        self.first.reject_reason(bytes)
    }

    fn reject_name(&self, bytes: usize) -> Option<String> {
        self.first.reject_name(bytes)
    }

    fn problem(&self, problem: EndpointProblem) -> EndpointError {
        self.nodes.problem(problem)
    }

    fn places(&self) -> usize {
        self.nodes.first_masters()
    }

    fn place(&self, key: &Key) -> usize {
        self.nodes.first_owner(key.slot())
    }

    fn contacts(&self) -> Vec<Rc<Contact>> {
        self.nodes.contacts()
    }

    fn open_database(&self, db: u16) -> LocalBoxFuture<'_, Result<(), EndpointError>> {
        async move {
            let nodes = self.nodes();
            try_join_all(nodes.iter().map(|node| node.open_database(db))).await.map(drop)
        }
        .boxed_local()
    }

    fn exist<'a>(&'a self, keys: &'a [DbKey<'a>]) -> LocalBoxFuture<'a, Result<Vec<bool>, EndpointError>> {
        async move {
            let ask = async |node: &DestinationNode, keys: &[DbKey<'_>], asks| node.existence(keys, asks).await;
            let answers = self.nodes.route(keys, |key| key.key.slot(), ask).await;
            known(answers, |problem| self.problem(problem))
        }
        .boxed_local()
    }

    fn write<'a>(&'a self, entries: &'a [Entry<'a>], on_existing: OnExisting) -> LocalBoxFuture<'a, Answers<Written>> {
        async move {
            let may_be_there = vec![Cell::new(false); entries.len()];
            let writes = Write::each(entries, &may_be_there);
            let write = async |node: &DestinationNode, writes: &[Write<'_>], asks| {
                node.write_entries(writes, on_existing, asks).await
            };
            let slot = |write: &Write<'_>| write.entry.id.key.slot();
            let mut answers = self.nodes.route(&writes, slot, write).await;
            // Of those that were redirected, and then not sent, some may have arrived before.
            let open = answers.each.iter_mut().zip(&may_be_there).filter(|(written, _)| written.is_open());
            open.filter(|(_, may)| may.get()).for_each(|(written, _)| *written = Written::Unanswered);
            answers
        }
        .boxed_local()
    }

    fn confirm(&self) -> LocalBoxFuture<'_, Result<(), EndpointError>> {
        async {
            self.nodes.refresh().await?;
            let nodes = self.nodes();
            try_join_all(nodes.iter().map(|node| node.confirm_process())).await.map(drop)
        }
        .boxed_local()
    }

    fn restore_library<'a>(
        &'a self,
        payload: &'a [u8],
        on_existing: OnExisting,
    ) -> LocalBoxFuture<'a, Result<Restored, EndpointError>> {
        async move {
            let nodes = self.nodes();
            let restore = async |node: &Rc<DestinationNode>| {
                let server = &node.control().address().server;
                Ok(match node.restore_library(payload, on_existing).await? {
                    Restored::Failed(message) => Restored::Failed(format!("{message} (node `{server}`)")),
                    restored => restored,
                })
            };
            let each = try_join_all(nodes.iter().map(restore)).await?;
            let has_failed = |restored: &&Restored| matches!(restored, Restored::Failed(_));
            let failed = each.iter().find(has_failed).cloned();
            // It exists if every node has it.
            Ok(failed.unwrap_or_else(
                || {
                    if each.contains(&Restored::Done) { Restored::Done } else { Restored::Existing }
                },
            ))
        }
        .boxed_local()
    }
}
