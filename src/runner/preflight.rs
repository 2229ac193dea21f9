//! Pre-flight: checks before the first key is read.

use std::collections::{BTreeMap, HashMap};
use std::pin::pin;
use std::rc::Rc;

use futures_util::{StreamExt, stream};
use tokio::sync::OnceCell;

use super::connect::unless_mixed;
use super::contacts::{Contacts, Controls, is_of_cluster};
use super::endpoints::{Servers, servers};
use super::examination::{examine, warn_of_memory};
use super::interrupted::unless_interrupted;
use super::opened::OpenDestination;
use super::places::{Places, Turn};
use crate::error::Stop;
use crate::event::{Event, Listener, Obstacle, Warning};
use crate::job::{Job, VerifyMode};
use crate::runner::Shutdown;
use crate::server::Control;
use crate::source::Node;

/// How many sources and destinations are examined at once: a distant or unreachable server takes time.
const GROUPS_AT_ONCE: usize = 8;

/// Jobs that have been examined.
#[derive(Debug, Default)]
pub struct Examined {
    /// In order; each with the reason why it cannot be run, if there is one.
    pub jobs: Vec<(Job, Option<Stop>)>,
    pub warnings: Vec<Warning>,
    /// The servers of each job that were examined, by its name.
    pub(super) servers: HashMap<String, Servers>,
}

impl Examined {
    /// Why no job will be run: after a signal, at the end of the run's time, and if one was refused, unless `keep_going`.
    pub(super) fn obstacle(&self, keep_going: bool) -> Option<Obstacle> {
        let refused = self.jobs.iter().filter_map(|(job, refusal)| Some((job, refusal.as_ref()?)));
        let ends_run = |stop: &Stop| matches!(stop, Stop::Interrupted(_) | Stop::TimeLimit(_));
        let of_run = refused.clone().find(|(_, stop)| ends_run(stop));
        let (job, stop) = of_run.or_else(|| refused.clone().next().filter(|_| !keep_going))?;
        Some(match stop {
            Stop::Interrupted(signal) => Obstacle::Interrupted(*signal),
            Stop::TimeLimit(limit) => Obstacle::TimeLimit(*limit),
            _ => Obstacle::Refused(job.name.clone()),
        })
    }

    /// The names of the jobs that will be run.
    pub fn cleared(&self, keep_going: bool) -> impl Iterator<Item = &str> {
        let going = self.obstacle(keep_going).is_none();
        self.jobs
            .iter()
            .filter(move |(job, refusal)| going && refusal.is_none() && job.enabled)
            .map(|(job, _)| job.name.as_str())
    }
}

/// What pre-flight found for one job.
struct Looked {
    job: Job,
    /// `None` for a disabled job, which is not examined.
    result: Result<Option<Servers>, Stop>,
    warnings: Vec<String>,
}

/// Jobs with their numbers. They have the same source and destination, and share connections.
type Group = Vec<(usize, Job)>;

/// Connects to source and destination of every job, and examines them. Emits a warning for each risk, and
/// [`Event::JobRefused`] for each job that cannot be run.
///
/// `is_verified`: the jobs move nothing, so the destination needs no room for their keys.
pub async fn preflight(
    jobs: Vec<Job>,
    is_verified: bool,
    shutdown: &Shutdown,
    listener: &mut dyn Listener,
) -> Result<Examined, Stop> {
    let places = Places::default();
    let (enabled, disabled) = jobs.into_iter().enumerate().partition(|(_, job): &(usize, Job)| job.enabled);
    let groups = stream::iter(groups(enabled));
    let mut results =
        pin!(groups.map(|group| look_at((group, is_verified), &places, shutdown)).buffer_unordered(GROUPS_AT_ONCE));
    let (mut examined, mut ahead) = (Examined::default(), not_examined(disabled));
    examined.add_next(&mut ahead, listener)?;
    while let Some(looked) = results.next().await {
        ahead.extend(looked);
        examined.add_next(&mut ahead, listener)?;
    }
    Ok(examined)
}

fn not_examined(jobs: Group) -> BTreeMap<usize, Looked> {
    let looked = |(number, job)| (number, Looked { job, result: Ok(None), warnings: Vec::new() });
    jobs.into_iter().map(looked).collect()
}

impl Examined {
    /// Adds the jobs whose turn it is: their order is that of the files.
    fn add_next(&mut self, ahead: &mut BTreeMap<usize, Looked>, listener: &mut dyn Listener) -> Result<(), Stop> {
        while let Some(looked) = ahead.remove(&self.jobs.len()) {
            self.add(looked, listener)?;
        }
        Ok(())
    }

    fn add(&mut self, Looked { job, result, warnings }: Looked, listener: &mut dyn Listener) -> Result<(), Stop> {
        for message in warnings {
            let warning = Warning { job: Some(job.name.clone()), message };
            listener.hear(&Event::Warned(&warning))?;
            self.warnings.push(warning);
        }
        let refusal = match result {
            Ok(servers) => {
                self.servers.extend(servers.map(|servers| (job.name.clone(), servers)));
                None
            }
            Err(reason) => {
                listener.hear(&Event::JobRefused { job: &job, reason: &reason })?;
                Some(reason)
            }
        };
        self.jobs.push((job, refusal));
        Ok(())
    }
}

fn groups(jobs: Group) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (number, job) in jobs {
        let is_like = |other: &Job| {
            let (one, two) = (&other.source, &job.source);
            one.server() == two.server() && one.databases() == two.databases() && other.destination == job.destination
        };
        match groups.iter_mut().find(|group| is_like(&group[0].1)) {
            Some(group) => group.push((number, job)),
            None => groups.push(vec![(number, job)]),
        }
    }
    groups
}

/// Examines the servers of jobs, and closes the connections again. A file is read only when the job runs.
async fn look_at((group, is_verified): (Group, bool), places: &Places, shutdown: &Shutdown) -> Vec<(usize, Looked)> {
    let (first, mut looked) = (&group[0].1, Vec::with_capacity(group.len()));
    let (mut contacts, readable) = (Contacts::of(first), OnceCell::new());
    let mut turn = None;
    let opening = async {
        let turn = turn.insert(places.turn(first).await);
        // The connections to an address are compared in any case, unless they were for another job.
        unless_mixed(async |is_doubtful| {
            if is_doubtful {
                contacts.closed().await;
                contacts = Contacts::of(first);
            }
            Box::pin(open(first, &contacts, turn)).await
        })
        .await
    };
    let opened = unless_interrupted(shutdown, opening).await;
    for (number, job) in group {
        let mut warnings = Vec::new();
        let result = match &opened {
            Ok((sources, destination)) => {
                let theirs = (&contacts, &readable);
                let examined = examine_servers((&job, is_verified), (sources, destination), theirs, &mut warnings);
                Box::pin(unless_interrupted(shutdown, examined)).await.map(Some)
            }
            Err(stop) => Err(stop.clone()),
        };
        looked.push((number, Looked { job, result, warnings }));
    }
    drop(opened);
    // The next jobs wait for their turn until then.
    tokio::select! {
        _ = shutdown.requested() => {}
        () = contacts.closed() => {}
    }
    drop(turn);
    looked
}

/// Compares connections to source and destination, and connects both.
async fn open(job: &Job, contacts: &Contacts, turn: &mut Turn) -> Result<(Vec<Rc<Node>>, OpenDestination), Stop> {
    turn.check(job)?;
    let opening = async {
        let Controls { source, destination } = contacts.open_controls().await?;
        // The name of a cluster may lead to each of its nodes.
        let of_one_server = |control: &&Control| !is_of_cluster(control.contact());
        turn.compare(source.iter().chain(&destination).filter(of_one_server)).await?;
        tokio::try_join!(contacts.open_source(job, source), contacts.open_destination(destination))
    };
    let opened = Box::pin(opening).await.inspect_err(|stop| turn.failed(job, stop));
    opened.map(|(source, destination)| (source.map(|source| source.nodes()).unwrap_or_default(), destination))
}

async fn examine_servers(
    (job, is_verified): (&Job, bool),
    (sources, destination): (&[Rc<Node>], &OpenDestination),
    (contacts, readable): (&Contacts, &OnceCell<Result<(), Stop>>),
    warnings: &mut Vec<String>,
) -> Result<Servers, Stop> {
    examine(job, sources, destination, warnings).await?;
    if !is_verified {
        warn_of_memory(job, sources, destination, warnings).await?;
    }
    if job.verify.mode != VerifyMode::Off {
        readable.get_or_init(|| check_reading(job, contacts)).await.clone()?;
    }
    Ok(servers(sources, destination))
}

/// Checks that the destination of a job that is verified can be read: once for all jobs that have these servers.
async fn check_reading(job: &Job, contacts: &Contacts) -> Result<(), Stop> {
    let theirs = contacts.open_theirs(job).await?;
    for node in theirs.nodes() {
        node.check_permissions(&job.selection, true).await?;
        node.check_types().await?;
    }
    theirs.close().await;
    Ok(())
}
