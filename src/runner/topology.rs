//! Refuses source and destination that are the same data, or whose data cannot be trusted.
//!
//! Hosts may have other names at the other endpoint, and proxies hide them. So servers are compared by their ids: the
//! process by its `run_id`, replicas of one master by their `master_replid`, nodes of one cluster by their node ids.

use std::rc::Rc;

use crate::destination::{Destination, DestinationNode};
use crate::error::{EndpointError, EndpointProblem};
use crate::job::Job;
use crate::server::ServerFacts;
use crate::source::{Node, Source};

/// Checks the servers of the source by themselves, and their relation to those of the destination.
pub async fn check(job: &Job, sources: &[Rc<Node>], destinations: &[Rc<DestinationNode>]) -> Result<(), EndpointError> {
    // The relation first: a replica of the destination is wrong even if it is connected again. No database may be read
    // and written, because the keys that are written would be read again.
    if let Some(db) = job.source.databases().common(&job.destination_databases()) {
        for source in sources {
            for to in destinations {
                same_data(source.server_facts(), to.facts(), db).map_or(Ok(()), |problem| Err(to.problem(problem)))?;
            }
        }
    }
    let is_stale = |source: &&Rc<Node>| {
        source.server_facts().is_stale && !job.source.server().is_some_and(|from| from.allow_stale_replica)
    };
    if let Some(source) = sources.iter().find(is_stale) {
        return Err(source.problem(EndpointProblem::StaleReplica));
    }
    check_clusters(sources, destinations).await
}

/// Checks that another node of the source's cluster is no destination.
async fn check_clusters(sources: &[Rc<Node>], destinations: &[Rc<DestinationNode>]) -> Result<(), EndpointError> {
    let (Some(source), Some(to)) = (sources.first(), destinations.first()) else { return Ok(()) };
    let facts = source.server_facts();
    let is_one_of_them = destinations.iter().any(|to| to.facts().run_id == facts.run_id);
    if !facts.is_cluster_node() || !to.facts().is_cluster_node() || is_one_of_them {
        return Ok(());
    }
    let (ours, theirs) = tokio::try_join!(source.control().cluster_nodes(), to.control().cluster_nodes())?;
    let is_same = ours.iter().any(|node| theirs.contains(node));
    if is_same { Err(to.problem(EndpointProblem::SameCluster)) } else { Ok(()) }
}

/// Why a database of both servers is the same data.
fn same_data(source: &ServerFacts, destination: &ServerFacts, db: u16) -> Option<EndpointProblem> {
    if !destination.run_id.is_empty() && source.run_id == destination.run_id {
        return Some(EndpointProblem::SameDatabase { db, run_id: destination.run_id.clone() });
    }
    let history = &destination.histories[0];
    if history.is_empty() || source.histories[0] != *history {
        return None;
    }
    let relation = match (source.is_master(), destination.is_master()) {
        (true, false) => "is a replica of the source, directly or through others",
        (false, true) => "is the source's master, directly or through others",
        (false, false) => "is a replica of the source's own master",
        // Servers that hide their `run_id`.
        (true, true) => "is the source itself",
    };
    Some(EndpointProblem::SameData { relation, db, history: history.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(run_id: &str, role: &str, history: &str) -> ServerFacts {
        let info = format!("redis_version:7.0.15\r\nrun_id:{run_id}\r\nrole:{role}\r\nmaster_replid:{history}\r\n");
        ServerFacts::parse("h:1".to_owned(), &info).expect("it has a version")
    }

    fn relation(source: [&str; 3], destination: [&str; 3]) -> Option<String> {
        let [source, destination] = [source, destination].map(|[run_id, role, history]| facts(run_id, role, history));
        same_data(&source, &destination, 3).map(|problem| problem.to_string())
    }

    #[test]
    fn servers_of_one_replication_history_have_the_same_data() {
        let cases = [
            (["1", "master", "a"], ["2", "slave", "a"], "is a replica of the source, directly or through others"),
            (["1", "slave", "a"], ["2", "master", "a"], "is the source's master, directly or through others"),
            (["1", "slave", "a"], ["2", "slave", "a"], "is a replica of the source's own master"),
            (["", "master", "a"], ["", "master", "a"], "is the source itself"),
        ];
        for (source, destination, expected) in cases {
            let expected = format!("{expected} (master_replid a): database 3 of both has the same data");
            assert_eq!(relation(source, destination), Some(expected));
        }
    }

    #[test]
    fn one_process_is_recognised_by_its_run_id_and_strangers_are_not_related() {
        let same = relation(["1", "master", "a"], ["1", "master", "b"]);
        assert!(same.is_some_and(|text| text.contains("is the source's own database 3 (run_id 1)")));
        assert_eq!(relation(["1", "master", "a"], ["2", "master", "b"]), None);
        assert_eq!(relation(["", "master", ""], ["", "master", ""]), None);
    }
}
