//! Opens a file as a source.

use std::cell::RefCell;
use std::thread;

use tokio::sync::mpsc::{self, Receiver};
use tokio::sync::{Mutex, oneshot};

use super::facts::BackupFacts;
use super::feed::{Batch, FileReader};
use super::notes::Notes;
use super::preamble::Preamble;
use super::read_ahead::ReadAhead;
use super::stream::BackupStream;
use crate::budget::FILE_PAGES_AHEAD;
use crate::error::{BackupError, BackupProblem, Stop};
use crate::job::{self, BackupPath};
use crate::rdb::{RdbError, Reader};
use crate::server::KeysByDb;
use crate::source::Page;

/// A file that keys are read from, once.
#[derive(Debug)]
pub struct BackupSource {
    facts: BackupFacts,
    batches: Mutex<Receiver<Batch>>,
    passed_over: RefCell<KeysByDb>,
}

impl BackupSource {
    /// Opens a file and reads its preamble.
    pub async fn open(backup: &job::Backup) -> Result<Self, BackupError> {
        let (opened, facts) = oneshot::channel();
        let (batches, read) = mpsc::channel(FILE_PAGES_AHEAD);
        let job = backup.clone();
        // Not a thread of the runtime: otherwise the end of a run would wait for a pipe without data.
        let begin = move || begin(&job, batches);
        let spawned = thread::Builder::new().name("backup".to_owned()).spawn(move || match begin() {
            Ok((reader, Preamble { facts, next })) => {
                // If the receiver was dropped, so was that of the pages, and `run` returns at the first page.
                let _ = opened.send(Ok(facts));
                reader.run(next);
            }
            Err(error) => drop(opened.send(Err(error))),
        });
        let unopened = |why: String| BackupError::of(&backup.rdb, BackupProblem::Unopened(why));
        spawned.map_err(|error| unopened(error.to_string()))?;
        let facts = facts.await.unwrap_or_else(|_| Err(unopened("the thread that reads it ended".to_owned())))?;
        Ok(Self { facts, batches: Mutex::new(read), passed_over: RefCell::default() })
    }

    pub fn file_facts(&self) -> &BackupFacts {
        &self.facts
    }

    /// Keys that were not returned, by database.
    pub(super) fn passed_over(&self) -> KeysByDb {
        self.passed_over.borrow().clone()
    }

    /// The next page; `None` at the end of the file. Must not be called again after that.
    pub(super) async fn next_page(&self) -> Result<Option<Page>, Stop> {
        match self.batches.lock().await.recv().await {
            Some(Batch::Page(page)) => {
                if page.passed_over > 0 {
                    *self.passed_over.borrow_mut().entry(page.passed_over_db).or_default() += page.passed_over;
                }
                Ok(Some(page))
            }
            Some(Batch::Damaged(error)) => Err(error.into()),
            Some(Batch::End) => Ok(None),
            None => Err(Stop::Internal(format!(
                "the thread that reads the backup `{}` ended before the file did",
                self.facts.name
            ))),
        }
    }
}

fn begin(backup: &job::Backup, batches: mpsc::Sender<Batch>) -> Result<(FileReader, Preamble), BackupError> {
    let path = backup.rdb.clone();
    let BackupStream { bytes, size, read } = BackupStream::open(&path)?;
    let mut reader = Reader::new(bytes);
    let preamble = Preamble::read(&path, size, &mut reader).map_err(|error| unread(&path, &error))?;
    let (databases, read_ahead, notes) = (backup.db.clone(), ReadAhead::new(), Notes::of(&preamble.facts));
    Ok((FileReader { path, reader, read, size, databases, read_ahead, notes, batches }, preamble))
}

/// The error for a file that is damaged, or is not an RDB file.
pub(super) fn unread(path: &BackupPath, error: &RdbError) -> BackupError {
    BackupError::of(path, BackupProblem::Unread(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rdb::FileHeader;
    use crate::version::Flavour;

    #[tokio::test]
    async fn a_thread_that_fails_is_not_the_end_of_the_file() {
        let (batches, read) = mpsc::channel(1);
        let facts =
            BackupFacts::of(&BackupPath::StandardInput, None, FileHeader { flavour: Flavour::Redis, version: 9 });
        let backup = BackupSource { facts, batches: Mutex::new(read), passed_over: RefCell::default() };
        batches.send(Batch::Page(Page::default())).await.unwrap();
        // As if the thread had panicked.
        drop(batches);
        assert!(matches!(backup.next_page().await, Ok(Some(_))));
        assert!(matches!(backup.next_page().await, Err(Stop::Internal(_))));
    }
}
