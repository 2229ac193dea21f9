//! The thread that reads a file: decodes records, and sends pages.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc::Sender;

use super::cluster_slots::ClusterSlots;
use super::notes::Notes;
use super::read_ahead::ReadAhead;
use crate::budget::{FILE_PAGE_BYTES, FILE_PAGE_KEYS};
use crate::error::{BackupError, BackupProblem};
use crate::job::{BackupPath, Databases};
use crate::payload::Origin;
use crate::rdb::{KeyRecord, Reader, Record, Value};
use crate::source::{HeldValue, LaneId, Page, Position, SourceKey};

/// A message from the thread that reads a file. `Damaged` or `End` is the last one.
#[derive(Debug)]
pub enum Batch {
    /// Keys, and the number of those that were skipped before them.
    Page(Page, u64),
    /// The file with this number cannot be read further.
    Damaged(LaneId, BackupError),
    /// The file was read completely. If the channel closes without `Damaged` or `End`, the thread has failed.
    End,
}

/// Reads a file and sends its keys in pages.
pub(super) struct FileReader {
    pub path: BackupPath,
    /// The number of the file.
    pub lane: LaneId,
    pub origin: Origin,
    pub reader: Reader<Box<dyn Read + Send>>,
    pub read: Arc<AtomicU64>,
    /// `None` if a file is a pipe.
    pub sizes: Option<Sizes>,
    pub databases: Databases,
    /// An earlier walk returned the keys up to this offset.
    pub from: u64,
    pub read_ahead: ReadAhead,
    /// Whether no other file follows.
    pub is_last: bool,
    /// The slots of a cluster that this file and those before it report.
    pub slots: ClusterSlots,
    /// What the user has to know, once.
    pub notes: Notes,
    pub batches: Sender<Batch>,
}

/// The sizes of the files that were read before, and of all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub before: u64,
    pub all: u64,
}

/// No more pages are needed, or can be read.
struct Closed;

impl FileReader {
    /// Reads to the end of the file, or until the job ends; blocks while the channel is full. `first` was read before,
    /// and `warning` is about the beginning of the file. Returns the slots if
    /// it has reached the end.
    pub fn run(mut self, first: Option<Record>, warning: Option<String>) -> Option<ClusterSlots> {
        let mut page = PartialPage { page: Page { warning, ..Page::default() }, ..PartialPage::default() };
        self.select(page.db);
        let mut next = first.map(Ok);
        while let Some(record) = next.take().or_else(|| self.reader.next()) {
            let handled = match record {
                Ok(record) => self.handle(record, &mut page),
                Err(error) => self.give_up(BackupProblem::Unread(error.to_string()), &mut page),
            };
            if handled.is_err() {
                return None;
            }
        }
        self.slots.end_file();
        self.end(&mut page).is_ok().then_some(self.slots)
    }

    fn handle(&mut self, record: Record, page: &mut PartialPage) -> Result<(), Closed> {
        if let Record::Key(_) = record {
            self.slots.key();
        }
        let is_skipped = self.from > 0 && self.reader.offset() <= self.from;
        if is_skipped && self.reader.offset() == self.from {
            self.select(page.db);
        }
        match record {
            Record::SelectDb(db) => {
                self.send(page)?;
                page.db = db;
                self.select(db);
            }
            Record::Function(payload) => page.page.libraries.push(payload),
            Record::Key(_) if is_skipped => self.skip(page)?,
            Record::Key(_) if !self.databases.contains(page.db) => self.pass_over(page)?,
            Record::Key(key) => self.add(key, page)?,
            Record::NotCarried(_) | Record::Commands => self.note(&record, page)?,
            // What follows may be waited for, so the last keys are passed on before.
            Record::End(_) => self.send(page)?,
            Record::Slot(slot) => self.slots.slot(slot),
            Record::Header(_) | Record::Aux { .. } | Record::ResizeDb { .. } => {}
        }
        Ok(())
    }

    /// The keys that follow are those of this database.
    fn select(&mut self, db: u64) {
        self.reader.keep_values(self.databases.contains(db) && self.reader.offset() >= self.from);
    }

    /// A page has only one warning.
    fn note(&mut self, record: &Record, page: &mut PartialPage) -> Result<(), Closed> {
        let Some(note) = self.notes.about(record) else { return Ok(()) };
        self.warn(note, page)
    }

    fn warn(&self, warning: String, page: &mut PartialPage) -> Result<(), Closed> {
        if page.page.warning.is_some() {
            self.send(page)?;
        }
        page.page.warning = Some(warning);
        Ok(())
    }

    /// Sends what is left after the end of the file: only a warning can be.
    fn end(&self, page: &mut PartialPage) -> Result<(), Closed> {
        if self.is_last
            && let Some(warning) = self.slots.warning()
        {
            self.warn(warning, page)?;
        }
        if page.page.warning.is_some() { self.send(page) } else { Ok(()) }
    }

    /// Counts a key of another database. A page without keys is sent at times, to report the position, and to find out
    /// whether the job has ended.
    fn pass_over(&self, page: &mut PartialPage) -> Result<(), Closed> {
        page.page.passed_over += 1;
        if page.page.passed_over >= FILE_PAGE_KEYS as u64 { self.send(page) } else { Ok(()) }
    }

    /// Passes over a key that an earlier walk returned or passed over.
    fn skip(&self, page: &mut PartialPage) -> Result<(), Closed> {
        page.skipped += u64::from(self.databases.contains(page.db));
        page.unsent += 1;
        if page.unsent >= FILE_PAGE_KEYS { self.send(page) } else { Ok(()) }
    }

    fn add(&self, record: KeyRecord, page: &mut PartialPage) -> Result<(), Closed> {
        let Ok(db) = u16::try_from(page.db) else {
            return self.give_up(BackupProblem::NoSuchDatabase(page.db), page);
        };
        let KeyRecord { key, expires_at, type_name, value, .. } = record;
        if value == Value::Skipped {
            let why = format!("no record ends at byte {}, where the walk continues", self.from);
            return self.give_up(BackupProblem::Unread(why), page);
        }
        let bytes = value.bytes();
        page.bytes += key.as_bytes().len();
        let value =
            HeldValue { expires_at, type_name, origin: self.origin, value, permit: self.read_ahead.take(bytes) };
        page.bytes += bytes;
        page.page.keys.push(SourceKey { db, key, value: Some(Box::new(value)) });
        if page.page.keys.len() >= FILE_PAGE_KEYS || page.bytes >= FILE_PAGE_BYTES { self.send(page) } else { Ok(()) }
    }

    /// Stops reading because of a problem. The keys that were read before it are sent first.
    fn give_up(&self, problem: BackupProblem, page: &mut PartialPage) -> Result<(), Closed> {
        self.send(page)?;
        let error = BackupError::of(&self.path, problem);
        self.batches.blocking_send(Batch::Damaged(self.lane, error)).map_err(|_| Closed)?;
        Err(Closed)
    }

    fn send(&self, page: &mut PartialPage) -> Result<(), Closed> {
        let skipped = std::mem::take(&mut page.skipped);
        (page.bytes, page.unsent) = (0, 0);
        let offset = self.reader.offset();
        // Buffered bytes have been read, but not decoded. For a packed file, more bytes are decoded than read.
        let read = self.read.load(Ordering::Relaxed).min(offset);
        let share = self.sizes.map(|Sizes { before, all }| share(before + read, all));
        let reached = Position::Offset(offset.max(self.from));
        let full = Page { lane: self.lane, reached, share, passed_over_db: page.db, ..std::mem::take(&mut page.page) };
        self.batches.blocking_send(Batch::Page(full, skipped)).map_err(|_| Closed)?;
        self.read_ahead.wait();
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share is for people to look at")]
fn share(read: u64, size: u64) -> f64 {
    if size == 0 { 1.0 } else { (read as f64 / size as f64).min(1.0) }
}

/// A page that is not full yet.
#[derive(Default)]
struct PartialPage {
    page: Page,
    db: u64,
    /// Bytes of names and payloads.
    bytes: usize,
    /// Keys that an earlier walk returned, and all that it returned or passed over.
    skipped: u64,
    unsent: usize,
}

#[cfg(test)]
mod tests;
