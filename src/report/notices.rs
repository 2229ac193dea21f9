//! What is always worth a log line: a job's start, its end, and that its `sleep` holds it back.

use std::time::Duration;

use super::numbers;
use crate::engine::{Event, Listener, Progress};
use crate::error::Stop;
use crate::server::ServerFacts;
use crate::source::SourceFacts;
use crate::source::backup::BackupFacts;

/// Logs when a job starts, when it ends and why, and that its `sleep` holds it back.
#[derive(Debug, Default)]
pub struct Notices {
    job: String,
}

impl Listener for Notices {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::JobStarted { job, source, destination, dry_run } => {
                self.job.clone_from(&job.name);
                let how = if *dry_run { ", as a dry run" } else { "" };
                let from = match source {
                    SourceFacts::Server(facts) => server(facts, job.source.db()),
                    SourceFacts::Backup(facts) => backup(facts, job.source.db()),
                };
                let to = server(destination, job.source.db().map(|_| job.destination.db));
                tracing::info!("job `{}` starts{how}: from {from} to {to}", self.job);
                if let SourceFacts::Backup(facts) = source
                    && facts.begins_aof
                {
                    tracing::warn!("job `{}`: {}", self.job, of_aof(facts));
                }
            }
            Event::HeldBack { sleep, time_left } => self.held_back(*sleep, *time_left),
            Event::JobEnded { progress, stops } => self.ended(progress, stops),
            Event::Progress(_) | Event::KeyFailed(_) => {}
        }
        Ok(())
    }
}

impl Notices {
    fn held_back(&self, sleep: Duration, time_left: Option<Duration>) {
        let sleep = humantime::format_duration(sleep);
        let left = match time_left {
            Some(left) => format!("about {} left", numbers::rough_span(left)),
            None => "time left unknown".to_owned(),
        };
        tracing::info!(
            "job `{}` is held back by its pauses: `sleep` is {sleep}, {left} at this pace; `sleep = \"0s\"` lifts it",
            self.job
        );
    }

    fn ended(&self, progress: &Progress, stops: &[Stop]) {
        let job = &self.job;
        for stop in stops {
            match stop {
                Stop::Interrupted(_) => tracing::warn!("job `{job}` was {stop}"),
                Stop::ErrorLimit { .. } => tracing::error!("job `{job}` was {stop}"),
                stop => tracing::error!("job `{job}` ends early: {stop}"),
            }
        }
        let tally = progress.tally;
        tracing::info!(
            "job `{job}` ended: {} scanned, {} copied, {} replaced, {} existing, {} failed",
            tally.scanned,
            tally.copied,
            tally.replaced,
            tally.existing,
            tally.failed
        );
    }
}

fn server(facts: &ServerFacts, db: Option<u16>) -> String {
    format!("{} ({}, {} {})", facts.address, database(db), facts.flavour.name(), facts.version)
}

fn backup(facts: &BackupFacts, db: Option<u16>) -> String {
    let version = facts.version.map(|version| format!(" {version}")).unwrap_or_default();
    let rdb = facts.header.version;
    format!("{} ({}, RDB version {rdb} of {}{version})", facts.name, database(db), facts.flavour.name())
}

/// What is to be known of a file that begins an AOF.
pub(super) fn of_aof(facts: &BackupFacts) -> String {
    format!(
        "the file `{}` is the beginning of an AOF: the commands that stand behind it, or in other files, are not read",
        facts.name
    )
}

fn database(db: Option<u16>) -> String {
    db.map_or_else(|| "all databases".to_owned(), |db| format!("database {db}"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::error::Signal;
    use crate::job::{Databases, LogMode};
    use crate::report::samples;

    fn said(event: &Event<'_>) -> String {
        let mut notices = Notices { job: "carts".to_owned() };
        let said = samples::logged(|| notices.hear(event).unwrap());
        // The time goes; `info` lines only have one.
        said.lines().map(|line| line.split_once("Z ").map_or(line, |(_, rest)| rest)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_start_names_both_ends() {
        let job = samples::job("carts", Path::new("errors.log"), LogMode::Append);
        let (source, destination) = (samples::source("10.0.0.5:6379"), samples::facts("cache:6379"));
        let said = said(&Event::JobStarted { job: &job, source: &source, destination: &destination, dry_run: true });
        let expected = "job `carts` starts, as a dry run: from 10.0.0.5:6379 (database 0, Redis 7.0.15) \
                        to cache:6379 (database 0, Redis 7.0.15)";
        assert_eq!(said, expected);
    }

    #[test]
    fn a_start_from_a_file_tells_who_wrote_it() {
        let job = samples::backup_job("restore", Databases::All);
        let (source, destination) = (SourceFacts::Backup(samples::backup_facts()), samples::facts("cache:6379"));
        let said = said(&Event::JobStarted { job: &job, source: &source, destination: &destination, dry_run: false });
        let expected = "job `restore` starts: from dump.rdb (all databases, RDB version 12 of Redis 8.2.3) \
                        to cache:6379 (all databases, Redis 7.0.15)";
        assert_eq!(said, expected);
    }

    #[test]
    fn being_held_back_names_the_key_that_lifts_it_and_the_time_left() {
        let sleep = Duration::from_millis(250);
        let known = said(&Event::HeldBack { sleep, time_left: Some(Duration::from_mins(123)) });
        let expected = "job `carts` is held back by its pauses: `sleep` is 250ms, about 2h03m left at this pace; \
                        `sleep = \"0s\"` lifts it";
        assert_eq!(known, expected);
        assert!(said(&Event::HeldBack { sleep, time_left: None }).contains(", time left unknown at this pace; "));
    }

    #[test]
    fn an_early_end_says_why() {
        let progress = Progress::default();
        let end = |stop: &Stop| said(&Event::JobEnded { progress: &progress, stops: std::slice::from_ref(stop) });
        let counts = "\njob `carts` ended: 0 scanned, 0 copied, 0 replaced, 0 existing, 0 failed";
        let signal = end(&Stop::Interrupted(Signal::Terminate));
        assert_eq!(signal, format!("warning: job `carts` was interrupted by SIGTERM{counts}"));
        let limit = end(&Stop::ErrorLimit { failed: 3, limit: 3 });
        let expected = "error: job `carts` was stopped by the error limit: 3 keys failed, `max_errored_keys` is 3";
        assert_eq!(limit, format!("{expected}{counts}"));
        let lost = end(&samples::lost());
        let expected = "error: job `carts` ends early: the destination `cache:6379` closed the connection: broken pipe";
        assert_eq!(lost, format!("{expected}{counts}"));
    }
}
