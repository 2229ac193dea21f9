//! The exit code of a run.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::cli::Exit;
use crate::config::{Request, load};
use crate::error::{EndpointError, EndpointProblem, Side, Signal, Stop};
use crate::event::{Evicted, JobSummary, Obstacle, RunSummary, Status, TooFewKeys, Verification};
use crate::outcome::{ByType, Tally, VerifyTally, WalkTally};

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
        verification: None,
        restarts: Vec::new(),
        files: Vec::new(),
        libraries: crate::outcome::LibraryTally::default(),
        started: None,
        duration: Duration::ZERO,
    }
}

fn exit_of(jobs: Vec<JobSummary>) -> Exit {
    let warnings = Vec::new();
    let (started, duration) = (SystemTime::UNIX_EPOCH, Duration::ZERO);
    let summary = RunSummary { started, duration, dry_run: false, verify: false, jobs, warnings };
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

/// A job that was verified.
fn verified(status: Status, tally: VerifyTally, failed: u64) -> JobSummary {
    let verification = Verification {
        matched: tally.compared() + failed,
        tally,
        vanished: 0,
        failed,
        sample: None,
        ignores_extra: false,
        is_complete: true,
        duration: Duration::ZERO,
    };
    JobSummary { verification: Some(verification), ..job(status, 0) }
}

#[test]
fn a_difference_has_an_exit_code_that_is_stronger_than_failed_keys_and_weaker_than_an_early_end() {
    let same = VerifyTally { equal: 3, healed: 1, repaired: 1, expired: 1, ..VerifyTally::default() };
    let missing = VerifyTally { missing: 1, ..same };
    let done = |tally, failed| exit_of(vec![verified(Status::Done, tally, failed)]).code();
    assert_eq!([done(same, 0), done(same, 1), done(missing, 0), done(missing, 1)], [0, 1, 5, 5]);
    let ended = |status| exit_of(vec![verified(status, missing, 0)]).code();
    assert_eq!([ended(TOO_FEW), ended(Status::Stopped(vec![LIMIT]))], [5, 4]);
    assert_eq!(exit_of(vec![job(Status::Done, 1), verified(Status::Done, missing, 0)]).code(), 5);
}

#[test]
fn an_extra_key_is_a_difference_unless_extra_keys_are_ignored() {
    let extra = VerifyTally { equal: 3, extra: 1, ..VerifyTally::default() };
    let exit = |ignores_extra| {
        let mut job = verified(Status::Done, extra, 0);
        job.verification.as_mut().unwrap().ignores_extra = ignores_extra;
        exit_of(vec![job]).code()
    };
    assert_eq!([false, true].map(exit), [5, 0]);
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
