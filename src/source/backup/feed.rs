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
use crate::rdb::{KeyRecord, Reader, Record};
use crate::source::{HeldValue, LaneId, Page, Position, SourceKey};

/// A message from the thread that reads a file. `Damaged` or `End` is the last one.
#[derive(Debug)]
pub enum Batch {
    Page(Page),
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
        match record {
            Record::SelectDb(db) => {
                self.send(page)?;
                page.db = db;
                self.reader.keep_values(self.databases.contains(db));
            }
            Record::Function(payload) => page.page.libraries.push(payload),
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

    fn add(&self, record: KeyRecord, page: &mut PartialPage) -> Result<(), Closed> {
        let Ok(db) = u16::try_from(page.db) else {
            return self.give_up(BackupProblem::NoSuchDatabase(page.db), page);
        };
        let KeyRecord { key, expires_at, type_name, value, .. } = record;
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
        page.bytes = 0;
        let offset = self.reader.offset();
        // Buffered bytes have been read, but not decoded. For a packed file, more bytes are decoded than read.
        let read = self.read.load(Ordering::Relaxed).min(offset);
        let share = self.sizes.map(|Sizes { before, all }| share(before + read, all));
        let reached = Position::Offset(offset);
        let full = Page { lane: self.lane, reached, share, passed_over_db: page.db, ..std::mem::take(&mut page.page) };
        self.batches.blocking_send(Batch::Page(full)).map_err(|_| Closed)?;
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
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;
    use crate::version::Flavour;

    /// Reads a file of `keys` keys: the number of keys in each page, of keys passed over, and the position.
    fn pages(keys: usize, databases: Databases) -> Vec<(usize, u64, u64)> {
        let bytes = [&b"REDIS0003"[..], &[0, 1, b'k', 1, b'v'].repeat(keys), &[0xff]].concat();
        let size = bytes.len() as u64;
        let (batches, mut read) = mpsc::channel(100);
        let reader = FileReader {
            path: BackupPath::StandardInput,
            reader: Reader::new(Box::new(std::io::Cursor::new(bytes))),
            read: Arc::new(AtomicU64::new(size)),
            lane: 0,
            origin: Origin::of_file(Flavour::Redis),
            sizes: Some(Sizes { before: 0, all: size }),
            databases,
            read_ahead: ReadAhead::new(),
            is_last: true,
            slots: ClusterSlots::default(),
            notes: Notes::default(),
            batches,
        };
        assert!(reader.run(None, None).is_some());
        std::iter::from_fn(|| match read.try_recv().unwrap_or(Batch::End) {
            Batch::Page(Page { keys, passed_over, reached: Position::Offset(offset), share, .. }) => {
                assert_eq!(share, Some(super::share(offset, size)));
                Some((keys.len(), passed_over, offset))
            }
            Batch::Page(page) => panic!("{:?}", page.reached),
            Batch::End => None,
            Batch::Damaged(_, error) => panic!("{error}"),
        })
        .collect()
    }

    #[test]
    fn a_page_reports_the_decoded_bytes_and_not_the_buffered_ones() {
        let pages = pages(2 * FILE_PAGE_KEYS + 1, Databases::All);
        assert_eq!(pages, [(1000, 0, 9 + 5000), (1000, 0, 9 + 10_000), (1, 0, 9 + 10_006)]);
    }

    #[test]
    fn pages_are_sent_while_keys_of_other_databases_are_passed_over() {
        let pages = pages(2 * FILE_PAGE_KEYS + 1, Databases::One(7));
        assert_eq!(pages, [(0, 1000, 9 + 5000), (0, 1000, 9 + 10_000), (0, 1, 9 + 10_006)]);
    }
}
