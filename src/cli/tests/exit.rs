//! The exit code of a run.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::cli::Exit;
use crate::config::{Request, load};
use crate::error::{EndpointError, EndpointProblem, Side, Signal, Stop};
use crate::event::{Evicted, JobSummary, Obstacle, RunSummary, Status, TooFewKeys};
use crate::outcome::{ByType, Tally, WalkTally};

fn job(status: Status, failed: u64) -> JobSummary {
    let sets = vec!["destination.host=x".to_owned()];
    let job = load(&Request { sets, ..Request::default() }).unwrap().into_jobs().remove(0);
    JobSummary {
        job,
        source: None,
        destination: None,
        status,
        walk: WalkTally::default(),
        tally: Tally { matched: failed, failed, ..Tally::default() },
        by_type: ByType::new(),
        sizes: crate::outcome::Sizes::default(),
        payloads: crate::outcome::PayloadTally::default(),
        failures: crate::error::Failures::default(),
        waits: Vec::new(),
        evicted: Evicted::default(),
        restarts: Vec::new(),
        files: Vec::new(),
        libraries: crate::outcome::LibraryTally::default(),
        started: None,
        duration: Duration::ZERO,
    }
}

fn exit_of(jobs: Vec<JobSummary>) -> Exit {
    let warnings = Vec::new();
    let summary =
        RunSummary { started: SystemTime::UNIX_EPOCH, duration: Duration::ZERO, dry_run: false, jobs, warnings };
    Exit::of_run(&summary)
}

fn endpoint() -> Stop {
    let problem = EndpointProblem::OutOfMemory("OOM".to_owned());
    EndpointError { side: Side::Destination, server: "x:1".to_owned(), problem }.into()
}

fn output() -> Stop {
    Stop::Output { path: PathBuf::from("x.log"), message: "full".to_owned() }
}

const TOO_FEW: Status = Status::TooFew(TooFewKeys { matched: 0, min_keys: 1 });

const LIMIT: Stop = Stop::ErrorLimit { failed: 1, limit: 1 };

#[test]
fn every_status_has_its_exit_code() {
    assert_eq!(exit_of(vec![job(Status::Done, 0)]).code(), 0);
    assert_eq!(exit_of(vec![job(Status::Done, 1)]).code(), 1);
    assert_eq!(exit_of(vec![job(TOO_FEW, 0)]).code(), 1);
    assert_eq!(exit_of(vec![job(Status::Stopped(vec![endpoint()]), 0)]).code(), 3);
    let not_run = Status::NotRun(Obstacle::Refused("x".to_owned()));
    assert_eq!(exit_of(vec![job(Status::Refused(endpoint()), 0), job(not_run, 0)]).code(), 3);
    assert_eq!(exit_of(vec![job(Status::NotRun(Obstacle::Disabled), 0)]).code(), 0);
    let signal = Obstacle::Interrupted(Signal::Hangup);
    assert_eq!(exit_of(vec![job(Status::NotRun(signal), 0)]).code(), 143);
    assert_eq!(exit_of(vec![job(Status::Stopped(vec![LIMIT]), 1)]).code(), 4);
    assert_eq!(exit_of(vec![job(Status::Stopped(vec![output()]), 0)]).code(), 6);
    let unkept = Stop::Checkpoint { path: PathBuf::from("x.checkpoint"), message: "full".to_owned() };
    assert_eq!(exit_of(vec![job(Status::Stopped(vec![unkept]), 0)]).code(), 6);
    let unresumable = Stop::Unresumable { path: PathBuf::from("x.checkpoint"), differences: Vec::new() };
    assert_eq!(exit_of(vec![job(Status::Stopped(vec![unresumable]), 0)]).code(), 2);
    let limit = Duration::from_mins(1);
    assert_eq!(exit_of(vec![job(Status::Stopped(vec![Stop::TimeLimit(limit)]), 0)]).code(), 6);
    assert_eq!(exit_of(vec![job(Status::NotRun(Obstacle::TimeLimit(limit)), 0)]).code(), 6);
    let changed = Stop::Changed { side: Side::Source, server: "x:1".to_owned(), evidence: "a flush".to_owned() };
    assert_eq!(exit_of(vec![job(Status::Stopped(vec![changed]), 0)]).code(), 6);
    assert_eq!(exit_of(vec![job(Status::Stopped(vec![Stop::Internal("x".to_owned())]), 0)]).code(), 6);
    assert_eq!(exit_of(vec![job(Status::Stopped(vec![Stop::Interrupted(Signal::Interrupt)]), 0)]).code(), 130);
    assert_eq!(exit_of(vec![job(Status::Stopped(vec![Stop::Interrupted(Signal::Terminate)]), 0)]).code(), 143);
    assert_eq!(exit_of(Vec::new()).code(), 0);
}

#[test]
fn the_strongest_exit_code_wins() {
    let all = || {
        vec![
            job(Status::Done, 1),
            job(TOO_FEW, 0),
            job(Status::Stopped(vec![LIMIT]), 1),
            job(Status::Stopped(vec![output()]), 0),
            job(Status::Refused(endpoint()), 0),
            job(Status::Stopped(vec![Stop::Interrupted(Signal::Terminate)]), 0),
        ]
    };
    let weakest_first: Vec<u8> = (1..=6).map(|count| exit_of(all().into_iter().take(count).collect()).code()).collect();
    assert_eq!(weakest_first, [1, 1, 4, 6, 3, 143]);
}
