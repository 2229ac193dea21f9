//! Makes the report from a summary.

use super::FORMAT_VERSION;
use super::databases::{DestinationDatabases, SourceDatabases};
use super::document::{
    BackupReport, DestinationReport, EvictedReport, FailureReport, JobReport, NodeReport, Report, RestartReport, Role,
    SampleReport, ServerReport, SourceReport, State, Timings, Totals, VerificationReport, WaitReport,
};
use super::values::{Moment, Seconds};
use crate::error::{Failure, Failures};
use crate::event::{CONFIDENCE, Evicted, JobSummary, Restart, RunSummary, SampleFacts, Verification, WaitTotal};
use crate::job::{Job, Source};
use crate::outcome::Sizes;
use crate::report::estimate::Estimate;
use crate::report::{numbers, status};
use crate::sanitize;
use crate::server::{NodeFacts, ServerFacts};
use crate::source::SourceFacts;
use crate::source::backup::BackupFacts;

impl Report {
    /// The report of a run with this exit code.
    pub fn new(summary: &RunSummary, exit_code: u8) -> Self {
        let sizes: Sizes = summary.jobs.iter().map(|job| job.sizes).sum();
        Self {
            format_version: FORMAT_VERSION,
            program_version: env!("CARGO_PKG_VERSION"),
            state: State::Ended,
            started: Moment(summary.started),
            ended: Some(Moment(summary.started + summary.duration)),
            duration_seconds: Seconds(summary.duration),
            dry_run: summary.dry_run,
            verify: summary.verify,
            exit_code: Some(exit_code),
            totals: Totals { outcomes: summary.tally(), bytes: sizes.payload, memory_bytes: sizes.memory },
            warnings: summary.warnings.clone(),
            jobs: summary
                .jobs
                .iter()
                .map(|job| JobReport { estimated_seconds: estimated(summary, job), ..job.into() })
                .collect(),
        }
    }

    /// The text of the file: indented, with a newline at the end.
    ///
    /// # Panics
    ///
    /// Never: all names are text, and all numbers are finite.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("all names are text, and all numbers are finite") + "\n";
        sanitize::json(&text).into_owned()
    }
}

impl From<&JobSummary> for JobReport {
    fn from(summary: &JobSummary) -> Self {
        let (job, reasons) = (&summary.job, status::reasons(&summary.status));
        Self {
            name: job.name.clone(),
            status: (&summary.status).into(),
            reason: reasons.first().cloned(),
            reasons,
            outcomes: summary.tally,
            walk: summary.walk,
            failures: failures(&summary.failures),
            unlisted_failures: summary.failures.unlisted(),
            by_type: summary.by_type.clone(),
            bytes: summary.sizes.payload,
            memory_bytes: summary.sizes.memory,
            estimated_seconds: None,
            payloads: summary.payloads,
            libraries: summary.libraries,
            waits: summary.waits.iter().map(WaitReport::from).collect(),
            evicted: EvictedReport::from(summary.evicted),
            verification: summary.verification.as_ref().map(VerificationReport::from),
            restarts: summary.restarts.iter().map(RestartReport::from).collect(),
            timings: timings(summary),
            source: SourceReport { files: summary.files.clone(), ..source(&job.source, summary.source.as_ref()) },
            destination: destination(job, summary.destination.as_ref()),
            configuration: configuration(job),
        }
    }
}

fn estimated(run: &RunSummary, job: &JobSummary) -> Option<Seconds> {
    Some(Seconds(Estimate::of(job).filter(|_| run.dry_run)?.duration))
}

pub(super) fn failures(all: &Failures) -> Vec<FailureReport> {
    all.by_frequency().into_iter().map(FailureReport::from).collect()
}

impl From<&Failure> for FailureReport {
    fn from(failure: &Failure) -> Self {
        let Failure { code, side, message, count, by_server, example, .. } = failure.clone();
        let (example_db, example_destination_key) =
            example.as_ref().map_or((None, None), |example| (example.db, example.renamed.clone()));
        let example_key = example.map(|example| example.name);
        Self { code, side, message, count, by_server, example_key, example_db, example_destination_key }
    }
}

impl From<&WaitTotal> for WaitReport {
    fn from(total: &WaitTotal) -> Self {
        let WaitTotal { side, cause, count, duration, longest } = *total;
        Self { endpoint: side, cause, count, seconds: Seconds(duration), longest_seconds: Seconds(longest) }
    }
}

impl From<Evicted> for EvictedReport {
    fn from(Evicted { source, destination }: Evicted) -> Self {
        Self { source, destination }
    }
}

impl From<&Verification> for VerificationReport {
    fn from(found: &Verification) -> Self {
        Self {
            compared: found.matched,
            keys: found.tally,
            vanished: found.vanished,
            failed: found.failed,
            sample: found.sample.map(SampleReport::from),
            ignores_extra: found.ignores_extra,
            complete: found.is_complete,
            clean: found.is_clean(),
            seconds: Seconds(found.duration),
        }
    }
}

impl From<SampleFacts> for SampleReport {
    fn from(SampleFacts { rate, most_different }: SampleFacts) -> Self {
        Self { rate, most_different, confidence: CONFIDENCE }
    }
}

impl From<&Restart> for RestartReport {
    fn from(restart: &Restart) -> Self {
        Self { reason: restart.reason.to_string(), outcomes: restart.tally }
    }
}

fn timings(summary: &JobSummary) -> Option<Timings> {
    let started = summary.started?;
    let keys = match (summary.tally.matched, &summary.verification) {
        // No key was moved.
        (0, Some(verification)) => verification.matched,
        (matched, _) => matched,
    };
    Some(Timings {
        started: Moment(started),
        ended: Some(Moment(started + summary.duration)),
        seconds: Seconds(summary.duration),
        keys_per_second: numbers::per_second(keys, summary.duration),
    })
}

pub(super) fn destination(job: &Job, found: Option<&ServerFacts>) -> DestinationReport {
    let db = DestinationDatabases(job.destination.db.clone());
    let nodes = found.map(nodes).unwrap_or_default();
    DestinationReport { address: job.destination.address(), db, server: found.map(ServerReport::from), nodes }
}

pub(super) fn source(source: &Source, found: Option<&SourceFacts>) -> SourceReport {
    let (address, file) = match source {
        Source::Server(server) => (Some(server.endpoint.address()), None),
        Source::Backup(backup) => (None, Some(backup.to_string())),
    };
    let (server, nodes, backup) = match found {
        Some(SourceFacts::Server(facts)) => (Some(facts.into()), nodes(facts), None),
        Some(SourceFacts::Backup(facts)) => (None, Vec::new(), Some(facts.into())),
        None => (None, Vec::new(), None),
    };
    let db = SourceDatabases(source.databases().clone());
    SourceReport { address, file, files: Vec::new(), db, server, nodes, backup }
}

/// The effective configuration. Secrets are serialised as `***`.
pub(super) fn configuration(job: &Job) -> serde_json::Map<String, serde_json::Value> {
    match serde_json::to_value(job) {
        Ok(serde_json::Value::Object(keys)) => keys,
        // A path that is not UTF-8 cannot be written as JSON. Its job runs nevertheless.
        Ok(_) | Err(_) => serde_json::Map::new(),
    }
}

impl From<&ServerFacts> for ServerReport {
    fn from(facts: &ServerFacts) -> Self {
        let ServerFacts { mode, run_id, nodes, .. } = facts.clone();
        let run_id = if nodes.is_empty() { run_id } else { String::new() };
        Self { flavour: facts.flavour, version: facts.version.to_string(), mode, run_id }
    }
}

fn nodes(facts: &ServerFacts) -> Vec<NodeReport> {
    facts.nodes.iter().map(NodeReport::from).collect()
}

impl From<&NodeFacts> for NodeReport {
    fn from(NodeFacts { id, slots, facts }: &NodeFacts) -> Self {
        Self {
            address: facts.address.clone(),
            id: id.clone(),
            role: if facts.is_master() { Role::Master } else { Role::Replica },
            version: facts.version.to_string(),
            run_id: facts.run_id.clone(),
            slots: *slots,
            keys: facts.keys,
        }
    }
}

impl From<&BackupFacts> for BackupReport {
    fn from(facts: &BackupFacts) -> Self {
        Self {
            flavour: facts.flavour,
            version: facts.version.map(|version| version.to_string()),
            rdb_version: facts.header.version,
            created: facts.created.map(Moment),
            size: facts.size,
        }
    }
}
