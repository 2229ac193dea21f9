//! Examines source and destination of a job before its first key.

use std::time::Duration;

use super::{target_databases, topology};
use crate::destination::{Destination, DestinationNode};
use crate::error::{EndpointError, EndpointProblem, Side, Stop};
use crate::job::{Endpoint, Job};
use crate::runner::estimate;
use crate::server::{Control, Replication, ServerFacts};
use crate::source::{Node, Source};

/// A larger difference between the clocks is a warning.
const MAX_CLOCK_DIFFERENCE: Duration = Duration::from_secs(1);

/// Checks that all connections of each endpoint reach one server.
pub async fn compare(controls: [Option<&Control>; 2], at_once: usize) -> Result<(), EndpointError> {
    let [source, destination] = controls;
    let is_one = async |control: Option<&Control>| match control {
        Some(control) => control.compare_connections(at_once).await,
        None => Ok(()),
    };
    tokio::try_join!(is_one(source), is_one(destination)).map(drop)
}

/// Examines the servers of a job, and adds a warning for each risk. A backup was inspected before.
pub async fn examine(
    job: &Job,
    source: Option<&Node>,
    destination: &DestinationNode,
    warnings: &mut Vec<String>,
) -> Result<(), Stop> {
    check_state(job, source, destination).await?;
    warn_of_destination(destination.facts(), warnings);
    warn_of_declared(job, warnings);
    if let Some(source) = source {
        source.check_permissions(&job.selection).await?;
        target_databases::check(job, source, destination).await?;
        warn_of_clocks(source, destination, warnings);
        warn_of_cluster(Side::Source, source.server_facts(), warnings);
    }
    if job.functions {
        if let Some(source) = source {
            source.libraries().await?;
        }
        let user = job.destination.username.as_deref().unwrap_or("default");
        destination.check_function_permissions(user).await?;
    }
    Ok(())
}

/// Checks what may change while a process runs: its role, and what it is connected to.
pub async fn check_state(job: &Job, source: Option<&Node>, destination: &DestinationNode) -> Result<(), EndpointError> {
    let facts = destination.facts();
    if facts.replication == Replication::ReadOnlyReplica {
        return Err(destination.problem(EndpointProblem::ReadOnlyReplica));
    }
    match (source, job.source.server()) {
        (Some(source), Some(from)) => topology::check(job, from, source, destination).await,
        _ => Ok(()),
    }
}

fn warn_of_destination(facts: &ServerFacts, warnings: &mut Vec<String>) {
    if facts.replication == Replication::WritableReplica {
        warnings.push(format!(
            "the destination `{}` is a writable replica: written keys are removed by its next full sync",
            facts.address
        ));
    }
    warn_of_cluster(Side::Destination, facts, warnings);
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

fn warn_of_cluster(side: Side, facts: &ServerFacts, warnings: &mut Vec<String>) {
    if facts.is_cluster_node() {
        warnings
            .push(format!("the {side} `{}` is one node of a cluster: only this node's keys are seen", facts.address));
    }
}

/// Warns if the keys of a job need more memory than the destination has left.
pub async fn warn_of_memory(
    job: &Job,
    source: &Node,
    destination: &DestinationNode,
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
