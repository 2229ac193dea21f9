//! A file that keys are read from.

use std::thread;

use tokio::sync::mpsc::{self, Receiver};
use tokio::sync::{Mutex, oneshot};

use super::facts::BackupFacts;
use super::feed::{Batch, FileReader};
use super::preamble::Preamble;
use super::read_ahead::ReadAhead;
use super::stream::Stream;
use crate::budget::FILE_PAGES_AHEAD;
use crate::error::{BackupError, BackupProblem, Stop};
use crate::job::{self, BackupPath};
use crate::rdb::{RdbError, Reader};
use crate::source::Page;

/// A file that keys are read from, once.
#[derive(Debug)]
pub struct Backup {
    facts: BackupFacts,
    batches: Mutex<Receiver<Batch>>,
}

impl Backup {
    /// Opens a file, and learns what it says about itself. Without `wants_values`, keys come without them.
    ///
    /// # Errors
    ///
    /// It cannot be opened, or does not begin as an RDB file does.
    pub async fn open(backup: &job::Backup, wants_values: bool) -> Result<Self, BackupError> {
        let (tell, told) = oneshot::channel();
        let (batches, read) = mpsc::channel(FILE_PAGES_AHEAD);
        let job = backup.clone();
        // Not one of the runtime's threads: the end of a run does not wait for a pipe that nobody fills.
        let begin = move || begin(&job, wants_values, batches);
        let spawned = thread::Builder::new().name("backup".to_owned()).spawn(move || match begin() {
            Ok((reader, Preamble { facts, next })) => {
                // If nobody is told, nobody listens, and that is seen at the first page.
                let _ = tell.send(Ok(facts));
                reader.run(next);
            }
            Err(error) => drop(tell.send(Err(error))),
        });
        let unopened = |why: String| BackupError::of(&backup.rdb, BackupProblem::Unopened(why));
        spawned.map_err(|error| unopened(error.to_string()))?;
        let facts = told.await.unwrap_or_else(|_| Err(unopened("its thread has ended".to_owned())))?;
        Ok(Self { facts, batches: Mutex::new(read) })
    }

    /// What it says about itself.
    #[must_use]
    pub fn file_facts(&self) -> &BackupFacts {
        &self.facts
    }

    /// What comes next; `None` at the end. Not to be asked again after that.
    ///
    /// # Errors
    ///
    /// It cannot be read to its end.
    pub(super) async fn next_page(&self) -> Result<Option<Page>, Stop> {
        match self.batches.lock().await.recv().await {
            Some(Batch::Page(page)) => Ok(Some(page)),
            Some(Batch::Damaged(error)) => Err(error.into()),
            Some(Batch::End) => Ok(None),
            None => Err(Stop::Internal(format!("whoever reads the backup `{}` has ended before it", self.facts.name))),
        }
    }
}

fn begin(
    backup: &job::Backup,
    wants_values: bool,
    batches: mpsc::Sender<Batch>,
) -> Result<(FileReader, Preamble), BackupError> {
    let path = backup.rdb.clone();
    let Stream { bytes, size, read } = Stream::open(&path)?;
    let mut reader = Reader::new(bytes);
    reader.keep_values(wants_values);
    let preamble = Preamble::read(&path, size, &mut reader).map_err(|error| unread(&path, &error))?;
    let (databases, room) = (backup.db, ReadAhead::new());
    Ok((FileReader { path, reader, read, size, databases, wants_values, room, batches }, preamble))
}

/// A file that is none, or is damaged.
pub(super) fn unread(path: &BackupPath, error: &RdbError) -> BackupError {
    BackupError::of(path, BackupProblem::Unread(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rdb::FileHeader;
    use crate::version::Flavour;

    #[tokio::test]
    async fn an_end_without_a_word_is_no_end_of_the_file() {
        let (batches, read) = mpsc::channel(1);
        let facts =
            BackupFacts::of(&BackupPath::StandardInput, None, FileHeader { flavour: Flavour::Redis, version: 9 });
        let backup = Backup { facts, batches: Mutex::new(read) };
        batches.send(Batch::Page(Page::default())).await.unwrap();
        // As a thread does that panics.
        drop(batches);
        assert!(matches!(backup.next_page().await, Ok(Some(_))));
        assert!(matches!(backup.next_page().await, Err(Stop::Internal(_))));
    }
}
