//! Examines source and destination of a job before its first key.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::try_join_all;

use super::opened::OpenDestination;
use super::{target_databases, topology};
use crate::destination::{Destination, DestinationNode};
use crate::entry::SLOTS;
use crate::error::{EndpointError, EndpointProblem, Stop};
use crate::job::{Endpoint, Job};
use crate::runner::estimate;
use crate::server::{Control, Replication, ServerFacts};
use crate::source::{Node, Source};

/// A larger difference between the clocks is a warning.
const MAX_CLOCK_DIFFERENCE: Duration = Duration::from_secs(1);

/// Checks that all connections of each endpoint reach one server.
pub async fn compare<'c>(controls: impl Iterator<Item = &'c Control>, at_once: usize) -> Result<(), EndpointError> {
    try_join_all(controls.map(|control| control.compare_connections(at_once))).await.map(drop)
}

/// Examines the servers of a job, and adds a warning for each risk. A backup was inspected before.
pub async fn examine(
    job: &Job,
    sources: &[Rc<Node>],
    destination: &OpenDestination,
    warnings: &mut Vec<String>,
) -> Result<(), Stop> {
    check_state(job, sources, destination).await?;
    let destinations = destination.nodes();
    warn_of_destination(&destinations, warnings);
    warn_of_declared(job, warnings);
    for source in sources {
        source.check_permissions(&job.selection, job.keys_from.is_none()).await?;
        target_databases::check(job, source, destination).await?;
        warn_of_single_node(source.control(), source.server_facts(), warnings);
    }
    warn_of_clocks(sources, &destinations, warnings);
    if job.functions {
        if let Some(source) = sources.first() {
            source.libraries().await?;
        }
        let user = job.destination.username.as_deref().unwrap_or("default");
        for node in destinations {
            node.check_function_permissions(user).await?;
        }
    }
    Ok(())
}

/// Checks what may change while a process runs: its role, and what it is connected to.
pub async fn check_state(job: &Job, sources: &[Rc<Node>], destination: &OpenDestination) -> Result<(), EndpointError> {
    let destinations = destination.nodes();
    let is_replica = |node: &&Rc<DestinationNode>| node.facts().replication == Replication::ReadOnlyReplica;
    if let Some(replica) = destinations.iter().find(is_replica) {
        return Err(replica.problem(EndpointProblem::ReadOnlyReplica));
    }
    topology::check(job, sources, &destinations).await
}

fn warn_of_destination(nodes: &[Rc<DestinationNode>], warnings: &mut Vec<String>) {
    let those =
        |is_such: fn(&ServerFacts) -> bool| named(nodes.iter().map(|node| node.facts()).filter(|facts| is_such(facts)));
    if let Some((_, name)) = those(|facts| facts.replication == Replication::WritableReplica) {
        let text = "is a writable replica: written keys are removed by its next full sync";
        warnings.push(format!("the destination {name} {text}"));
    }
    for node in nodes {
        warn_of_single_node(node.control(), node.facts(), warnings);
    }
    if let Some((facts, name)) = those(|facts| facts.memory.free().is_some() && facts.memory.evicts()) {
        warnings.push(format!(
            "the destination {name} evicts keys when it reaches its `maxmemory` (`{}`): copied keys may be evicted",
            facts.memory.policy,
        ));
    }
}

/// The first of some servers of one endpoint, and a name for all of them.
fn named<'f>(mut servers: impl Iterator<Item = &'f ServerFacts>) -> Option<(&'f ServerFacts, String)> {
    let first = servers.next()?;
    let name = match servers.count() {
        0 => format!("`{}`", first.address),
        1 => format!("`{}` (and 1 more of its nodes)", first.address),
        more => format!("`{}` (and {more} more of its nodes)", first.address),
    };
    Some((first, name))
}

/// Warns of the two servers whose clocks differ most.
fn warn_of_clocks(sources: &[Rc<Node>], destinations: &[Rc<DestinationNode>], warnings: &mut Vec<String>) {
    let difference = |source: &Rc<Node>| {
        let differences = destinations.iter().map(|destination| source.clock().difference(destination.clock()));
        differences.max()
    };
    if let Some(difference) = sources.iter().filter_map(difference).max().filter(|most| *most > MAX_CLOCK_DIFFERENCE) {
        warnings.push(format!(
            "the clocks of source and destination are {} apart: keys expire by the destination's clock",
            humantime::format_duration(difference),
        ));
    }
}

/// One warning for each server that is not asked what it is.
fn warn_of_declared(job: &Job, warnings: &mut Vec<String>) {
    let declared = |endpoint: &&Endpoint| endpoint.server.is_some();
    for endpoint in job.source.server().into_iter().chain([&job.destination.endpoint]).filter(declared) {
        warnings.push(format!(
            "`{}` is taken for what the job declares (`server`): replaced data, a replaced server and missing memory are not \
             noticed, and keys expire by the local clock",
            endpoint.address()
        ));
    }
}

/// Warns of a node that does not stand for its cluster.
fn warn_of_single_node(control: &Control, facts: &ServerFacts, warnings: &mut Vec<String>) {
    if facts.is_cluster_node() && !control.contact().endpoint().may_stand_for_cluster() {
        let side = control.address().side;
        warnings
            .push(format!("the {side} `{}` is one node of a cluster: only this node's keys are seen", facts.address));
    }
}

/// Warns if the keys of a job need more memory than a server of the destination has left. Of a cluster, each node gets the
/// share of its slots.
pub async fn warn_of_memory(
    job: &Job,
    sources: &[Rc<Node>],
    destination: &OpenDestination,
    warnings: &mut Vec<String>,
) -> Result<(), EndpointError> {
    if job.keys_from.is_some() {
        // A sample of the source says nothing about the keys of a list.
        return Ok(());
    }
    let (whole, all) = (destination.facts(), u128::from(SLOTS));
    let nodes = whole.nodes.iter().map(|node| (&node.facts, node.slots as u128));
    let parts: Vec<(&ServerFacts, u128)> = if whole.nodes.is_empty() { vec![(whole, all)] } else { nodes.collect() };
    if parts.iter().all(|(server, _)| server.memory.free().is_none()) {
        return Ok(());
    }
    let estimates = try_join_all(sources.iter().map(|source| estimate::memory(source, job))).await?;
    let Some(expected) = estimates.into_iter().sum::<Option<u64>>() else { return Ok(()) };
    for (server, slots) in parts {
        let expected = u64::try_from(u128::from(expected) * slots / all).unwrap_or(u64::MAX);
        if let Some(free) = server.memory.free().filter(|free| expected > *free) {
            warnings.push(format!(
                "the destination `{}` has {} left below its `maxmemory`, but the job is estimated to need {}",
                server.address,
                indicatif::BinaryBytes(free),
                indicatif::BinaryBytes(expected),
            ));
        }
    }
    Ok(())
}
