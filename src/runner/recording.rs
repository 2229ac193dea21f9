//! Keeps the progress of jobs in their checkpoints.

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant};

use super::checkpoint::{Checkpoints, Data, Fingerprint, State, Walk};
use super::endpoints::Endpoints;
use crate::error::Stop;
use crate::event::{Event, JobSummary, Status, Warning};
use crate::job::{Databases, Job};
use crate::outcome::Tally;
use crate::server::ServerFacts;
use crate::source::SourceFacts;

/// How often the progress of a job is recorded.
const EVERY: Duration = Duration::from_secs(1);

/// Keeps the progress of jobs in their checkpoints.
#[derive(Debug)]
pub struct Recording {
    checkpoints: Checkpoints<Walk>,
    /// The job that the next events are about.
    current: String,
    /// When the last record of each job was handed to its writer.
    recorded: HashMap<String, Instant>,
}

impl Recording {
    pub fn new(checkpoints: Checkpoints<Walk>) -> Self {
        Self { checkpoints, current: String::new(), recorded: HashMap::new() }
    }

    /// Records the progress of the current job, if it is time.
    pub fn heard(&mut self, event: &Event<'_>, now: Instant) {
        match event {
            Event::JobStarted { job, .. } | Event::JobResumed(job) => self.current.clone_from(&job.name),
            Event::Progress(progress, _) => self.record(&progress.tally, now),
            _ => {}
        }
    }

    fn record(&mut self, tally: &Tally, now: Instant) {
        let Some(checkpoint) = self.checkpoints.of(&self.current) else { return };
        let last = self.recorded.get(&self.current);
        if last.is_none_or(|last| now.duration_since(*last) >= EVERY) {
            checkpoint.record(tally.settled(), &Walk::default());
            self.recorded.insert(self.current.clone(), now);
        }
    }

    /// Writes the first record of each job, before its first key. Returns a warning for each job that cannot continue the
    /// earlier run. If one of them is refused for that reason, every record stays as it is.
    pub fn begin(&mut self, jobs: &[Job], endpoints: &Endpoints) -> Result<Vec<Warning>, Stop> {
        let (is_strict, mut warnings, mut fingerprints) = (self.checkpoints.is_strict(), Vec::new(), Vec::new());
        for job in jobs {
            let Some(checkpoint) = self.checkpoints.of(&job.name) else { continue };
            let unread = |error: io::Error| Stop::Internal(format!("a file cannot be read again: {error}"));
            let fingerprint = fingerprint(job, endpoints).map_err(unread)?;
            let differences = checkpoint.differences(&fingerprint);
            if !differences.is_empty() && is_strict {
                return Err(Stop::Unresumable { path: checkpoint.path().clone(), differences });
            }
            if !differences.is_empty() {
                let (path, differences) = (checkpoint.path().display(), differences.join("; "));
                let message = format!(
                    "the checkpoint `{path}` does not fit, so the job starts from the beginning: {differences}"
                );
                warnings.push(Warning { job: Some(job.name.clone()), message });
            }
            fingerprints.push((&job.name, fingerprint));
        }
        for (job, fingerprint) in fingerprints {
            if let Some(checkpoint) = self.checkpoints.of(job) {
                checkpoint.begin(fingerprint, 0, &Walk::default())?;
            }
        }
        Ok(warnings)
    }

    /// Warnings about records that could not be written.
    pub fn news(&mut self) -> Vec<Warning> {
        let news = self.checkpoints.each().filter_map(|checkpoint| {
            let message = checkpoint.news()?;
            Some(Warning { job: Some(checkpoint.job().to_owned()), message })
        });
        news.collect()
    }

    /// Writes the last record of a job. If that fails, this is a reason for its status.
    pub fn end(&mut self, summary: &mut JobSummary) {
        let Some(checkpoint) = self.checkpoints.of(&summary.job.name) else { return };
        let state = if is_walked(&summary.status) { State::Finished } else { State::Stopped };
        if let Err(stop) = checkpoint.finish(state, summary.tally.matched, &Walk::default()) {
            match &mut summary.status {
                Status::Stopped(stops) => {
                    stops.push(stop);
                    stops.sort_by_key(Stop::strength);
                }
                status => *status = Status::Stopped(vec![stop]),
            }
        }
    }

    /// Removes the files if every job is done. Returns a warning if that fails.
    pub fn close(&mut self, jobs: &[JobSummary]) -> Option<Warning> {
        let is_done = |job: &JobSummary| is_walked(&job.status) || !job.job.enabled;
        if !jobs.iter().all(is_done) {
            return None;
        }
        let error = self.checkpoints.remove().err()?;
        Some(Warning { job: None, message: format!("a checkpoint cannot be removed: {error}") })
    }
}

/// Whether the source was walked to its end.
fn is_walked(status: &Status) -> bool {
    match status {
        Status::Done | Status::TooFew(_) => true,
        Status::Stopped(stops) => stops.iter().all(|stop| matches!(stop, Stop::Checkpoint { .. })),
        Status::Refused(_) | Status::NotRun(_) => false,
    }
}

fn fingerprint(job: &Job, endpoints: &Endpoints) -> io::Result<Fingerprint> {
    let mut fingerprint = Fingerprint::of(job)?;
    if let SourceFacts::Server(facts) = endpoints.source().facts() {
        fingerprint.source = data(&facts, job.source.databases());
    }
    fingerprint.destination = data(endpoints.destination.facts(), &job.destination_databases());
    Ok(fingerprint)
}

fn data(facts: &ServerFacts, databases: &Databases) -> Data {
    if facts.nodes.is_empty() {
        return Data::of_server(facts.identity(), databases);
    }
    let nodes = facts.nodes.iter().map(|node| (node.id.clone(), node.facts.run_id.clone()));
    let slots: Vec<String> = facts.nodes.iter().map(|node| format!("{} {}", node.id, node.slots)).collect();
    Data::of_cluster(nodes.collect(), &slots.join(", "))
}
