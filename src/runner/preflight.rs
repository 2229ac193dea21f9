//! Pre-flight: checks before the first key is read.

use std::pin::pin;
use std::time::Duration;

use futures_util::{StreamExt, TryFutureExt, stream};

use crate::destination::{Destination, DestinationNode};
use crate::error::{EndpointError, EndpointProblem, Side, Stop};
use crate::event::{Event, Listener, Warning};
use crate::job::{self, Endpoint, Job};
use crate::runner::{Shutdown, estimate};
use crate::server::{Contact, Replication, ServerFacts};
use crate::source::{BackupSource, Node, Source};

/// A larger difference between the clocks is a warning.
const MAX_CLOCK_DIFFERENCE: Duration = Duration::from_secs(1);

/// The number of jobs that are examined at once: a distant or unreachable server takes time.
const JOBS_AT_ONCE: usize = 8;

/// Source and destination of a job, connected.
pub struct Endpoints {
    pub source: Box<dyn Source>,
    pub destination: DestinationNode,
}

/// Connects source and destination of a job. The client name contains the job's name. In a dry run, values of a backup
/// are not kept.
pub async fn connect(job: &Job, dry_run: bool) -> Result<Endpoints, Stop> {
    let source = async {
        Ok::<Box<dyn Source>, Stop>(match &job.source {
            job::Source::Server(endpoint) => Box::new(Node::open(endpoint, &client_name(job)).await?),
            job::Source::Backup(backup) => Box::new(BackupSource::open(backup, !dry_run).await?),
        })
    };
    let (source, destination) = tokio::try_join!(source, open_destination(job))?;
    source.contacts().into_iter().chain(destination.contacts()).for_each(Contact::begin);
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
    /// In order; each with the reason why it cannot be run, if there is one.
    pub jobs: Vec<(Job, Option<Stop>)>,
    pub warnings: Vec<Warning>,
}

impl Examined {
    /// Whether jobs will be run: not after a signal, and not if one was refused, unless `keep_going`.
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

/// Connects to source and destination of every job, and examines them. Emits a warning for each risk, and
/// [`Event::JobRefused`] for each job that cannot be run.
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
            .buffered(JOBS_AT_ONCE)
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
        // The file was inspected before, and is read only when the job runs.
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
    let difference = source.clock().difference(destination.clock());
    if difference > MAX_CLOCK_DIFFERENCE {
        warnings.push(format!(
            "the clocks of source and destination are {} apart: keys expire by the destination's clock",
            humantime::format_duration(difference),
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
            "the destination `{}` has {} left below its `maxmemory`, but the job is estimated to need {}",
            to.address,
            bytes(free),
            bytes(expected),
        )),
        _ => {}
    }
    Ok(())
}
