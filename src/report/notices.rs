//! Log lines that every run has: warnings, the start and end of each job, waits for servers, and whether its `sleep`
//! slows it down.

use std::time::Duration;

use super::numbers;
use crate::error::Stop;
use crate::event::{Event, JobSummary, Listener, Status, Warning, Watermark};
use crate::job::Job;
use crate::outcome::Tally;
use crate::server::{ServerFacts, Wait};
use crate::source::SourceFacts;
use crate::source::backup::BackupFacts;

/// A shorter wait is logged at the level `debug`: a server that closes every connection after 150 ms would flood the log.
const LONG_WAIT: Duration = Duration::from_secs(1);

/// Logs warnings, the start of a job, its end with the reasons, waits for servers, and whether its `sleep` slows it down.
#[derive(Debug, Default)]
pub struct Notices {
    /// The name of the current job.
    job: String,
    is_dry_run: bool,
}

impl Listener for Notices {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::JobStarted { job, source, destination, dry_run } => {
                self.job.clone_from(&job.name);
                self.is_dry_run = *dry_run;
                let how = if *dry_run { ", as a dry run" } else { "" };
                let from = match source {
                    SourceFacts::Server(facts) => server(facts, job.source.db()),
                    SourceFacts::Backup(facts) => backup(facts, job.source.db()),
                };
                let to = server(destination, job.source.db().map(|_| job.destination.db));
                tracing::info!("job `{}` starts{how}: from {from} to {to}", self.job);
            }
            Event::Warned(Warning { job: Some(job), message }) => tracing::warn!("job `{job}`: {message}"),
            Event::Warned(Warning { job: None, message }) => tracing::warn!("{message}"),
            Event::JobRefused { job, reason } => cannot_run(job, reason),
            // A dry run writes no error log.
            Event::KeyFailed(failed) if self.is_dry_run => {
                tracing::warn!("job `{}`: key {}: {}", self.job, failed.key, failed.message);
            }
            Event::LibraryFailed(message) => {
                tracing::error!("job `{}`: a function library cannot be restored: {message}", self.job);
            }
            Event::Watermarks(watermarks) => {
                for Watermark { lane, position } in *watermarks {
                    tracing::debug!("job `{}`: lane {lane} is settled up to {position}", self.job);
                }
            }
            Event::HeldBack { sleep, time_left } => self.held_back(*sleep, *time_left),
            Event::Waited(wait) => self.waited(wait),
            Event::WalkRestarted(restart) => {
                tracing::warn!("job `{}`: {}; walking again from the start", self.job, restart.reason);
            }
            Event::JobEnded(summary) => ended(summary),
            _ => {}
        }
        Ok(())
    }
}

impl Notices {
    fn waited(&self, Wait { side, server, cause, duration, is_over }: &Wait) {
        let (job, after) = (&self.job, numbers::span(*duration));
        let text = if *is_over {
            format!("job `{job}`: the {side} `{server}` answers again after {after} ({cause})")
        } else {
            format!("job `{job}`: waited {after} for the {side} `{server}` without an answer ({cause})")
        };
        if *duration >= LONG_WAIT {
            tracing::info!("{text}");
        } else {
            tracing::debug!("{text}");
        }
    }

    fn held_back(&self, sleep: Duration, time_left: Option<Duration>) {
        let sleep = humantime::format_duration(sleep);
        let left = match time_left {
            Some(left) => format!("about {} left", numbers::rough_span(left)),
            None => "time left unknown".to_owned(),
        };
        tracing::info!(
            "job `{}` is held back by its pauses: `sleep` is {sleep}, {left} at this pace; set `sleep = \"0s\"` to remove them",
            self.job
        );
    }
}

/// If pre-flight refused the job, it has already logged the reason.
fn ended(summary: &JobSummary) {
    let name = &summary.job.name;
    let was_connected = summary.source.is_some();
    if let Status::TooFew(too_few) = &summary.status {
        tracing::error!("job `{name}`: {too_few}");
    }
    if let Status::Stopped(stops) = &summary.status {
        for stop in stops {
            match stop {
                stop if !was_connected => cannot_run(&summary.job, stop),
                Stop::Interrupted(_) => tracing::warn!("job `{name}` was {stop}"),
                Stop::ErrorLimit { .. } => tracing::error!("job `{name}` was {stop}"),
                // The walk reached its end.
                Stop::Changed { .. } => tracing::error!("job `{name}`: {stop}"),
                stop => tracing::error!("job `{name}` ends early: {stop}"),
            }
        }
    }
    if was_connected {
        let Tally { matched, copied, replaced, existing, vanished, failed } = summary.tally;
        tracing::info!(
            "job `{name}` ended: {matched} matched, {copied} copied, {replaced} replaced, {existing} existing, \
             {vanished} vanished, {failed} failed"
        );
    }
}

fn cannot_run(job: &Job, reason: &Stop) {
    tracing::error!("job `{}` cannot be run: {reason}", job.name);
}

fn server(facts: &ServerFacts, db: Option<u16>) -> String {
    format!("{} ({}, {} {})", facts.address, database(db), facts.flavour.name(), facts.version)
}

fn backup(facts: &BackupFacts, db: Option<u16>) -> String {
    let rdb = facts.header.version;
    format!("{} ({}, RDB version {rdb} of {})", facts.name, database(db), facts.written_by())
}

fn database(db: Option<u16>) -> String {
    db.map_or_else(|| "all databases".to_owned(), |db| format!("database {db}"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::error::WaitCause;
    use crate::error::{Side, Signal};
    use crate::event::TooFewKeys;
    use crate::job::{Databases, LogMode};
    use crate::report::samples;

    fn logged(event: &Event<'_>) -> String {
        let mut notices = Notices { job: "carts".to_owned(), is_dry_run: true };
        let logged = samples::logged(|| notices.hear(event).unwrap());
        // Removes the time, which only `info` lines have.
        logged.lines().map(|line| line.split_once("Z ").map_or(line, |(_, rest)| rest)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_start_names_source_and_destination() {
        let job = samples::job("carts", Path::new("errors.log"), LogMode::Append);
        let (source, destination) = (samples::source("10.0.0.5:6379"), samples::facts("cache:6379"));
        let logged =
            logged(&Event::JobStarted { job: &job, source: &source, destination: &destination, dry_run: true });
        let expected = "job `carts` starts, as a dry run: from 10.0.0.5:6379 (database 0, Redis 7.0.15) \
                        to cache:6379 (database 0, Redis 7.0.15)";
        assert_eq!(logged, expected);
    }

    #[test]
    fn a_start_from_a_file_names_the_server_that_wrote_it() {
        let job = samples::backup_job("restore", Databases::All);
        let (source, destination) = (SourceFacts::Backup(samples::backup_facts()), samples::facts("cache:6379"));
        let logged =
            logged(&Event::JobStarted { job: &job, source: &source, destination: &destination, dry_run: false });
        let expected = "job `restore` starts: from dump.rdb (all databases, RDB version 12 of Redis 8.2.3) \
                        to cache:6379 (all databases, Redis 7.0.15)";
        assert_eq!(logged, expected);
    }

    #[test]
    fn a_notice_about_pauses_names_their_key_and_the_time_left() {
        let sleep = Duration::from_millis(250);
        let known = logged(&Event::HeldBack { sleep, time_left: Some(Duration::from_mins(123)) });
        let expected = "job `carts` is held back by its pauses: `sleep` is 250ms, about 2h03m left at this pace; \
                        set `sleep = \"0s\"` to remove them";
        assert_eq!(known, expected);
        assert!(logged(&Event::HeldBack { sleep, time_left: None }).contains(", time left unknown at this pace; "));
    }

    #[test]
    fn a_wait_of_a_second_or_more_is_logged_and_a_shorter_one_only_for_debugging() {
        let after = |millis| {
            let (server, duration) = ("cache:6379".to_owned(), Duration::from_millis(millis));
            logged(&Event::Waited(&Wait {
                side: Side::Destination,
                server,
                cause: WaitCause::Disconnected,
                duration,
                is_over: true,
            }))
        };
        let answers = "job `carts`: the destination `cache:6379` answers again after";
        assert_eq!(after(3210), format!("{answers} 3.2s (disconnected)"));
        assert_eq!(after(1000), format!("{answers} 1.0s (disconnected)"));
        assert_eq!(after(999), format!("debug: {answers} 999ms (disconnected)"));
    }

    #[test]
    fn a_walk_that_starts_again_is_a_warning_with_the_reason() {
        let expected = "warning: job `carts`: the destination `cache:6379` refuses every request: it is another process; \
                        walking again from the start";
        assert_eq!(logged(&Event::WalkRestarted(&samples::restart())), expected);
    }

    #[test]
    fn an_early_end_has_its_reasons() {
        let end = |stops| logged(&Event::JobEnded(&samples::job_summary("carts", Status::Stopped(stops))));
        let counts = "\njob `carts` ended: 1209 matched, 1000 copied, 5 replaced, 200 existing, 2 vanished, 2 failed";
        let limit = end(vec![Stop::ErrorLimit { failed: 3, limit: 3 }]);
        let expected = "error: job `carts` was stopped by the error limit: 3 keys failed, `max_errored_keys` is 3";
        assert_eq!(limit, format!("{expected}{counts}"));
        let both = end(vec![Stop::Interrupted(Signal::Terminate), samples::lost()]);
        let signal = "warning: job `carts` was interrupted by SIGTERM";
        let lost = "error: job `carts` ends early: the destination `cache:6379` closed the connection: broken pipe";
        assert_eq!(both, format!("{signal}\n{lost}{counts}"));
    }

    #[test]
    fn too_few_keys_are_an_error() {
        let too_few = Status::TooFew(TooFewKeys { matched: 1209, min_keys: 5000 });
        let logged = logged(&Event::JobEnded(&samples::job_summary("carts", too_few)));
        assert_eq!(logged.lines().next(), Some("error: job `carts`: 1209 keys matched, but `min_keys` is 5000"));
    }

    #[test]
    fn replaced_data_are_an_error_of_a_job_that_reached_its_end() {
        let summary = samples::job_summary("carts", Status::Stopped(vec![samples::changed(Side::Source)]));
        let expected = "error: job `carts`: the data of the source `cache:6379` were replaced during the walk: \
                        `FLUSHALL` was called\njob `carts` ended: ";
        assert!(logged(&Event::JobEnded(&summary)).starts_with(expected));
    }

    #[test]
    fn a_job_that_could_not_start_has_no_counts() {
        let lost = "cannot be run: the destination `cache:6379` closed the connection: broken pipe";
        let stopped = samples::idle_summary("carts", Status::Stopped(vec![samples::lost()]));
        assert_eq!(logged(&Event::JobEnded(&stopped)), format!("error: job `carts` {lost}"));
        let refused = samples::idle_summary("carts", Status::Refused(samples::lost()));
        assert_eq!(logged(&Event::JobEnded(&refused)), "");
        let (job, reason) = (&refused.job, &samples::lost());
        assert_eq!(logged(&Event::JobRefused { job, reason }), format!("error: job `carts` {lost}"));
    }

    #[test]
    fn a_failed_key_is_logged_in_a_dry_run_only() {
        let failed = samples::failed_key(b"key:7", "ERR no");
        assert_eq!(logged(&Event::KeyFailed(&failed)), "warning: job `carts`: key \"key:7\": ERR no");
        let logged = samples::logged(|| Notices::default().hear(&Event::KeyFailed(&failed)).unwrap());
        assert_eq!(logged, "");
    }

    #[test]
    fn a_warning_names_its_job_if_it_has_one() {
        let of_job = Warning { job: Some("carts".to_owned()), message: "beware".to_owned() };
        assert_eq!(logged(&Event::Warned(&of_job)), "warning: job `carts`: beware");
        assert_eq!(logged(&Event::Warned(&Warning { job: None, ..of_job })), "warning: beware");
        assert_eq!(
            logged(&Event::LibraryFailed("ERR no")),
            "error: job `carts`: a function library cannot be restored: ERR no"
        );
    }
}
