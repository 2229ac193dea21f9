//! Reads a whole file to count its keys.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::thread;
use std::time::SystemTime;

use tokio::sync::oneshot;

use super::facts::BackupFacts;
use super::notes::Notes;
use super::open::unread;
use super::preamble::Preamble;
use super::stream::BackupStream;
use crate::error::{BackupError, BackupProblem};
use crate::job::BackupPath;
use crate::rdb::{Checksum, KeyRecord, RdbError, Reader, Record};

/// The contents of a file.
#[derive(Debug)]
pub struct Survey {
    pub facts: BackupFacts,
    /// By database and type, as `TYPE` returns it.
    pub keys: BTreeMap<(u64, Cow<'static, str>), SurveyedKeys>,
    /// The number of function libraries.
    pub libraries: u64,
    pub checksum: Checksum,
    /// What a run would warn about.
    pub notes: Vec<String>,
}

/// Keys of one type in one database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SurveyedKeys {
    pub keys: u64,
    /// Keys that have an expiry, expired or not.
    pub expiring: u64,
    /// Keys that have expired, by the local clock.
    pub expired: u64,
    /// The size of the values in the file, in bytes.
    pub bytes: u64,
}

/// Reads a file from the first byte to the last.
pub async fn survey(path: &BackupPath) -> Result<Survey, BackupError> {
    let (send, survey) = oneshot::channel();
    let owned = path.clone();
    let unopened = |why: String| BackupError::of(path, BackupProblem::Unopened(why));
    // Not a thread of the runtime: otherwise the end of a run would wait for a pipe without data.
    let spawned = thread::Builder::new().name("survey".to_owned()).spawn(move || drop(send.send(read(&owned))));
    spawned.map_err(|error| unopened(error.to_string()))?;
    survey.await.unwrap_or_else(|_| Err(unopened("the thread that reads it ended".to_owned())))
}

fn read(path: &BackupPath) -> Result<Survey, BackupError> {
    let BackupStream { bytes, size, .. } = BackupStream::open(path)?;
    let mut reader = Reader::new(bytes);
    reader.keep_values(false);
    counted(path, size, reader).map_err(|error| unread(path, &error))
}

fn counted<R: std::io::Read>(path: &BackupPath, size: Option<u64>, mut reader: Reader<R>) -> Result<Survey, RdbError> {
    let Preamble { facts, next } = Preamble::read(path, size, &mut reader)?;
    let mut notes = Notes::of(&facts);
    let (keys, checksum) = (BTreeMap::new(), Checksum::Absent);
    let mut survey = Survey { facts, keys, libraries: 0, checksum, notes: Vec::new() };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let mut db = 0;
    for record in next.map(Ok).into_iter().chain(reader) {
        match record? {
            Record::SelectDb(index) => db = index,
            Record::Function(_) => survey.libraries += 1,
            Record::Key(key) => survey.count(db, key, now),
            Record::End(checksum) => survey.checksum = checksum,
            other => survey.notes.extend(notes.about(&other)),
        }
    }
    Ok(survey)
}

impl Survey {
    fn count(&mut self, db: u64, key: KeyRecord, now: u128) {
        let counted = self.keys.entry((db, key.type_name)).or_default();
        counted.keys += 1;
        counted.expiring += u64::from(key.expires_at.is_some());
        counted.expired += u64::from(key.expires_at.is_some_and(|at| u128::from(at) <= now));
        counted.bytes += key.length;
    }
}
