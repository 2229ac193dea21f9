//! Examines source and destination of a job before its first key.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::try_join_all;

use super::endpoints::OpenDestination;
use super::{target_databases, topology};
use crate::destination::{Destination, DestinationNode};
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
    for node in &destinations {
        warn_of_destination(node, warnings);
    }
    warn_of_declared(job, warnings);
    for source in sources {
        source.check_permissions(&job.selection).await?;
        target_databases::check(job, source, destination).await?;
        for destination in &destinations {
            warn_of_clocks(source, destination, warnings);
        }
        warn_of_single_node(source.control(), source.server_facts(), warnings);
    }
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
    for to in destination.nodes() {
        if to.facts().replication == Replication::ReadOnlyReplica {
            return Err(to.problem(EndpointProblem::ReadOnlyReplica));
        }
        if let Some(from) = job.source.server() {
            for source in sources {
                topology::check(job, from, source, &to).await?;
            }
        }
    }
    Ok(())
}

fn warn_of_destination(node: &DestinationNode, warnings: &mut Vec<String>) {
    let facts = node.facts();
    if facts.replication == Replication::WritableReplica {
        warnings.push(format!(
            "the destination `{}` is a writable replica: written keys are removed by its next full sync",
            facts.address
        ));
    }
    warn_of_single_node(node.control(), facts, warnings);
    if facts.memory.free().is_some() && facts.memory.evicts() {
        warnings.push(format!(
            "the destination `{}` evicts keys when it reaches its `maxmemory` (`{}`): copied keys may be evicted",
            facts.address, facts.memory.policy,
        ));
    }
}

fn warn_of_clocks(source: &Node, destination: &DestinationNode, warnings: &mut Vec<String>) {
    let difference = source.clock().difference(destination.clock());
    if difference > MAX_CLOCK_DIFFERENCE {
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

/// Warns if the keys of a job need more memory than the destination has left.
pub async fn warn_of_memory(
    job: &Job,
    source: &Node,
    destination: &OpenDestination,
    warnings: &mut Vec<String>,
) -> Result<(), EndpointError> {
    let to = destination.facts();
    let Some(free) = to.memory.free() else { return Ok(()) };
    let bytes = |bytes| indicatif::BinaryBytes(bytes);
    match estimate::memory(source, job).await? {
        Some(expected) if expected > free => warnings.push(format!(
            "the destination `{}` has {} left below its `maxmemory`, but the job is estimated to need {}",
            to.address,
            bytes(free),
            bytes(expected),
        )),
        _ => {}
    }
    Ok(())
}
