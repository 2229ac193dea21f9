//! What is looked at before the first key moves.

use std::pin::pin;
use std::time::Duration;

use futures_util::{StreamExt, TryFutureExt, stream};

use crate::destination::{Destination, DestinationNode};
use crate::error::{EndpointError, EndpointProblem, Side, Stop};
use crate::event::{Event, Listener, Warning};
use crate::job::{self, Endpoint, Job};
use crate::runner::{Shutdown, estimate};
use crate::server::{Replication, ServerFacts};
use crate::source::{Backup, Node, Source};

/// Clocks further apart than this are worth a word.
const CLOCKS_APART: Duration = Duration::from_secs(1);

/// Jobs that are examined at once: their servers may be far away, or not there.
const AT_ONCE: usize = 8;

/// Source and destination of a job, connected.
pub struct Endpoints {
    /// Where keys are read from.
    pub source: Box<dyn Source>,
    /// Where keys are written to.
    pub destination: DestinationNode,
}

/// Connects source and destination of a job, with the job's name in that of the client. A dry run needs no values of a
/// file.
///
/// # Errors
///
/// An endpoint cannot be reached, or refuses us; a file cannot be read.
pub async fn connect(job: &Job, dry_run: bool) -> Result<Endpoints, Stop> {
    let source = async {
        Ok::<Box<dyn Source>, Stop>(match &job.source {
            job::Source::Server(endpoint) => Box::new(Node::open(endpoint, &client_name(job)).await?),
            job::Source::Backup(backup) => Box::new(Backup::open(backup, !dry_run).await?),
        })
    };
    let (source, destination) = tokio::try_join!(source, open_destination(job))?;
    Ok(Endpoints { source, destination })
}

pub(super) async fn open_destination(job: &Job) -> Result<DestinationNode, Stop> {
    Ok(DestinationNode::open(&job.destination, &client_name(job), job.on_existing).await?)
}

fn client_name(job: &Job) -> String {
    format!("redis-keys-migrator:{}", job.name)
}

/// Jobs that have been examined.
#[derive(Debug, Default)]
pub struct Examined {
    /// In order; each with what speaks against running it.
    pub jobs: Vec<(Job, Option<Stop>)>,
    /// What the user was warned of, in order.
    pub warnings: Vec<Warning>,
}

impl Examined {
    /// Whether jobs will be run: not after a signal, and unless `keep_going`, not if one was refused.
    pub(super) fn goes_on(&self, keep_going: bool) -> bool {
        self.jobs.iter().all(|(_, refusal)| match refusal {
            None => true,
            Some(Stop::Interrupted(_)) => false,
            Some(_) => keep_going,
        })
    }

    /// The names of the jobs that will be run.
    pub fn cleared(&self, keep_going: bool) -> impl Iterator<Item = &str> {
        let going = self.goes_on(keep_going);
        self.jobs.iter().filter(move |(_, refusal)| going && refusal.is_none()).map(|(job, _)| job.name.as_str())
    }
}

/// Reaches and examines both endpoints of every job. Emits a warning for what may go wrong, and
/// [`Event::JobRefused`] for each job that cannot be run.
///
/// # Errors
///
/// A listener fails.
pub async fn preflight(jobs: Vec<Job>, shutdown: &Shutdown, listener: &mut dyn Listener) -> Result<Examined, Stop> {
    let mut results = pin!(
        stream::iter(jobs)
            .map(async |job| {
                let mut warnings = Vec::new();
                let refusal = tokio::select! {
                    biased;
                    signal = shutdown.requested() => Some(Stop::Interrupted(signal)),
                    examined = examine(&job, &mut warnings) => examined.err(),
                };
                (job, refusal, warnings)
            })
            .buffered(AT_ONCE)
    );
    let mut examined = Examined::default();
    while let Some((job, refusal, messages)) = results.next().await {
        for message in messages {
            let warning = Warning { job: Some(job.name.clone()), message };
            listener.hear(&Event::Warned(&warning))?;
            examined.warnings.push(warning);
        }
        if let Some(reason) = &refusal {
            listener.hear(&Event::JobRefused { job: &job, reason })?;
        }
        examined.jobs.push((job, refusal));
    }
    Ok(examined)
}

async fn examine(job: &Job, warnings: &mut Vec<String>) -> Result<(), Stop> {
    match &job.source {
        job::Source::Server(endpoint) => {
            let client_name = client_name(job);
            let source = Node::open(endpoint, &client_name).map_err(Stop::from);
            let (source, destination) = tokio::try_join!(source, open_destination(job))?;
            examine_destination(&destination, warnings)?;
            examine_source(job, endpoint, &source, &destination, warnings).await
        }
        // The file has been looked at before; what it holds is read once, when the job runs.
        job::Source::Backup(_) => {
            let destination = open_destination(job).await?;
            examine_destination(&destination, warnings)?;
            if job.functions {
                let user = job.destination.username.as_deref().unwrap_or("default");
                destination.check_function_permissions(user).await?;
            }
            Ok(())
        }
    }
}

fn examine_destination(destination: &DestinationNode, warnings: &mut Vec<String>) -> Result<(), Stop> {
    let refuse = |problem| Err(destination.problem(problem).into());
    let facts = destination.facts();
    if facts.replication == Replication::ReadOnlyReplica {
        return refuse(EndpointProblem::ReadOnlyReplica);
    }
    if !facts.has_absttl() {
        return refuse(EndpointProblem::TooOld { version: facts.version.to_string(), needed: "5.0" });
    }
    if facts.replication == Replication::WritableReplica {
        warnings.push(format!(
            "the destination `{}` is a writable replica: what is written there is lost at its next full sync",
            facts.address
        ));
    }
    warn_of_cluster(Side::Destination, facts, warnings);
    if facts.memory.free().is_some() && facts.memory.evicts() {
        warnings.push(format!(
            "the destination `{}` evicts keys when it reaches its `maxmemory` (`{}`): keys may be dropped after they were copied",
            facts.address, facts.memory.policy,
        ));
    }
    Ok(())
}

async fn examine_source(
    job: &Job,
    from: &Endpoint,
    source: &Node,
    destination: &DestinationNode,
    warnings: &mut Vec<String>,
) -> Result<(), Stop> {
    let (facts, to) = (source.server_facts(), destination.facts());
    if !to.run_id.is_empty() && facts.run_id == to.run_id && from.db == job.destination.db {
        let problem = EndpointProblem::SameDatabase { db: from.db, run_id: to.run_id.clone() };
        return Err(destination.problem(problem).into());
    }
    source.check_permissions(&job.selection).await?;
    warn_of_clocks(source, destination, warnings);
    warn_of_cluster(Side::Source, facts, warnings);
    Ok(warn_of_memory(job, source, destination, warnings).await?)
}

fn warn_of_clocks(source: &Node, destination: &DestinationNode, warnings: &mut Vec<String>) {
    let apart = source.clock().apart(destination.clock());
    if apart > CLOCKS_APART {
        warnings.push(format!(
            "the clocks of source and destination are {} apart: keys expire by the destination's",
            humantime::format_duration(apart),
        ));
    }
}

fn warn_of_cluster(side: Side, facts: &ServerFacts, warnings: &mut Vec<String>) {
    if facts.is_cluster_node() {
        warnings
            .push(format!("the {side} `{}` is one node of a cluster: only this node's keys are seen", facts.address));
    }
}

async fn warn_of_memory(
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
            "the destination `{}` has {} left under its `maxmemory`, the job is estimated to bring {}",
            to.address,
            bytes(free),
            bytes(expected),
        )),
        _ => {}
    }
    Ok(())
}
