//! Asks nodes for the nodes of their cluster.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::topology::Topology;
use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::{ClusterSeeds, Endpoint, HostPort};
use crate::server::{Address, Contact, Control};

/// The time between two rounds, in which each node is asked once.
const PAUSE: Duration = Duration::from_millis(100);

/// Asks the given nodes, one after the other, until one answers. Nodes that are not up yet are waited for as long as
/// `connect_timeout`.
pub(super) async fn ask_seeds(
    side: Side,
    endpoint: &Endpoint,
    seeds: &ClusterSeeds,
    client_name: &str,
) -> Result<Topology, EndpointError> {
    let deadline = Instant::now() + endpoint.connect_timeout;
    loop {
        let mut errors = Vec::with_capacity(seeds.cluster.len());
        for seed in &seeds.cluster {
            let contact = Contact::new(side, &of_seed(endpoint, seeds, seed), client_name);
            match first_topology(&contact, seeds).await {
                Ok(topology) => return Ok(topology),
                Err(error) => errors.push(error),
            }
        }
        let is_final = errors.iter().all(|error| error.problem.wait_cause().is_none());
        if is_final || Instant::now() + PAUSE >= deadline {
            return Err(none_answers(&Address::of(side, endpoint), errors, is_final));
        }
        sleep(PAUSE).await;
    }
}

/// A seed that does not answer leaves time for the next ones.
fn of_seed(endpoint: &Endpoint, seeds: &ClusterSeeds, seed: &HostPort) -> Endpoint {
    let share = endpoint.connect_timeout / u32::try_from(seeds.cluster.len()).unwrap_or(u32::MAX);
    Endpoint { connect_timeout: share, retry: Duration::ZERO, ..endpoint.member(seed.clone()) }
}

/// The error of the only node, or those of all.
fn none_answers(address: &Address, mut errors: Vec<EndpointError>, is_final: bool) -> EndpointError {
    let each = |error: &EndpointError| format!("its node `{}` {}", error.server, error.problem);
    let text = errors.iter().map(each).collect::<Vec<_>>().join("; ");
    match errors.pop() {
        Some(error) if errors.is_empty() => error,
        _ => {
            address.problem(if is_final { EndpointProblem::NotFound(text) } else { EndpointProblem::Unreachable(text) })
        }
    }
}

async fn first_topology(contact: &Rc<Contact>, seeds: &ClusterSeeds) -> Result<Topology, EndpointError> {
    let control = Control::unopened(contact);
    if control.facts().await?.is_cluster_node() {
        return topology(&control, seeds).await;
    }
    let text = "is no node of a cluster: give its address as `host` and `port`, or as a `redis://` URL";
    Err(control.address().problem(EndpointProblem::WrongServer(text.to_owned())))
}

/// Asks a node for the nodes of its cluster.
pub(super) async fn topology(control: &Control, seeds: &ClusterSeeds) -> Result<Topology, EndpointError> {
    let reply = slots(control).await?;
    let host = control.contact().endpoint().host().unwrap_or_default();
    let parsed = Topology::parse(&reply, host);
    let mut topology =
        parsed.ok_or_else(|| control.address().unexpected_reply("`CLUSTER SLOTS` without slots and nodes"))?;
    topology.map_addresses(|announced| used(seeds, announced));
    Ok(topology)
}

async fn slots(control: &Control) -> Result<redis::Value, EndpointError> {
    let asked = control.run(redis::cmd("CLUSTER").arg("SLOTS")).await;
    asked.map_err(|error: EndpointError| EndpointError { problem: without_nodes(error.side, error.problem), ..error })
}

/// Why a node does not report the others, and what to do without them.
fn without_nodes(side: Side, problem: EndpointProblem) -> EndpointProblem {
    let alone = format!("; the server is a node of a cluster: with `{side}.cluster = false`, it is used alone");
    match problem {
        EndpointProblem::NotPermitted(message) => EndpointProblem::NotPermitted(message + &alone),
        EndpointProblem::Refused(message) => EndpointProblem::Refused(message + &alone),
        problem => problem,
    }
}

/// Checks that a node runs the commands about nodes that may be needed later.
pub(super) async fn check_rights(control: &Control) -> Result<(), EndpointError> {
    slots(control).await?;
    control.run::<redis::Value>(&redis::cmd("ASKING")).await.map(drop)
}

/// The address to use for one that a node reports.
pub(super) fn used(seeds: &ClusterSeeds, announced: &HostPort) -> HostPort {
    seeds.address_map.get(announced).unwrap_or(announced).clone()
}
