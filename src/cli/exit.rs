//! Exit codes.

use std::process::ExitCode;

use crate::error::{Signal, Stop};
use crate::event::{JobSummary, Obstacle, RunSummary, Status, Verification};

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: every job was completed, no key failed.
    Success,
    /// 1: every job was completed, but keys or function libraries failed, too few keys matched, or a warning was denied. Keys
    /// that could not be compared have failed, too.
    KeysFailed,
    /// 2: the command line, a job file, an override, an input or an output is wrong; nothing was moved.
    Usage,
    /// 3: an endpoint could not be reached or refused to work, at the start or during the run.
    Endpoint,
    /// 4: a job was stopped by its error limit.
    ErrorLimit,
    /// 5: verification found that source and destination differ.
    Differ,
    /// 6: a job could not continue for another reason, data were replaced during its walk, or its checkpoint could not be
    /// written.
    Other,
    /// 130: interrupted by SIGINT.
    Interrupted,
    /// 143: interrupted by SIGTERM or SIGHUP.
    Terminated,
}

/// The exit codes by precedence, strongest first. Only `check`, a dry run and `--resume=strict` can have `Usage` together with
/// others: any other run does not start then.
const PRECEDENCE: [Exit; 8] = [
    Exit::Interrupted,
    Exit::Terminated,
    Exit::Endpoint,
    Exit::Usage,
    Exit::Other,
    Exit::ErrorLimit,
    Exit::Differ,
    Exit::KeysFailed,
];

const ALL: [Exit; 9] = [
    Exit::Success,
    Exit::KeysFailed,
    Exit::Usage,
    Exit::Endpoint,
    Exit::ErrorLimit,
    Exit::Differ,
    Exit::Other,
    Exit::Interrupted,
    Exit::Terminated,
];

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::KeysFailed => 1,
            Self::Usage => 2,
            Self::Endpoint => 3,
            Self::ErrorLimit => 4,
            Self::Differ => 5,
            Self::Other => 6,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Success => "every job was completed, no key failed",
            Self::KeysFailed => {
                "every job was completed, but keys or function libraries failed, or too few keys matched"
            }
            Self::Usage => {
                "the command line, a job file, an override, an input or an output is wrong; nothing was moved"
            }
            Self::Endpoint => "an endpoint could not be reached or refused to work, at the start or during the run",
            Self::ErrorLimit => "a job was stopped by its error limit",
            Self::Differ => "source and destination differ after verification",
            Self::Other => "a job ended for another reason: damaged backup, replaced data, unwritable file, time limit",
            Self::Interrupted => "interrupted by SIGINT: keys in flight were finished and counted",
            Self::Terminated => "interrupted by SIGTERM or SIGHUP: keys in flight were finished and counted",
        }
    }

    /// The exit code of a run: the strongest one that applies to its jobs.
    #[must_use]
    pub fn of_run(summary: &RunSummary) -> Self {
        summary.jobs.iter().map(Self::of_job).fold(Self::Success, Self::or_worse)
    }

    /// The stronger of two exit codes.
    #[must_use]
    pub fn or_worse(self, other: Self) -> Self {
        PRECEDENCE.into_iter().find(|exit| [self, other].contains(exit)).unwrap_or(Self::Success)
    }

    /// The exit code of a run that a signal interrupted.
    #[must_use]
    pub fn of_signal(signal: Signal) -> Self {
        match signal {
            Signal::Interrupt => Self::Interrupted,
            Signal::Terminate | Signal::Hangup => Self::Terminated,
        }
    }

    fn of_job(job: &JobSummary) -> Self {
        let of_verification = job.verification.as_ref().map_or(Self::Success, Self::of_verification);
        Self::of_status(job).or_worse(of_verification)
    }

    fn of_verification(verification: &Verification) -> Self {
        if !verification.is_clean() {
            Self::Differ
        } else if verification.failed > 0 {
            Self::KeysFailed
        } else {
            Self::Success
        }
    }

    fn of_status(job: &JobSummary) -> Self {
        match &job.status {
            Status::Stopped(stops) => stops.iter().map(Self::of_stop).fold(Self::Success, Self::or_worse),
            Status::Refused(stop) => Self::of_stop(stop),
            Status::Done if job.tally.failed > 0 || job.libraries.failed > 0 => Self::KeysFailed,
            Status::TooFew(_) => Self::KeysFailed,
            Status::NotRun(Obstacle::Interrupted(signal)) => Self::of_signal(*signal),
            Status::NotRun(Obstacle::TimeLimit(_)) => Self::Other,
            Status::Done | Status::NotRun(_) => Self::Success,
        }
    }

    /// The exit code of a job that ended early for this reason.
    #[must_use]
    pub fn of_stop(stop: &Stop) -> Self {
        match stop {
            Stop::Interrupted(signal) => Self::of_signal(*signal),
            Stop::Endpoint(_) => Self::Endpoint,
            Stop::Unresumable { .. } => Self::Usage,
            Stop::ErrorLimit { .. } => Self::ErrorLimit,
            // The exit code is that of the other job.
            Stop::EarlierJob(_) => Self::Success,
            Stop::Backup(_)
            | Stop::KeyList(_)
            | Stop::Changed { .. }
            | Stop::Output { .. }
            | Stop::Checkpoint { .. }
            | Stop::TimeLimit(_)
            | Stop::Internal(_) => Self::Other,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The exit codes, for `--help`.
pub(super) fn help() -> String {
    let lines = ALL.iter().map(|exit| format!("\n  {:>3}  {}", exit.code(), exit.meaning()));
    format!(
        "Exit codes:{}\n\nIf several apply, the first one in the order 130/143, 3, 2, 6, 4, 5, 1 is returned.",
        lines.collect::<Vec<_>>().concat()
    )
}
