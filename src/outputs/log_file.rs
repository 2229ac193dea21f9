//! The files of a run that get a line for each failed key, or for each difference.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;

use super::Patience;
use super::claim::Claim;
use super::handle::{self, Opening};
use super::place::Place;
use crate::error::Stop;

/// The error logs of a run, or its differences files. Jobs whose paths lead to one file share it.
#[derive(Clone, Debug, Default)]
pub struct OpenLogs {
    pub(super) by_job: HashMap<String, OpenLog>,
}

impl OpenLogs {
    /// The log of a job.
    pub fn of(&self, job: &str) -> Option<&OpenLog> {
        self.by_job.get(job)
    }

    /// Whether this run has written to the log of a job, for this job or for another one that shares the log.
    pub fn has_lines(&self, job: &str) -> bool {
        self.of(job).is_some_and(|log| log.file.has_lines.get())
    }
}

/// The log of one job.
#[derive(Clone, Debug)]
pub struct OpenLog {
    /// As the job gives it.
    pub(super) path: PathBuf,
    pub(super) file: Rc<LogFile>,
}

/// One file, of one job or several.
#[derive(Debug)]
pub(super) struct LogFile {
    state: RefCell<State>,
    patience: Patience,
    has_lines: Cell<bool>,
    /// The first error. Nothing is written after it, because a failed write may have left half a line.
    error: RefCell<Option<String>>,
}

#[derive(Debug)]
pub(super) enum State {
    Open(File),
    /// The first line creates it, because a run without errors has no error log, and one without differences no
    /// differences file.
    Missing {
        place: Place,
        _claim: Option<Claim>,
    },
}

impl LogFile {
    pub(super) fn new(state: State, patience: Patience) -> Self {
        Self { state: state.into(), patience, has_lines: Cell::new(false), error: RefCell::default() }
    }

    fn write(&self, line: &str) -> io::Result<()> {
        let mut state = self.state.borrow_mut();
        if let State::Missing { place, .. } = &*state {
            let handle = handle::create(place, Opening::Log)?;
            // A run on another machine may have created and locked it. Both append to it, so no line is lost.
            let _ = handle.lock();
            *state = State::Open(handle.file);
        }
        match &*state {
            State::Open(file) => self.patience.write_all(file, line.as_bytes()),
            State::Missing { .. } => Ok(()),
        }
    }
}

impl OpenLog {
    /// Writes a line without a buffer: a job has few more failed keys than `max_errored_keys`, and a difference costs much
    /// more time than its line.
    ///
    /// # Errors
    ///
    /// [`Stop::Output`], if this line or an earlier one could not be written.
    pub fn write(&self, line: &str) -> Result<(), Stop> {
        self.check()?;
        self.file.has_lines.set(true);
        if let Err(error) = self.file.write(line) {
            self.file.error.replace(Some(error.to_string()));
        }
        self.check()
    }

    /// Checks that all lines so far were written.
    ///
    /// # Errors
    ///
    /// [`Stop::Output`], if one was not.
    pub fn check(&self) -> Result<(), Stop> {
        match self.file.error.borrow().clone() {
            Some(message) => Err(Stop::Output { path: self.path.clone(), message }),
            None => Ok(()),
        }
    }
}
