//! The listener that logs.

use std::time::Duration;

use tracing::Level;

use super::{details, ended};
use crate::error::{FailedKey, Stop};
use crate::event::{Detail, Event, Listener, Restart, Warning};
use crate::job::{Databases, Job, VerifyMode};
use crate::report::numbers;
use crate::server::{ServerFacts, Wait};
use crate::source::SourceFacts;
use crate::source::backup::BackupFacts;

/// A shorter wait is logged at the level `debug`: a server that closes every connection after 150 ms would flood the log.
const LONG_WAIT: Duration = Duration::from_secs(1);

/// Logs warnings, the start of a job, its end with the reasons, waits for servers, and whether its `sleep` slows it down;
/// with `-v` and `-vv` also what the engine does in detail.
#[derive(Debug, Default)]
pub struct Notices {
    /// The name of the current job.
    pub(super) job: String,
    pub(super) is_dry_run: bool,
    /// Whether the run moves no key.
    pub(super) only_verifies: bool,
}

impl Listener for Notices {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::RunStarted { verify, .. } => self.only_verifies = *verify,
            Event::JobStarted { job, source, destination, dry_run } => {
                self.job.clone_from(&job.name);
                self.is_dry_run = *dry_run;
                started(job, source, destination, *dry_run);
                details::nodes(source, destination);
            }
            Event::JobResumed(job) => self.job.clone_from(&job.name),
            Event::VerifyStarted(job) => {
                self.job.clone_from(&job.name);
                verify_started(job);
            }
            Event::Continued { job, keys, is_finished } => details::continued(job, *keys, *is_finished),
            Event::Warned(warning) => warned(warning),
            Event::JobRefused { job, reason } => ended::cannot_run(job, reason),
            // A dry run writes no error log.
            Event::KeyFailed(failed) if self.is_dry_run && !failed.code.is_shared() => self.key_failed(failed),
            Event::LibraryFailed(reason) => self.library_failed(reason),
            Event::HeldBack { sleep, time_left } => self.held_back(*sleep, *time_left),
            Event::NoCheckpoint { expected } => self.no_checkpoint(*expected),
            Event::Waited(wait) => self.waited(wait),
            Event::WalkRestarted(restart) => self.walk_restarted(restart),
            Event::JobEnded(summary) => ended::ended(summary, self.only_verifies),
            Event::Watermarks(settled) => details::watermarks(&self.job, settled.watermarks),
            Event::LanesStarted { lanes, count } => details::lanes_started(&self.job, *lanes, *count),
            Event::LaneEnded(lane) => details::lane_ended(&self.job, lane),
            Event::Called(call) => details::called(&self.job, call),
            Event::KeySettled(key) => details::key_settled(&self.job, key),
            _ => {}
        }
        Ok(())
    }

    fn detail(&self) -> Detail {
        if tracing::enabled!(Level::TRACE) {
            Detail::Keys
        } else if tracing::enabled!(Level::DEBUG) {
            Detail::Calls
        } else {
            Detail::Normal
        }
    }
}

impl Notices {
    fn key_failed(&self, FailedKey { db, key, renamed, message, side, server, .. }: &FailedKey) {
        let job = &self.job;
        let database = db.map(|db| format!(" of database {db}")).unwrap_or_default();
        let names = details::key_names(key, renamed.as_ref());
        let text = format!("job `{job}`: key {names}{database}: {message}");
        let destination_key = renamed.as_ref().map(tracing::field::display);
        tracing::warn!(%text, %job, %key, destination_key, db, %side, %server, reason = %message, "key would fail");
    }

    fn library_failed(&self, reason: &str) {
        let job = &self.job;
        let text = format!("job `{job}`: a function library cannot be restored: {reason}");
        tracing::error!(%text, %job, %reason, "function library failed");
    }

    fn walk_restarted(&self, Restart { reason, .. }: &Restart) {
        let job = &self.job;
        let text = format!("job `{job}`: {reason}; walking again from the start");
        tracing::warn!(%text, %job, %reason, "walk restarted");
    }

    fn waited(&self, Wait { side, server, cause, duration, is_over }: &Wait) {
        let (job, after, seconds) = (&self.job, numbers::span(*duration), duration.as_secs_f64());
        let text = if *is_over {
            format!("job `{job}`: the {side} `{server}` answers again after {after} ({cause})")
        } else {
            format!("job `{job}`: waited {after} for the {side} `{server}` without an answer ({cause})")
        };
        if *duration >= LONG_WAIT {
            tracing::info!(%text, %job, %side, %server, %cause, seconds, answers = is_over, "waited");
        } else {
            tracing::debug!(%text, %job, %side, %server, %cause, seconds, answers = is_over, "waited");
        }
    }

    fn no_checkpoint(&self, expected: Duration) {
        let (job, span) = (&self.job, numbers::rough_span(expected));
        let text = format!(
            "job `{job}` will take about {span}, and has no `checkpoint`: after an interruption it starts from the beginning"
        );
        tracing::warn!(%text, %job, expected_seconds = expected.as_secs(), "no checkpoint");
    }

    fn held_back(&self, sleep: Duration, time_left: Option<Duration>) {
        let (job, pause) = (&self.job, humantime::format_duration(sleep));
        let left = match time_left {
            Some(left) => format!("about {} left", numbers::rough_span(left)),
            None => "time left unknown".to_owned(),
        };
        let text = format!(
            "job `{job}` is held back by its pauses: `sleep` is {pause}, {left} at this pace; set `sleep = \"0s\"` to remove them"
        );
        let (sleep, left_seconds) = (sleep.as_secs_f64(), time_left.map(|left| left.as_secs()));
        tracing::info!(%text, %job, sleep_seconds = sleep, left_seconds, "held back by pauses");
    }
}

fn warned(Warning { job, message }: &Warning) {
    if let Some(job) = job {
        tracing::warn!(text = %format_args!("job `{job}`: {message}"), %job, "{message}");
    } else {
        tracing::warn!("{message}");
    }
}

fn started(job: &Job, source: &SourceFacts, destination: &ServerFacts, dry_run: bool) {
    let from = match source {
        SourceFacts::Server(facts) => server(facts, job.source.databases()),
        SourceFacts::Backup(facts) => backup(facts, job.source.databases()),
    };
    let to = server(destination, &job.destination_databases());
    let (name, how) = (&job.name, if dry_run { ", as a dry run" } else { "" });
    let text = format!("job `{name}` starts{how}: from {from} to {to}");
    tracing::info!(
        %text, job = %name, dry_run, source = %source.name(), source_db = job.source.databases().only(),
        destination = %destination.address, destination_db = job.destination_databases().only(), "job started"
    );
}

fn verify_started(job: &Job) {
    let is_sample = job.verify.mode == VerifyMode::Sample;
    let (job, which) = (&job.name, if is_sample { "a sample of its keys" } else { "every key" });
    let text = format!("job `{job}` is verified: {which} is compared");
    tracing::info!(%text, %job, sample = is_sample, "verification started");
}

fn server(facts: &ServerFacts, databases: &Databases) -> String {
    let nodes = match facts.nodes.len() {
        0 => String::new(),
        1 => ", a cluster of 1 node".to_owned(),
        nodes => format!(", a cluster of {nodes} nodes"),
    };
    format!("{} ({databases}, {} {}{nodes})", facts.address, facts.flavour.name(), facts.version)
}

fn backup(facts: &BackupFacts, databases: &Databases) -> String {
    let rdb = facts.header.version;
    format!("{} ({databases}, RDB version {rdb} of {})", facts.name, facts.written_by())
}
