//! The checkpoint of one job during a run.

use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fingerprint::Fingerprint;
use super::format::FORMAT_VERSION;
use super::problem::CheckpointProblem;
use super::record::{Record, State};
use super::writer::{Closed, Writer};
use crate::error::Stop;
use crate::outputs::CheckpointFile;

/// The checkpoint of one job during a run: `begin`, then `record` as often as there is progress, then `finish`. `W` is what
/// the walk needs to continue.
#[derive(Debug)]
pub struct Checkpoint<W> {
    job: String,
    path: PathBuf,
    found: Option<Record<W>>,
    fingerprint: Option<Fingerprint>,
    file: Option<CheckpointFile>,
    writer: Option<Writer>,
    /// What the writer has not reported before it ended.
    news: Option<String>,
}

impl<W: Serialize + DeserializeOwned> Checkpoint<W> {
    /// Reads the record, if there is one.
    pub fn open(file: CheckpointFile) -> Result<Self, CheckpointProblem> {
        let bytes = file.read().map_err(|error| CheckpointProblem::Unread(error.to_string()))?;
        let found = bytes.map(|bytes| Record::parse(&bytes)).transpose()?;
        Ok(Self { found, ..Self::empty(file) })
    }

    /// Without the record in the file, which the first new one replaces.
    pub fn empty(file: CheckpointFile) -> Self {
        let (job, path) = (file.job().to_owned(), file.path().to_owned());
        Self { job, path, found: None, fingerprint: None, file: Some(file), writer: None, news: None }
    }

    pub fn job(&self) -> &str {
        &self.job
    }

    pub fn path(&self) -> &PathBuf {
        &self.path
    }

    /// The record of an earlier run.
    pub fn found(&self) -> Option<&Record<W>> {
        self.found.as_ref()
    }

    /// The earlier run has finished, and this is another one.
    pub fn forget(&mut self) {
        self.found = None;
    }

    /// What keeps the job from continuing where the earlier run was, in sentences. Empty without such a run.
    pub fn differences(&self, now: &Fingerprint) -> Vec<String> {
        let found = self.found.as_ref().filter(|found| found.state != State::Finished);
        found.map(|found| now.differences(&found.fingerprint)).unwrap_or_default()
    }

    /// Where the earlier run was, if the job continues there.
    pub fn continued(&self, now: &Fingerprint) -> Option<&W> {
        let found = self.found.as_ref().filter(|found| found.state != State::Finished)?;
        now.differences(&found.fingerprint).is_empty().then_some(&found.walk)
    }

    /// The job begins here, whether it continues or not. Writes the first record. If the job is walked again, this is called
    /// again.
    ///
    /// # Errors
    ///
    /// Another run has taken the place meanwhile, or the system provides no thread. A full disk is no error: see
    /// [`Checkpoint::news`].
    pub fn begin(&mut self, fingerprint: Fingerprint, keys: u64, walk: &W) -> Result<(), Stop> {
        self.fingerprint = Some(fingerprint);
        let Some(mut file) = self.file.take() else {
            self.record(keys, walk);
            return Ok(());
        };
        let first = file.write(&self.bytes(State::Running, keys, walk));
        if let Err(error) = &first
            && error.kind() == io::ErrorKind::AlreadyExists
        {
            return Err(self.cannot_begin("it is in use by another run".to_owned()));
        }
        self.writer = Some(Writer::start(file, first).map_err(|error| self.cannot_begin(error.to_string()))?);
        Ok(())
    }

    /// The job has come this far. Never waits: a newer record replaces one that is not written yet.
    pub fn record(&self, keys: u64, walk: &W) {
        if let Some(writer) = &self.writer {
            writer.put(self.bytes(State::Running, keys, walk));
        }
    }

    /// A warning, once: a record could not be written. The next ones are tried again.
    pub fn news(&mut self) -> Option<String> {
        let reason = self.news.take().or_else(|| self.writer.as_ref()?.news())?;
        Some(format!(
            "the checkpoint `{}` cannot be written: {reason}; the job goes on, and further records are tried",
            self.path.display()
        ))
    }

    /// The job has ended. Waits until this record is written. Does nothing if the job has not begun.
    ///
    /// # Errors
    ///
    /// The record cannot be written, so a later run cannot continue from here.
    pub fn finish(&mut self, state: State, keys: u64, walk: &W) -> Result<(), Stop> {
        let Some(writer) = self.writer.take() else { return Ok(()) };
        writer.put(self.bytes(state, keys, walk));
        let Closed { file, failure, news } = writer.close();
        (self.file, self.news) = (file, news.filter(|_| failure.is_none()));
        let failed = |message| Stop::Checkpoint { path: self.path.clone(), message };
        failure.map_or(Ok(()), |reason| Err(failed(reason)))
    }

    /// Removes the file: every job of the run is done.
    ///
    /// # Errors
    ///
    /// It cannot be removed.
    pub fn remove(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), CheckpointFile::remove)
    }

    fn bytes(&self, state: State, keys: u64, walk: &W) -> Vec<u8> {
        let fingerprint = self.fingerprint.as_ref().expect("`begin` sets it");
        Record {
            format_version: FORMAT_VERSION,
            job: self.job.clone(),
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            written_at: SystemTime::now(),
            state,
            keys,
            fingerprint: fingerprint.clone(),
            walk,
        }
        .to_bytes()
    }

    fn cannot_begin(&self, message: String) -> Stop {
        Stop::Output { path: self.path.clone(), message }
    }
}
