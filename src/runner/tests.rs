//! The events of runs whose servers are unreachable.

use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;

use super::checkpoint::Checkpoints;
use super::preflight::Examined;
use super::{Options, Shutdown, run};
use crate::error::{EndpointError, EndpointProblem, Side, Signal, Stop};
use crate::event::{Event, Listener, RunSummary, Status, Warning};
use crate::job::{Job, Location, LogMode, Source, samples};

/// Records each event, and fails if the record contains `fails_at`.
struct Records {
    events: Vec<String>,
    fails_at: &'static str,
}

impl Listener for Records {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        let record = match event {
            Event::RunStarted { .. } => "run started".to_owned(),
            Event::Warned(warning) => format!("warned: {}", warning.message),
            Event::JobRefused { job, reason } => format!("{} refused: {reason}", job.name),
            Event::JobEnded(summary) => format!("{} ended: {}", summary.job.name, word(&summary.status)),
            Event::RunEnded(summary) => format!("run ended: {} jobs", summary.jobs.len()),
            other => panic!("no server can be reached: {other:?}"),
        };
        let fails = !self.fails_at.is_empty() && record.contains(self.fails_at);
        self.events.push(record);
        if fails { Err(Stop::Internal(self.fails_at.to_owned())) } else { Ok(()) }
    }
}

fn word(status: &Status) -> &'static str {
    match status {
        Status::Done => "done",
        Status::TooFew(_) => "too few",
        Status::Stopped(_) => "stopped",
        Status::Refused(_) => "refused",
        Status::NotRun(_) => "not run",
    }
}

/// A job whose source and destination refuse connections.
fn job(name: &str) -> Job {
    let mut job = samples::job(name, Path::new("errors.log"), LogMode::Append);
    let unreachable = Location::Tcp { host: "127.0.0.1".to_owned(), port: 1 };
    job.destination.endpoint.location = unreachable.clone();
    job.destination.endpoint.connect_timeout = Duration::from_millis(50);
    if let Source::Server(server) = &mut job.source {
        server.endpoint.location = unreachable;
        server.endpoint.connect_timeout = Duration::from_millis(50);
    }
    job
}

fn refusal() -> Stop {
    let problem = EndpointProblem::ReadOnlyReplica;
    EndpointError { side: Side::Destination, server: "cache:6379".to_owned(), problem }.into()
}

async fn ran(
    jobs: Vec<(Job, Option<Stop>)>,
    keep_going: bool,
    fails_at: &'static str,
) -> (Vec<String>, RunSummary, Result<(), Stop>) {
    let (_sender, signals) = watch::channel(None);
    let warnings = vec![Warning { job: None, message: "of the pre-flight".to_owned() }];
    let mut records = Records { events: Vec::new(), fails_at };
    let options = Options { keep_going, ..Options::default() };
    let (summary, result) = run(
        Examined { jobs, warnings, ..Examined::default() },
        options,
        Checkpoints::default(),
        &mut records,
        &Shutdown::new(signals),
    )
    .await;
    (records.events, summary, result)
}

#[tokio::test]
async fn every_job_has_an_end_even_if_it_is_refused_or_not_run() {
    let jobs = || vec![(job("a"), None), (job("b"), Some(refusal())), (job("c"), None)];
    let (events, summary, result) = ran(jobs(), false, "").await;
    let expected = ["run started", "a ended: not run", "b ended: refused", "c ended: not run", "run ended: 3 jobs"];
    assert_eq!(events, expected);
    assert_eq!(summary.warnings[0].message, "of the pre-flight");
    result.unwrap();
    let (events, ..) = ran(jobs(), true, "").await;
    let expected = ["run started", "a ended: stopped", "b ended: refused", "c ended: stopped", "run ended: 3 jobs"];
    assert_eq!(events, expected);
}

#[tokio::test]
async fn a_listener_that_fails_at_the_end_of_a_job_adds_a_reason() {
    let (events, summary, result) = ran(vec![(job("a"), None), (job("b"), None)], true, "a ended").await;
    assert_eq!(events.len(), 4);
    let Status::Stopped(stops) = &summary.jobs[0].status else { panic!("{:?}", summary.jobs[0].status) };
    assert!(matches!(stops[..], [Stop::Endpoint(_), Stop::Internal(_)]), "{stops:?}");
    let Status::Stopped(stops) = &summary.jobs[1].status else { panic!("{:?}", summary.jobs[1].status) };
    assert!(matches!(stops[..], [Stop::Endpoint(_)]), "{stops:?}");
    result.unwrap();
}

#[tokio::test]
async fn a_listener_that_fails_at_the_start_or_the_end_of_the_run_fails_the_run() {
    for fails_at in ["run started", "run ended"] {
        let (events, _, result) = ran(Vec::new(), false, fails_at).await;
        assert_eq!(events, ["run started", "run ended: 0 jobs"]);
        assert_eq!(result.unwrap_err().to_string(), format!("internal error: {fails_at}"));
    }
}

#[tokio::test]
async fn no_job_is_run_after_a_signal() {
    let jobs = vec![(job("a"), Some(Stop::Interrupted(Signal::Interrupt))), (job("b"), None)];
    let (events, ..) = ran(jobs, true, "").await;
    assert_eq!(events, ["run started", "a ended: refused", "b ended: not run", "run ended: 2 jobs"]);
}
