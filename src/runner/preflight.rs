//! Pre-flight: checks before the first key is read.

use std::collections::HashMap;
use std::pin::pin;

use futures_util::{StreamExt, stream};

use super::endpoints::{Servers, open_destination, open_server, servers};
use super::examination::{examine, warn_of_memory};
use crate::error::Stop;
use crate::event::{Event, Listener, Warning};
use crate::job::{self, Job};
use crate::runner::Shutdown;

/// The number of jobs that are examined at once: a distant or unreachable server takes time.
const JOBS_AT_ONCE: usize = 8;

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
                let result = tokio::select! {
                    biased;
                    signal = shutdown.requested() => Err(Stop::Interrupted(signal)),
                    examined = look_at(&job, &mut warnings) => examined,
                };
                (job, result, warnings)
            })
            .buffered(JOBS_AT_ONCE)
    );
    let mut examined = Examined::default();
    while let Some((job, result, messages)) = results.next().await {
        for message in messages {
            let warning = Warning { job: Some(job.name.clone()), message };
            listener.hear(&Event::Warned(&warning))?;
            examined.warnings.push(warning);
        }
        let refusal = match result {
            Ok(servers) => {
                examined.servers.insert(job.name.clone(), servers);
                None
            }
            Err(reason) => {
                listener.hear(&Event::JobRefused { job: &job, reason: &reason })?;
                Some(reason)
            }
        };
        examined.jobs.push((job, refusal));
    }
    Ok(examined)
}

/// Examines the servers of a job. A file is read only when the job runs.
async fn look_at(job: &Job, warnings: &mut Vec<String>) -> Result<Servers, Stop> {
    let source = async {
        match &job.source {
            job::Source::Server(_) => open_server(job).await.map(Some),
            job::Source::Backup(_) => Ok(None),
        }
    };
    let destination = async { Ok(open_destination(job).await?) };
    let (source, destination) = tokio::try_join!(source, destination)?;
    examine(job, source.as_ref(), &destination, warnings).await?;
    if let Some(source) = &source {
        warn_of_memory(job, source, &destination, warnings).await?;
    }
    Ok(servers(source.as_ref(), &destination))
}
