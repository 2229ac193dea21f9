//! A look at a whole file, of which nothing is moved.

use std::collections::BTreeMap;
use std::thread;
use std::time::SystemTime;

use tokio::sync::oneshot;

use super::facts::BackupFacts;
use super::open::unread;
use super::preamble::Preamble;
use super::stream::Stream;
use crate::error::{BackupError, BackupProblem};
use crate::job::BackupPath;
use crate::rdb::{Checksum, KeyRecord, RdbError, Reader, Record};

/// What a file holds.
#[derive(Debug)]
pub struct Survey {
    /// What it says about itself.
    pub facts: BackupFacts,
    /// Its keys, by database and by the name that `TYPE` gives.
    pub keys: BTreeMap<(u64, String), SurveyedKeys>,
    /// Libraries of functions.
    pub libraries: u64,
    /// What its end says about the bytes before.
    pub checksum: Checksum,
}

/// Keys of one type in one database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SurveyedKeys {
    /// How many.
    pub keys: u64,
    /// Those of them that expire, or have.
    pub expiring: u64,
    /// Those of them that have expired by the clock here.
    pub expired: u64,
    /// Bytes that their values take in the file.
    pub bytes: u64,
}

/// Reads a file to its end.
///
/// # Errors
///
/// It cannot be opened, or not be read to its end: it is damaged somewhere.
pub async fn survey(path: &BackupPath) -> Result<Survey, BackupError> {
    let (tell, told) = oneshot::channel();
    let owned = path.clone();
    let unopened = |why: String| BackupError::of(path, BackupProblem::Unopened(why));
    // A thread that nobody waits for: whoever is told to end does so, whatever a pipe has to say.
    let spawned = thread::Builder::new().name("survey".to_owned()).spawn(move || drop(tell.send(read(&owned))));
    spawned.map_err(|error| unopened(error.to_string()))?;
    told.await.unwrap_or_else(|_| Err(unopened("its thread has ended".to_owned())))
}

fn read(path: &BackupPath) -> Result<Survey, BackupError> {
    let Stream { bytes, size, .. } = Stream::open(path)?;
    let mut reader = Reader::new(bytes);
    reader.keep_values(false);
    counted(path, size, reader).map_err(|error| unread(path, &error))
}

fn counted<R: std::io::Read>(path: &BackupPath, size: Option<u64>, mut reader: Reader<R>) -> Result<Survey, RdbError> {
    let Preamble { facts, next } = Preamble::read(path, size, &mut reader)?;
    let mut survey = Survey { facts, keys: BTreeMap::new(), libraries: 0, checksum: Checksum::Absent };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let mut db = 0;
    for record in next.map(Ok).into_iter().chain(reader) {
        match record? {
            Record::SelectDb(index) => db = index,
            Record::Function(_) => survey.libraries += 1,
            Record::Key(key) => survey.count(db, &key, now),
            Record::End(checksum) => survey.checksum = checksum,
            Record::Header(_) | Record::Aux { .. } | Record::ResizeDb { .. } => {}
        }
    }
    Ok(survey)
}

impl Survey {
    fn count(&mut self, db: u64, key: &KeyRecord, now: u128) {
        let counted = self.keys.entry((db, key.type_name.to_string())).or_default();
        counted.keys += 1;
        counted.expiring += u64::from(key.expires_at.is_some());
        counted.expired += u64::from(key.expires_at.is_some_and(|at| u128::from(at) <= now));
        counted.bytes += key.length;
    }
}
