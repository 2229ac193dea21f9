//! Forwards the events of a run, and keeps what the summaries contain.

use std::collections::BTreeMap;
use std::time::Instant;

use super::checkpoint::{Checkpoints, Walk};
use super::endpoints::Endpoints;
use super::long_jobs::LongJobs;
use super::recording::Recording;
use crate::error::{Side, Stop, WaitCause};
use crate::event::{Detail, Event, JobSummary, Listener, Status, WaitTotal, Warning};
use crate::job::Job;

/// Forwards events, and keeps what the summaries contain.
pub struct Recorder<'a> {
    pub listener: &'a mut dyn Listener,
    pub warnings: Vec<Warning>,
    /// The waits of the current job.
    waits: BTreeMap<(Side, WaitCause), WaitTotal>,
    pub recording: Recording,
    long_jobs: LongJobs,
}

impl<'a> Recorder<'a> {
    pub fn new(listener: &'a mut dyn Listener, warnings: Vec<Warning>, checkpoints: Checkpoints<Walk>) -> Self {
        let (recording, long_jobs) = (Recording::new(checkpoints), LongJobs::default());
        Self { listener, warnings, waits: BTreeMap::new(), recording, long_jobs }
    }

    /// Emits what is to be said about checkpoints.
    fn hear_of_checkpoints(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        if let Some(expected) = self.long_jobs.heard(event, Instant::now()) {
            self.listener.hear(&Event::NoCheckpoint { expected })?;
        }
        self.recording.heard(event, Instant::now());
        match event {
            Event::Progress(..) => self.warn_of_records(),
            _ => Ok(()),
        }
    }

    fn warn_of_records(&mut self) -> Result<(), Stop> {
        let news = self.recording.news();
        news.iter().map(|warning| self.hear(&Event::Warned(warning))).fold(Ok(()), Result::and)
    }

    /// Writes the first record of each job. Returns how far the earlier run of the first job was, if it continues.
    pub fn record_begin(&mut self, jobs: &[Job], endpoints: &Endpoints) -> Result<Option<Walk>, Stop> {
        let (earlier, warnings) = self.recording.begin(jobs, endpoints)?;
        warnings.iter().map(|warning| self.hear(&Event::Warned(warning))).fold(Ok(()), Result::and)?;
        if let Some(walk) = &earlier {
            self.hear(&Event::Continued { job: &jobs[0], keys: walk.keys(), is_finished: false })?;
        }
        Ok(earlier)
    }

    /// Jobs are walked again, because a server was replaced by another process.
    pub fn record_again(&mut self, jobs: &[Job], endpoints: &Endpoints) -> Result<(), Stop> {
        self.recording.begin_again(jobs, endpoints)
    }

    /// Writes the last record of each job.
    pub fn record_ends(&mut self, summaries: &mut [JobSummary]) {
        for summary in summaries {
            self.record_end(summary);
        }
    }

    fn record_end(&mut self, summary: &mut JobSummary) {
        let ended = self.recording.end(summary);
        for stop in [ended, self.warn_of_records()].into_iter().filter_map(Result::err) {
            add_stop(&mut summary.status, stop);
        }
    }

    /// Removes the records if every job is done.
    pub fn close(&mut self, jobs: &[JobSummary]) -> Result<(), Stop> {
        self.recording.close(jobs).map_or(Ok(()), |warning| self.hear(&Event::Warned(&warning)))
    }

    pub fn warnings_of(&self, job: &Job) -> Vec<String> {
        let of_job = self.warnings.iter().filter(|warning| warning.job.as_ref() == Some(&job.name));
        of_job.map(|warning| warning.message.clone()).collect()
    }

    pub fn take_waits(&mut self) -> Vec<WaitTotal> {
        std::mem::take(&mut self.waits).into_values().collect()
    }
}

impl Listener for Recorder<'_> {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::Warned(warning) => self.warnings.push((*warning).clone()),
            Event::Waited(wait) => {
                let total = self.waits.entry((wait.side, wait.cause)).or_insert_with(|| WaitTotal::none(wait));
                total.add(wait.duration);
            }
            _ => {}
        }
        self.listener.hear(event).and(self.hear_of_checkpoints(event))
    }

    fn detail(&self) -> Detail {
        self.listener.detail()
    }
}

/// Adds a reason why a job stopped. A listener that failed before fails again at the end.
pub fn add_stop(status: &mut Status, stop: Stop) {
    match status {
        Status::Stopped(stops) => {
            if stops.iter().all(|known| known.to_string() != stop.to_string()) {
                stops.push(stop);
                stops.sort_by_key(Stop::strength);
            }
        }
        status => *status = Status::Stopped(vec![stop]),
    }
}
