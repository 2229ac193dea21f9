//! Opens a file as a source.

use std::cell::RefCell;
use std::fs::{self, Metadata};
use std::thread;

use tokio::sync::mpsc::{self, Receiver};
use tokio::sync::{Mutex, oneshot};

use super::cluster_slots::ClusterSlots;
use super::facts::BackupFacts;
use super::feed::{Batch, FileReader, Sizes};
use super::file_tallies::FileTallies;
use super::notes::Notes;
use super::preamble::Preamble;
use super::read_ahead::ReadAhead;
use super::stream::BackupStream;
use crate::budget::FILE_PAGES_AHEAD;
use crate::error::{BackupError, BackupProblem, Stop};
use crate::job::{self, BackupPath, Databases};
use crate::outcome::FileTally;
use crate::rdb::{RdbError, Reader, Record};
use crate::server::KeysByDb;
use crate::source::{LaneId, Page, Positions, offset};

/// A file that keys are read from, once.
#[derive(Debug)]
pub struct BackupSource {
    facts: BackupFacts,
    batches: Mutex<Receiver<Batch>>,
    /// Starts the walk.
    begin: std::sync::mpsc::Sender<Positions>,
    passed_over: RefCell<KeysByDb>,
    files: RefCell<FileTallies>,
}

impl BackupSource {
    /// Opens the first file and reads its preamble.
    pub async fn open(backup: &job::Backup) -> Result<Self, BackupError> {
        let (opened, facts) = oneshot::channel();
        let (batches, read) = mpsc::channel(FILE_PAGES_AHEAD);
        let (begin, positions) = std::sync::mpsc::channel();
        let backup_of_thread = backup.clone();
        let read_all = move || {
            let files = Files::of(&backup_of_thread, batches);
            match files.begin(0, ClusterSlots::default()) {
                Ok((reader, Preamble { facts, next })) => {
                    // If the receiver was dropped, so was the sender of the positions.
                    let _ = opened.send(Ok(facts));
                    if let Ok(from) = positions.recv() {
                        files.read(reader, next, &from);
                    }
                }
                Err(error) => drop(opened.send(Err(error))),
            }
        };
        // Not a thread of the runtime: otherwise the end of a run would wait for a pipe without data.
        let spawned = thread::Builder::new().name("backup".to_owned()).spawn(read_all);
        let unopened = |why: String| BackupError::of(&backup.files[0], BackupProblem::Unopened(why));
        spawned.map_err(|error| unopened(error.to_string()))?;
        let mut facts = facts.await.unwrap_or_else(|_| Err(unopened("the thread that reads it ended".to_owned())))?;
        facts.name = backup.to_string();
        Ok(Self {
            facts,
            batches: Mutex::new(read),
            begin,
            passed_over: RefCell::default(),
            files: RefCell::new(FileTallies::of(&backup.files)),
        })
    }

    pub fn file_facts(&self) -> &BackupFacts {
        &self.facts
    }

    /// What was read of each file.
    pub fn files(&self) -> Vec<FileTally> {
        self.files.borrow().each().to_vec()
    }

    /// Keys that were not returned, by database.
    pub(super) fn passed_over(&self) -> KeysByDb {
        self.passed_over.borrow().clone()
    }

    /// Starts the walk, each file at its position.
    pub(super) fn begin(&self, from: Positions) {
        // If the thread has ended, the next page reports that.
        let _ = self.begin.send(from);
    }

    /// The next page; `None` at the end of the file. Must not be called again after that.
    pub(super) async fn next_page(&self) -> Result<Option<Page>, Stop> {
        match self.batches.lock().await.recv().await {
            Some(Batch::Page(page, skipped)) => {
                if page.passed_over > 0 {
                    *self.passed_over.borrow_mut().entry(page.passed_over_db).or_default() += page.passed_over;
                }
                self.files.borrow_mut().count(&page, skipped);
                Ok(Some(page))
            }
            Some(Batch::Damaged(lane, error)) => {
                self.files.borrow_mut().damaged(lane);
                Err(error.into())
            }
            Some(Batch::End) => {
                self.files.borrow_mut().ended();
                Ok(None)
            }
            None => Err(Stop::Internal(format!(
                "the thread that reads the backup `{}` ended before the file did",
                self.facts.name
            ))),
        }
    }
}

/// The files of a job, which are read one after another.
struct Files {
    paths: Vec<BackupPath>,
    databases: Databases,
    read_ahead: ReadAhead,
    batches: mpsc::Sender<Batch>,
}

impl Files {
    fn of(backup: &job::Backup, batches: mpsc::Sender<Batch>) -> Self {
        Self { paths: backup.files.clone(), databases: backup.db.clone(), read_ahead: ReadAhead::new(), batches }
    }

    /// Opens a file and reads its preamble.
    fn begin(&self, lane: LaneId, slots: ClusterSlots) -> Result<(FileReader, Preamble), BackupError> {
        let path = self.paths[lane].clone();
        let BackupStream { bytes, size, read } = BackupStream::open(&path)?;
        let mut reader = Reader::new(bytes);
        let preamble = Preamble::read(&path, size, &mut reader).map_err(|error| unread(&path, &error))?;
        let file = FileReader {
            lane,
            origin: preamble.facts.origin(),
            reader,
            read,
            sizes: self.sizes(lane, size),
            databases: self.databases.clone(),
            from: 0,
            read_ahead: self.read_ahead.clone(),
            is_last: lane + 1 == self.paths.len(),
            slots,
            notes: Notes::of(&preamble.facts),
            batches: self.batches.clone(),
            path,
        };
        Ok((file, preamble))
    }

    /// The sizes of the files before this one, and of all; `None` if a size is unknown.
    fn sizes(&self, lane: LaneId, size: Option<u64>) -> Option<Sizes> {
        if let [_] = self.paths.as_slice() {
            return size.map(|all| Sizes { before: 0, all });
        }
        let size = |path: &BackupPath| match path {
            BackupPath::File(path) => fs::metadata(path).ok().filter(Metadata::is_file).map(|file| file.len()),
            BackupPath::StandardInput => None,
        };
        let sizes: Vec<u64> = self.paths.iter().map(size).collect::<Option<_>>()?;
        Some(Sizes { before: sizes[..lane].iter().sum(), all: sizes.iter().sum() })
    }

    /// Reads all files, each from its position, until one is damaged or the job ends. The first is open.
    fn read(&self, first: FileReader, next: Option<Record>, from: &Positions) {
        let Some(mut slots) = (FileReader { from: offset(from, 0), ..first }).run(next, None) else { return };
        for lane in 1..self.paths.len() {
            match self.begin(lane, slots) {
                Ok((reader, Preamble { facts, next })) => {
                    let warning = facts.begins_aof.then(|| facts.aof_warning());
                    let Some(read) = (FileReader { from: offset(from, lane), ..reader }).run(next, warning) else {
                        return;
                    };
                    slots = read;
                }
                Err(error) => return drop(self.batches.blocking_send(Batch::Damaged(lane, error))),
            }
        }
        // If the job has ended, the receiver was dropped.
        let _ = self.batches.blocking_send(Batch::End);
    }
}

/// The error for a file that is damaged, or is not an RDB file.
pub(super) fn unread(path: &BackupPath, error: &RdbError) -> BackupError {
    BackupError::of(path, BackupProblem::Unread(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::FileStatus;
    use crate::rdb::FileHeader;
    use crate::source::Position;
    use crate::version::Flavour;

    #[tokio::test]
    async fn a_thread_that_fails_is_not_the_end_of_the_file() {
        let (batches, read) = mpsc::channel(1);
        let facts =
            BackupFacts::of(&BackupPath::StandardInput, None, FileHeader { flavour: Flavour::Redis, version: 9 });
        let backup = BackupSource {
            facts,
            batches: Mutex::new(read),
            begin: std::sync::mpsc::channel().0,
            passed_over: RefCell::default(),
            files: RefCell::new(FileTallies::of(&[BackupPath::StandardInput])),
        };
        batches.send(Batch::Page(Page::default(), 0)).await.unwrap();
        // As if the thread had panicked.
        drop(batches);
        assert!(matches!(backup.next_page().await, Ok(Some(_))));
        assert!(matches!(backup.next_page().await, Err(Stop::Internal(_))));
    }

    #[tokio::test]
    async fn files_continue_at_their_positions_and_count_the_keys_of_all_walks() {
        let file = |keys: usize| {
            let file = tempfile::NamedTempFile::new().unwrap();
            let keys = [0, 1, b'k', 1, b'v'].repeat(keys);
            std::fs::write(file.path(), [&b"REDIS0003"[..], &keys, &[0xff]].concat()).unwrap();
            file
        };
        let files = [file(1500), file(2500), file(10)];
        let paths = files.iter().map(|file| BackupPath::File(file.path().to_owned())).collect();
        let backup = job::Backup { files: paths, db: Databases::One(0) };
        let source = BackupSource::open(&backup).await.unwrap();
        source.begin(Positions::from([(0, Position::Offset(9 + 7501)), (1, Position::Offset(9 + 5000))]));
        let mut keys = [0; 3];
        while let Some(page) = source.next_page().await.unwrap() {
            keys[page.lane] += page.keys.len();
        }
        assert_eq!(keys, [0, 1500, 10]);
        assert!(source.files().iter().all(|file| file.status == FileStatus::Read));
        assert_eq!(source.files().iter().map(|file| file.keys).collect::<Vec<_>>(), [1500, 2500, 10]);
    }
}
