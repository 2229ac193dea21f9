//! What is looked at before the first key moves.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use crate::destination::Destination;
use crate::error::{EndpointError, EndpointProblem, Stop};
use crate::job::Job;
use crate::runner::{Shutdown, estimate};
use crate::server::{Replication, ServerFacts};
use crate::source::Source;

/// Clocks further apart than this are worth a word.
const CLOCKS_APART: Duration = Duration::from_secs(1);

/// Jobs that are examined at once: their servers may be far away, or not there.
const AT_ONCE: usize = 8;

/// Both ends of a job, connected.
#[derive(Debug)]
pub struct Ends {
    /// Where keys are read from.
    pub source: Source,
    /// Where keys are written to.
    pub destination: Destination,
}

/// Connects both ends of a job under a name that tells the job.
///
/// # Errors
///
/// An end cannot be reached, or refuses us.
pub async fn connect(job: &Job) -> Result<Ends, EndpointError> {
    let client_name = format!("redis-keys-migrator:{}", job.name);
    let (source, destination) = tokio::try_join!(
        Source::open(&job.source, &client_name),
        Destination::open(&job.destination, &client_name, job.on_existing),
    )?;
    Ok(Ends { source, destination })
}

/// Reaches and examines both ends of every job; warns of what may go wrong. Each job comes back with
/// what speaks against running it.
pub async fn preflight(jobs: Vec<Job>, shutdown: &Shutdown) -> Vec<(Job, Option<Stop>)> {
    let examined = stream::iter(jobs).map(async |job| {
        let refusal = tokio::select! {
            biased;
            signal = shutdown.requested() => Some(Stop::Interrupted(signal)),
            examined = examine(&job) => examined.err().map(Stop::from),
        };
        (job, refusal)
    });
    examined.buffered(AT_ONCE).collect().await
}

/// Whether jobs will be run: not once somebody asked for the end, and unless `keep_going`, not where one was refused.
pub(super) fn goes_on(jobs: &[(Job, Option<Stop>)], keep_going: bool) -> bool {
    jobs.iter().all(|(_, refusal)| match refusal {
        None => true,
        Some(Stop::Interrupted(_)) => false,
        Some(_) => keep_going,
    })
}

/// The names of the jobs that will be run.
pub fn cleared(jobs: &[(Job, Option<Stop>)], keep_going: bool) -> impl Iterator<Item = &str> {
    let going = goes_on(jobs, keep_going);
    jobs.iter().filter(move |(_, refusal)| going && refusal.is_none()).map(|(job, _)| job.name.as_str())
}

async fn examine(job: &Job) -> Result<(), EndpointError> {
    let ends = connect(job).await?;
    let refuse = |problem| Err(ends.destination.control().address().problem(problem));
    let (from, to) = (ends.source.facts(), ends.destination.facts());
    if !to.run_id.is_empty() && from.run_id == to.run_id && job.source.db == job.destination.db {
        return refuse(EndpointProblem::SameDatabase { db: job.source.db, run_id: to.run_id.clone() });
    }
    if to.replication == Replication::ReadOnlyReplica {
        return refuse(EndpointProblem::ReadOnlyReplica);
    }
    if !to.has_absttl() {
        return refuse(EndpointProblem::TooOld { version: to.version.to_string(), needed: "5.0" });
    }
    ends.source.rehearse(&job.selection).await?;
    warn_of_clocks(job, &ends);
    warn_of_roles(job, from, to);
    warn_of_memory(job, &ends).await
}

fn warn_of_clocks(job: &Job, ends: &Ends) {
    let apart = ends.source.clock().apart(ends.destination.clock());
    if apart > CLOCKS_APART {
        tracing::warn!(
            "job `{}`: the clocks of source and destination are {} apart: keys expire by the destination's",
            job.name,
            humantime::format_duration(apart),
        );
    }
}

fn warn_of_roles(job: &Job, from: &ServerFacts, to: &ServerFacts) {
    if to.replication == Replication::WritableReplica {
        tracing::warn!(
            "job `{}`: the destination `{}` is a writable replica: what is written there is lost at its next full sync",
            job.name,
            to.address
        );
    }
    for (side, facts) in [("source", from), ("destination", to)] {
        if facts.mode == "cluster" {
            tracing::warn!(
                "job `{}`: the {side} `{}` is one node of a cluster: only this node's keys are seen",
                job.name,
                facts.address
            );
        }
    }
}

async fn warn_of_memory(job: &Job, ends: &Ends) -> Result<(), EndpointError> {
    let to = ends.destination.facts();
    let Some(free) = to.memory.free() else { return Ok(()) };
    if to.memory.evicts() {
        tracing::warn!(
            "job `{}`: the destination `{}` evicts keys when it reaches its `maxmemory` (`{}`): keys may be dropped after they were copied",
            job.name,
            to.address,
            to.memory.policy,
        );
    }
    let bytes = |bytes| indicatif::BinaryBytes(bytes);
    match estimate::memory(&ends.source, job).await? {
        Some(expected) if expected > free => tracing::warn!(
            "job `{}`: the destination `{}` has {} left under its `maxmemory`, the job is estimated to bring {}",
            job.name,
            to.address,
            bytes(free),
            bytes(expected),
        ),
        _ => {}
    }
    Ok(())
}
