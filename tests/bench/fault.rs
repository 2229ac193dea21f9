//! The errors of the bench.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// An error that ends the bench.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A program is missing or cannot be executed.
    #[error("`{}` cannot be run: {error}", program.display())]
    CannotRun {
        /// Which program.
        program: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A program failed.
    #[error("`{}` failed ({status}):\n{stderr}", program.display())]
    Failed {
        /// Which program.
        program: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// Its stderr.
        stderr: String,
    },
    /// A server did not start.
    #[error("`{}` does not start:\n{log}", program.display())]
    NoServer {
        /// Which program.
        program: PathBuf,
        /// Its log.
        log: String,
    },
    /// A run copied fewer keys than it had to.
    #[error("{who} left {found} keys in the destination, not {expected}")]
    Incomplete {
        /// Which contestant.
        who: &'static str,
        /// Keys there.
        found: u64,
        /// Keys wanted.
        expected: u64,
    },
    /// The destination refused the commands of a baseline.
    #[error("{who} failed: {error}")]
    Refused {
        /// Which baseline.
        who: &'static str,
        /// The reply, or how the connection ended.
        error: io::Error,
    },
    /// A full sync did not end.
    #[error("the full sync has not ended after {seconds} s")]
    NoSync {
        /// The timeout.
        seconds: u64,
    },
    /// A file of results could not be read or written.
    #[error("`{}`: {error}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        error: io::Error,
    },
}
