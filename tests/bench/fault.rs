//! Why the bench ends without a table.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Something that a person has to see to.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It is not there, or may not be run.
    #[error("`{}` cannot be run: {error}", program.display())]
    CannotRun {
        /// Which program.
        program: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// It ran, and did not do what it was to do.
    #[error("`{}` failed ({status}):\n{said}", program.display())]
    Failed {
        /// Which program.
        program: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// Its stderr.
        said: String,
    },
    /// A server did not come up.
    #[error("`{}` does not start:\n{log}", program.display())]
    NoServer {
        /// Which program.
        program: PathBuf,
        /// What it said.
        log: String,
    },
    /// A run that copies less is not a faster one.
    #[error("{who} left {found} keys in the destination, not {expected}")]
    Incomplete {
        /// Which contestant.
        who: &'static str,
        /// Keys there.
        found: u64,
        /// Keys wanted.
        expected: u64,
    },
    /// The destination did not take what a baseline sent.
    #[error("{who} were not taken: {error}")]
    Refused {
        /// Which baseline.
        who: &'static str,
        /// What was answered, or how the connection ended.
        error: io::Error,
    },
    /// A full sync that does not come to its end.
    #[error("the full sync has not ended after {seconds} s")]
    NoSync {
        /// How long it was given.
        seconds: u64,
    },
    /// A file of results.
    #[error("`{}`: {error}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        error: io::Error,
    },
}
