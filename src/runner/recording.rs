//! Keeps the progress of jobs in their checkpoints.

use std::io;
use std::time::{Duration, Instant};

use super::checkpoint::{Checkpoints, Data, Fingerprint, State, Walk};
use super::endpoints::Endpoints;
use crate::error::Stop;
use crate::event::{Event, JobSummary, Settlement, Status, Totals, Warning};
use crate::job::Job;
use crate::server::ServerFacts;
use crate::source::SourceFacts;

/// How often the progress of a job is recorded.
const EVERY: Duration = Duration::from_secs(1);

/// Keeps the progress of jobs in their checkpoints.
#[derive(Debug)]
pub struct Recording {
    checkpoints: Checkpoints<Walk>,
    /// The job that the next events are about, and its walk.
    current: String,
    walk: Walk,
    /// The keys of the current job were moved, and now it is verified.
    is_paused: bool,
    /// When the last record was handed to its writer.
    recorded: Option<Instant>,
}

impl Recording {
    pub fn new(checkpoints: Checkpoints<Walk>) -> Self {
        Self { checkpoints, current: String::new(), walk: Walk::default(), is_paused: false, recorded: None }
    }

    /// Records the progress of the current job, if it is time.
    pub fn heard(&mut self, event: &Event<'_>, now: Instant) {
        match event {
            Event::JobEnded(_) => self.is_paused = false,
            _ if self.is_paused => {}
            Event::JobStarted { job, .. } | Event::JobResumed(job) => self.current.clone_from(&job.name),
            Event::WalkStarted(start) => self.walk.start = (*start).clone(),
            Event::Planned { lanes, databases } => {
                (self.walk.earlier.lanes, self.walk.earlier.databases) = (*lanes, databases.to_vec());
            }
            Event::Watermarks(settled) => self.record(settled, now),
            _ => {}
        }
    }

    /// Records nothing until the job has ended: what is walked from now on is walked again by the next run.
    pub fn pause(&mut self) {
        self.is_paused = true;
    }

    fn record(&mut self, settled: &Settlement<'_>, now: Instant) {
        let Some(checkpoint) = self.checkpoints.of(&self.current) else { return };
        self.walk.settle(settled);
        if self.recorded.is_none_or(|last| now.duration_since(last) >= EVERY) {
            checkpoint.record(self.walk.keys(), &self.walk);
            self.recorded = Some(now);
        }
    }

    /// The keys that the earlier run counted for a job that it has finished.
    pub fn finished(&mut self, job: &Job) -> Option<Totals> {
        let checkpoint = self.checkpoints.of(&job.name)?;
        let found = checkpoint.found().filter(|found| found.state == State::Finished)?;
        let now = Fingerprint::of(job).ok()?;
        now.differences(&found.fingerprint).is_empty().then(|| found.walk.earlier.totals.clone())
    }

    /// Writes the first record of each job, before its first key. Returns how far the earlier run of the first job was, if it
    /// continues, and a warning for each job that cannot continue the earlier run. If one of them is refused for that reason,
    /// every record stays as it is.
    pub fn begin(&mut self, jobs: &[Job], endpoints: &Endpoints) -> Result<(Option<Walk>, Vec<Warning>), Stop> {
        let (is_strict, mut warnings, mut fingerprints) = (self.checkpoints.is_strict(), Vec::new(), Vec::new());
        for job in jobs {
            let Some(checkpoint) = self.checkpoints.of(&job.name) else { continue };
            let fingerprint = fingerprint(job, endpoints).map_err(|error| unread(&error))?;
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
        let mut earlier = None;
        for (job, fingerprint) in fingerprints {
            if let Some(checkpoint) = self.checkpoints.of(job) {
                // Without a plan, the earlier run had not begun to walk.
                earlier = checkpoint.continued(&fingerprint).filter(|walk| walk.earlier.lanes > 0).cloned();
                self.walk = earlier.clone().unwrap_or_default();
                checkpoint.begin(fingerprint, self.walk.keys(), &self.walk)?;
            }
        }
        Ok((earlier, warnings))
    }

    /// Records that jobs are walked again from the beginning.
    pub fn begin_again(&mut self, jobs: &[Job], endpoints: &Endpoints) -> Result<(), Stop> {
        for job in jobs.iter().filter(|_| !self.is_paused) {
            if let Some(checkpoint) = self.checkpoints.of(&job.name) {
                self.walk = Walk::default();
                checkpoint.begin(fingerprint(job, endpoints).map_err(|error| unread(&error))?, 0, &self.walk)?;
            }
        }
        Ok(())
    }

    /// Warnings about records that could not be written.
    pub fn news(&mut self) -> Vec<Warning> {
        let news = self.checkpoints.each().filter_map(|checkpoint| {
            let message = checkpoint.news()?;
            Some(Warning { job: Some(checkpoint.job().to_owned()), message })
        });
        news.collect()
    }

    /// Writes the last record of a job.
    pub fn end(&mut self, summary: &JobSummary) -> Result<(), Stop> {
        let Some(checkpoint) = self.checkpoints.of(&summary.job.name) else { return Ok(()) };
        let state = if is_walked(&summary.status) { State::Finished } else { State::Stopped };
        checkpoint.finish(state, self.walk.keys(), &self.walk)
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

fn unread(error: &io::Error) -> Stop {
    Stop::Internal(format!("a file cannot be read again: {error}"))
}

fn fingerprint(job: &Job, endpoints: &Endpoints) -> io::Result<Fingerprint> {
    let mut fingerprint = Fingerprint::of(job)?;
    if let Some(cluster) = endpoints.source_cluster() {
        fingerprint.source = Data::of_cluster(cluster.walked(), cluster.claims());
    } else if let SourceFacts::Server(facts) = endpoints.source().facts() {
        fingerprint.source = Data::of_server(facts.identity(), job.source.databases());
    }
    fingerprint.destination = of_destination(endpoints.destination.facts(), job);
    Ok(fingerprint)
}

/// The slots of a destination may move.
fn of_destination(facts: &ServerFacts, job: &Job) -> Data {
    if facts.nodes.is_empty() {
        return Data::of_server(facts.identity(), &job.destination_databases());
    }
    let nodes = facts.nodes.iter().map(|node| (node.id.clone(), node.facts.run_id.clone()));
    Data::of_cluster(nodes.collect(), "")
}
