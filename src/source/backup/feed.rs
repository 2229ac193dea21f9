//! The thread that reads a file: records in, pages out.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use tokio::sync::mpsc::Sender;

use super::room::Room;
use crate::error::{BackupError, BackupProblem};
use crate::job::{BackupPath, Databases};
use crate::rdb::{KeyRecord, Reader, Record};
use crate::source::{Found, Held};

/// Keys of a page, at most.
const KEYS: usize = 1000;
/// Bytes after which a page is full, however few its keys: memory is bounded by the largest value, and little more.
const BYTES: usize = 512 << 10;

/// Some keys of one database, in the order of the file.
#[derive(Debug, Default)]
pub struct Page {
    /// The keys.
    pub found: Vec<Found>,
    /// Libraries of functions, as the payloads that `FUNCTION RESTORE` takes.
    pub libraries: Vec<Bytes>,
    /// Keys of databases that are not meant, passed over since the page before.
    pub passed_over: u64,
    /// Bytes of the file that have been taken apart, or of a packed one, read.
    pub read: u64,
}

/// What comes out of a file.
#[derive(Debug)]
pub enum Batch {
    /// What was read.
    Page(Page),
    /// Why no more is: the last that comes.
    Damaged(BackupError),
    /// All was read: the last that comes. What ends without this, or damage, has lost something.
    End,
}

/// Reads a file, and hands on what it holds.
pub(super) struct Feed {
    pub path: BackupPath,
    pub reader: Reader<Box<dyn Read + Send>>,
    pub read: Arc<AtomicU64>,
    pub databases: Databases,
    /// A look at a file needs none.
    pub wants_values: bool,
    pub room: Room,
    pub batches: Sender<Batch>,
}

/// There is nothing more to say, or nobody listens any more.
struct Over;

impl Feed {
    /// Reads to the end, or until nobody listens; blocks while nobody takes what was read. `first` was read before.
    pub fn run(mut self, first: Option<Record>) {
        let mut page = Filling::default();
        let mut next = first.map(Ok);
        while let Some(record) = next.take().or_else(|| self.reader.next()) {
            let taken = match record {
                Ok(record) => self.take(record, &mut page),
                Err(error) => self.give_up(BackupProblem::Unread(error.to_string()), &mut page),
            };
            if taken.is_err() {
                return;
            }
        }
        if self.send(&mut page).is_ok() {
            // If nobody hears of the end, nobody needs to.
            let _ = self.batches.blocking_send(Batch::End);
        }
    }

    fn take(&mut self, record: Record, page: &mut Filling) -> Result<(), Over> {
        match record {
            Record::SelectDb(db) => {
                self.send(page)?;
                page.db = db;
                self.reader.keep_values(self.wants_values && self.databases.have(db));
            }
            Record::Function(payload) => page.page.libraries.push(payload),
            Record::Key(_) if !self.databases.have(page.db) => self.pass_over(page)?,
            Record::Key(key) => self.put(key, page)?,
            Record::Header(_) | Record::Aux { .. } | Record::ResizeDb { .. } | Record::End(_) => {}
        }
        Ok(())
    }

    /// Counts a key that is not meant. Now and then it is told how far this has come, and seen whether anybody listens.
    fn pass_over(&self, page: &mut Filling) -> Result<(), Over> {
        page.page.passed_over += 1;
        if page.page.passed_over >= KEYS as u64 { self.send(page) } else { Ok(()) }
    }

    fn put(&self, record: KeyRecord, page: &mut Filling) -> Result<(), Over> {
        let db = match self.databases {
            Databases::One(_) => None,
            Databases::All => match u16::try_from(page.db) {
                Ok(db) => Some(db),
                Err(_) => return self.give_up(BackupProblem::NoSuchDatabase(page.db), page),
            },
        };
        let bytes = record.value.bytes();
        page.bytes += bytes;
        page.page.found.push(Found::Held(Box::new(Held { db, record, room: self.room.take(bytes) })));
        if page.page.found.len() >= KEYS || page.bytes >= BYTES { self.send(page) } else { Ok(()) }
    }

    /// Ends before the file does. What was read before is sound as far as can be told, and is handed on.
    fn give_up(&self, problem: BackupProblem, page: &mut Filling) -> Result<(), Over> {
        self.send(page)?;
        let error = BackupError::of(&self.path, problem);
        self.batches.blocking_send(Batch::Damaged(error)).map_err(|_| Over)?;
        Err(Over)
    }

    fn send(&self, page: &mut Filling) -> Result<(), Over> {
        let Page { found, libraries, passed_over, .. } = std::mem::take(&mut page.page);
        page.bytes = 0;
        // Of a file that is not packed, what waits in a buffer is left out. What comes out of a packed one is more than it is.
        let read = self.read.load(Ordering::Relaxed).min(self.reader.offset());
        let full = Page { found, libraries, passed_over, read };
        self.batches.blocking_send(Batch::Page(full)).map_err(|_| Over)?;
        self.room.wait();
        Ok(())
    }
}

/// A page that is not full yet.
#[derive(Default)]
struct Filling {
    page: Page,
    /// The database of its keys.
    db: u64,
    /// Bytes of its payloads.
    bytes: usize,
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    /// Of a file of so many keys, in one buffer: keys of each page, those passed over, and how much was read.
    fn pages(keys: usize, databases: Databases) -> Vec<(usize, u64, u64)> {
        let bytes = [&b"REDIS0003"[..], &[0, 1, b'k', 1, b'v'].repeat(keys), &[0xff]].concat();
        let size = bytes.len() as u64;
        let (batches, mut read) = mpsc::channel(100);
        let feed = Feed {
            path: BackupPath::StandardInput,
            reader: Reader::new(Box::new(std::io::Cursor::new(bytes))),
            read: Arc::new(AtomicU64::new(size)),
            databases,
            wants_values: true,
            room: Room::new(),
            batches,
        };
        feed.run(None);
        std::iter::from_fn(|| match read.try_recv().expect("an end, if nothing else") {
            Batch::Page(page) => Some((page.found.len(), page.passed_over, page.read)),
            Batch::End => None,
            Batch::Damaged(error) => panic!("{error}"),
        })
        .collect()
    }

    #[test]
    fn a_page_tells_how_much_was_taken_apart_and_not_what_waits_in_a_buffer() {
        let pages = pages(2 * KEYS + 1, Databases::All);
        assert_eq!(pages, [(KEYS, 0, 9 + 5000), (KEYS, 0, 9 + 10_000), (1, 0, 9 + 10_006)]);
    }

    #[test]
    fn it_is_told_how_far_the_file_is_read_while_keys_are_passed_over() {
        let pages = pages(2 * KEYS + 1, Databases::One(7));
        assert_eq!(pages, [(0, 1000, 9 + 5000), (0, 1000, 9 + 10_000), (0, 1, 9 + 10_006)]);
    }
}
