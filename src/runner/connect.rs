//! Connects a job, and examines its servers again if they are others than before.

use std::time::Duration;

use tokio::time::sleep;

use super::contacts::Contacts;
use super::endpoints::{Endpoints, Servers};
use super::examination::{check_state, compare, examine};
use crate::error::{EndpointProblem, Stop};
use crate::job::Job;

/// The time between two attempts to connect to both servers.
pub const CONNECT_INTERVAL: Duration = Duration::from_millis(200);
/// How often everything is connected again if connections reach several processes.
const MAX_REPEATS: usize = 3;

/// What the last examination of a job's servers found.
#[derive(Debug, Default)]
pub struct Known {
    /// `None` if they were not examined.
    pub servers: Option<Servers>,
    /// The warnings that were emitted.
    pub warnings: Vec<String>,
    /// What was connected last, for this job or the one before.
    pub contacts: Option<Contacts>,
}

impl Known {
    /// What was found for the next job. What is connected now, may still be of use.
    pub fn expect(&mut self, servers: Option<Servers>, warnings: Vec<String>) {
        (self.servers, self.warnings) = (servers, warnings);
    }
}

/// Connects source and destination of a job. Minutes may have passed since they were examined: if other servers answer
/// now, they are examined, too. Also returns the warnings that are new.
pub async fn connect(job: &Job, known: &mut Known) -> Result<(Endpoints, Vec<String>), Stop> {
    unless_mixed(async |is_doubtful| {
        known.servers = known.servers.take().filter(|_| !is_doubtful);
        connect_once(job, known).await
    })
    .await
}

/// Connects by `attempt`. If a server is restarted meanwhile, its connections reach two processes, as if there were
/// several servers. So then everything is connected again, a few times; `attempt` gets whether that is so, and must then
/// compare further connections.
pub async fn unless_mixed<T>(mut attempt: impl AsyncFnMut(bool) -> Result<T, Stop>) -> Result<T, Stop> {
    let is_mixed = |stop: &Stop| match stop {
        Stop::Endpoint(error) => matches!(error.problem, EndpointProblem::SeveralServers { .. }),
        _ => false,
    };
    let mut connected = attempt(false).await;
    for _ in 0..MAX_REPEATS {
        if !connected.as_ref().is_err_and(is_mixed) {
            break;
        }
        sleep(CONNECT_INTERVAL).await;
        connected = attempt(true).await;
    }
    connected
}

async fn connect_once(job: &Job, known: &mut Known) -> Result<(Endpoints, Vec<String>), Stop> {
    let earlier = known.contacts.take();
    if let Some(earlier) = &earlier {
        earlier.closed().await;
    }
    let contacts = known.contacts.insert(Contacts::after(job, earlier.as_ref()));
    let endpoints = Box::pin(Endpoints::open(job, contacts)).await?;
    let (sources, destination, servers) = (endpoints.sources(), &endpoints.destination, endpoints.servers());
    let mut warnings = Vec::new();
    if known.servers.as_ref().is_some_and(|examined| examined.are(&servers)) {
        check_state(job, &sources, destination).await?;
    } else {
        let destinations = destination.nodes();
        let controls = sources.iter().map(|node| node.control());
        compare(controls.chain(destinations.iter().map(|node| node.control())), 1).await?;
        Box::pin(examine(job, &sources, destination, &mut warnings)).await?;
        known.servers = Some(servers);
        warnings.retain(|warning| !known.warnings.contains(warning));
        known.warnings.extend(warnings.iter().cloned());
    }
    endpoints.begin();
    Ok((endpoints, warnings))
}
