//! What is looked at before the first key moves.

use std::time::Duration;

use futures_util::{StreamExt, TryFutureExt, stream};

use crate::destination::Destination;
use crate::error::{EndpointError, EndpointProblem, Side, Stop};
use crate::job::{self, Endpoint, Job};
use crate::runner::{Shutdown, estimate};
use crate::server::{Replication, ServerFacts};
use crate::source::{Backup, Server, Source};

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

/// Connects both ends of a job under a name that tells the job. A dry run needs no values of a file.
///
/// # Errors
///
/// An end cannot be reached, or refuses us; a file cannot be read.
pub async fn connect(job: &Job, dry_run: bool) -> Result<Ends, Stop> {
    let source = async {
        Ok(match &job.source {
            job::Source::Server(endpoint) => Source::Server(Box::new(Server::open(endpoint, &client_name(job)).await?)),
            job::Source::Backup(backup) => Source::Backup(Backup::open(backup, !dry_run).await?),
        })
    };
    let (source, destination) = tokio::try_join!(source, open_destination(job))?;
    Ok(Ends { source, destination })
}

pub(super) async fn open_destination(job: &Job) -> Result<Destination, Stop> {
    Ok(Destination::open(&job.destination, &client_name(job), job.on_existing).await?)
}

fn client_name(job: &Job) -> String {
    format!("redis-keys-migrator:{}", job.name)
}

/// Reaches and examines both ends of every job; warns of what may go wrong. Each job comes back with
/// what speaks against running it.
pub async fn preflight(jobs: Vec<Job>, shutdown: &Shutdown) -> Vec<(Job, Option<Stop>)> {
    let examined = stream::iter(jobs).map(async |job| {
        let refusal = tokio::select! {
            biased;
            signal = shutdown.requested() => Some(Stop::Interrupted(signal)),
            examined = examine(&job) => examined.err(),
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

async fn examine(job: &Job) -> Result<(), Stop> {
    match &job.source {
        job::Source::Server(endpoint) => {
            let client_name = client_name(job);
            let source = Server::open(endpoint, &client_name).map_err(Stop::from);
            let (source, destination) = tokio::try_join!(source, open_destination(job))?;
            examine_destination(job, &destination)?;
            examine_source(job, endpoint, &source, &destination).await
        }
        // The file has been looked at before; what it holds is read once, when the job runs.
        job::Source::Backup(_) => {
            let destination = open_destination(job).await?;
            examine_destination(job, &destination)?;
            if job.functions {
                let user = job.destination.username.as_deref().unwrap_or("default");
                destination.rehearse_libraries(user).await?;
            }
            Ok(())
        }
    }
}

fn examine_destination(job: &Job, destination: &Destination) -> Result<(), Stop> {
    let refuse = |problem| Err(destination.control().address().problem(problem).into());
    let facts = destination.facts();
    if facts.replication == Replication::ReadOnlyReplica {
        return refuse(EndpointProblem::ReadOnlyReplica);
    }
    if !facts.has_absttl() {
        return refuse(EndpointProblem::TooOld { version: facts.version.to_string(), needed: "5.0" });
    }
    if facts.replication == Replication::WritableReplica {
        tracing::warn!(
            "job `{}`: the destination `{}` is a writable replica: what is written there is lost at its next full sync",
            job.name,
            facts.address
        );
    }
    warn_of_cluster(job, Side::Destination, facts);
    if facts.memory.free().is_some() && facts.memory.evicts() {
        tracing::warn!(
            "job `{}`: the destination `{}` evicts keys when it reaches its `maxmemory` (`{}`): keys may be dropped after they were copied",
            job.name,
            facts.address,
            facts.memory.policy,
        );
    }
    Ok(())
}

async fn examine_source(job: &Job, from: &Endpoint, source: &Server, destination: &Destination) -> Result<(), Stop> {
    let (facts, to) = (source.facts(), destination.facts());
    if !to.run_id.is_empty() && facts.run_id == to.run_id && from.db == job.destination.db {
        let problem = EndpointProblem::SameDatabase { db: from.db, run_id: to.run_id.clone() };
        return Err(destination.control().address().problem(problem).into());
    }
    source.rehearse(&job.selection).await?;
    warn_of_clocks(job, source, destination);
    warn_of_cluster(job, Side::Source, facts);
    Ok(warn_of_memory(job, source, destination).await?)
}

fn warn_of_clocks(job: &Job, source: &Server, destination: &Destination) {
    let apart = source.clock().apart(destination.clock());
    if apart > CLOCKS_APART {
        tracing::warn!(
            "job `{}`: the clocks of source and destination are {} apart: keys expire by the destination's",
            job.name,
            humantime::format_duration(apart),
        );
    }
}

fn warn_of_cluster(job: &Job, side: Side, facts: &ServerFacts) {
    if facts.mode == "cluster" {
        tracing::warn!(
            "job `{}`: the {side} `{}` is one node of a cluster: only this node's keys are seen",
            job.name,
            facts.address
        );
    }
}

async fn warn_of_memory(job: &Job, source: &Server, destination: &Destination) -> Result<(), EndpointError> {
    let to = destination.facts();
    let Some(free) = to.memory.free() else { return Ok(()) };
    let bytes = |bytes| indicatif::BinaryBytes(bytes);
    match estimate::memory(source, job).await? {
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
