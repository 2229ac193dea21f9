//! Keys that the servers evicted during a job.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use super::endpoints::Endpoints;
use crate::destination::Destination;
use crate::error::{Side, Stop};
use crate::event::Evicted;
use crate::server::{Control, ServerFacts};

/// How long to wait for the number of evicted keys.
const EVICTED_TIMEOUT: Duration = Duration::from_secs(5);

/// The keys that each server of an endpoint has evicted; `None` if that is unknown.
type ByServer = Vec<(String, Option<u64>)>;

/// Asks the servers how many keys they have evicted, except those that are the reason why the job ended. Also returns a
/// warning about each endpoint that has evicted keys.
pub async fn evicted(endpoints: &Endpoints, stops: &[Stop]) -> (Evicted, Vec<String>) {
    let has_failed = |side| stops.iter().any(|stop| matches!(stop, Stop::Endpoint(error) if error.side == side));
    let (sources, destinations) = (endpoints.sources(), endpoints.destination.nodes());
    let sources = sources.iter().filter(|_| !has_failed(Side::Source));
    let destinations = destinations.iter().filter(|_| !has_failed(Side::Destination));
    let (source, destination) = tokio::join!(
        join_all(sources.map(|node| evicted_by(node.control(), node.server_facts()))),
        join_all(destinations.map(|node| evicted_by(node.control(), node.facts())))
    );
    let evicted = Evicted { source: sum(&source), destination: sum(&destination) };
    (evicted, warning_of_source(&source).into_iter().chain(warning_of_destination(&destination)).collect())
}

async fn evicted_by(control: &Control, before: &ServerFacts) -> (String, Option<u64>) {
    let facts = timeout(EVICTED_TIMEOUT, control.facts()).await.ok().and_then(Result::ok);
    (control.address().server.clone(), facts.and_then(|facts| facts.evicted_since(before)))
}

fn sum(servers: &ByServer) -> Option<u64> {
    servers.iter().map(|(_, evicted)| *evicted).reduce(|one, other| Some(one? + other?)).flatten()
}

fn warning_of_source(servers: &ByServer) -> Option<String> {
    let evicted = described(servers)?;
    Some(format!("the source evicted {evicted}: keys that were not read before are not copied"))
}

fn warning_of_destination(servers: &ByServer) -> Option<String> {
    let evicted = described(servers)?;
    Some(format!("the destination evicted {evicted}: copied keys may be among them"))
}

/// How many keys were evicted, and by which nodes of a cluster; `None` if none is known.
fn described(servers: &ByServer) -> Option<String> {
    let keys = |count: u64| if count == 1 { "1 key".to_owned() } else { format!("{count} keys") };
    let evicting = servers.iter().filter_map(|(server, evicted)| Some((server, evicted.filter(|count| *count > 0)?)));
    let evicting: Vec<(&String, u64)> = evicting.collect();
    let all = Some(evicting.iter().map(|(_, count)| count).sum()).filter(|all| *all > 0)?;
    let nodes: Vec<String> = evicting.iter().map(|(server, count)| format!("{count} by `{server}`")).collect();
    let nodes = if servers.len() > 1 { format!(" ({})", nodes.join(", ")) } else { String::new() };
    Some(format!("{} during the run{nodes}", keys(all)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(counts: &[Option<u64>]) -> ByServer {
        (1..).zip(counts).map(|(port, count)| (format!("h:{port}"), *count)).collect()
    }

    #[test]
    fn only_nodes_of_a_cluster_are_named() {
        let shown = |counts| described(&by(counts));
        assert_eq!(shown(&[Some(1)]), Some("1 key during the run".to_owned()));
        assert_eq!(
            shown(&[Some(0), None, Some(2), Some(3)]),
            Some("5 keys during the run (2 by `h:3`, 3 by `h:4`)".to_owned())
        );
        assert_eq!([shown(&[]), shown(&[None]), shown(&[Some(0), Some(0)])], [None, None, None]);
    }

    #[test]
    fn the_sum_is_unknown_if_one_number_is() {
        let sums = [&[][..], &[Some(2)], &[Some(2), Some(3)], &[Some(2), None]].map(|counts| sum(&by(counts)));
        assert_eq!(sums, [None, Some(2), Some(5), None]);
    }
}
