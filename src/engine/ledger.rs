//! The books of one job: every key that is taken up, and what became of it.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use hashbrown::HashSet;

use super::halt::Halt;
use crate::destination::Destination;
use crate::entry::{Entry, Key};
use crate::error::{FailedKey, Side, Stop};
use crate::event::{Event, HeldBy, Listener, Progress};
use crate::job::Job;
use crate::outcome::{ByType, LibraryTally, Outcome};
use crate::payload;
use crate::source::{Found, Source};

/// The books. What is told to listeners is told from here.
pub struct Ledger<'a> {
    books: RefCell<Books<'a>>,
    halt: Rc<Halt>,
    max_errored_keys: u64,
    /// Whether the source may hand out a key again.
    may_repeat: bool,
    servers: [String; 2],
}

struct Books<'a> {
    progress: Progress,
    by_type: ByType,
    /// Keys that are on their way. `SCAN` may hand a key out again; as long as we can see that, it counts once.
    in_flight: HashSet<Bytes>,
    listener: &'a mut dyn Listener,
    /// Keys that a server refused as it refuses all.
    refused: u64,
    /// Keys that were sent without an answer coming back.
    unconfirmed: u64,
    /// Keys of databases that the job is not for.
    passed_over: u64,
}

impl<'a> Ledger<'a> {
    /// Empty books.
    pub fn new(
        listener: &'a mut dyn Listener,
        halt: Rc<Halt>,
        job: &Job,
        source: &Source,
        destination: &Destination,
    ) -> Self {
        let books = Books {
            progress: Progress::default(),
            by_type: ByType::new(),
            in_flight: HashSet::new(),
            listener,
            refused: 0,
            unconfirmed: 0,
            passed_over: 0,
        };
        let servers = [source.facts().name().to_owned(), destination.facts().address.clone()];
        let (max_errored_keys, may_repeat) = (job.max_errored_keys, source.may_repeat());
        Self { books: books.into(), halt, max_errored_keys, may_repeat, servers }
    }

    /// Takes up keys that the source handed out, and drops those that are on their way already.
    pub fn take_up(&self, found: &mut Vec<Found>) {
        let mut books = self.books.borrow_mut();
        if self.may_repeat {
            found.retain(|found| books.in_flight.insert(found.key().0.clone()));
        }
        books.progress.walk.scanned += found.len() as u64;
        books.progress.tally.matched += found.len() as u64;
    }

    /// Puts keys back that were taken up, but not begun when the job was stopped.
    pub fn put_back<'k>(&self, keys: impl Iterator<Item = &'k Key>) {
        let mut books = self.books.borrow_mut();
        for key in keys {
            books.progress.walk.scanned -= 1;
            books.progress.tally.matched -= 1;
            books.in_flight.remove(key.as_bytes());
        }
    }

    /// Notes what became of a key.
    pub fn settle(&self, key: &Key, outcome: Outcome) {
        self.books.borrow_mut().settle(key, outcome);
    }

    /// Notes that a key does not match.
    pub fn filtered(&self, key: &Key) {
        let mut books = self.books.borrow_mut();
        books.in_flight.remove(key.as_bytes());
        books.progress.tally.matched -= 1;
        books.progress.walk.filtered += 1;
    }

    /// Notes that an entry was written.
    pub fn written(&self, entry: &Entry, outcome: Outcome) {
        let mut books = self.books.borrow_mut();
        let type_name = payload::type_name(&entry.payload);
        books.count_type(&type_name, entry.expires_at.is_some(), entry.payload.len() as u64);
        books.progress.payloads.count(entry.how);
        books.settle(&entry.key, outcome);
    }

    /// Notes what a dry run found: a key that would be written.
    pub fn would_write(&self, key: &Key, type_name: &str, expires: bool, outcome: Outcome) {
        let mut books = self.books.borrow_mut();
        books.count_type(type_name, expires, 0);
        books.settle(key, outcome);
    }

    /// Notes how large a dry run takes all values of a type to be, in bytes.
    pub fn estimate(&self, type_name: &str, bytes: u64) {
        let mut books = self.books.borrow_mut();
        books.progress.bytes += bytes;
        if let Some(tally) = books.by_type.get_mut(type_name) {
            tally.bytes += bytes;
        }
    }

    /// Notes that a key failed, tells so, and stops the job at its limit.
    pub fn failed(&self, key: &Key, type_name: Option<String>, side: Side, message: String) {
        let mut books = self.books.borrow_mut();
        books.settle(key, Outcome::Failed);
        let failed = books.progress.tally.failed;
        let server = self.servers[usize::from(side == Side::Destination)].clone();
        let failed_key = FailedKey { key: key.clone(), type_name, side, server, message };
        if let Err(stop) = books.listener.hear(&Event::KeyFailed(&failed_key)) {
            self.halt.stop(stop);
        }
        if failed >= self.max_errored_keys {
            self.halt.stop(Stop::ErrorLimit { failed, limit: self.max_errored_keys });
        }
    }

    /// Notes keys that the destination was sent, and said nothing of as it was lost. They count as failed, without
    /// a line each: one message tells of the end.
    pub fn unconfirmed<'k>(&self, keys: impl Iterator<Item = &'k Key>) {
        let mut books = self.books.borrow_mut();
        for key in keys {
            books.settle(key, Outcome::Failed);
            books.unconfirmed += 1;
        }
    }

    /// Notes a key that a server refused as it refuses all. It counts as failed, without a line of its own.
    pub fn refused(&self, key: &Key) {
        let mut books = self.books.borrow_mut();
        books.settle(key, Outcome::Failed);
        books.refused += 1;
    }

    /// Says how many keys failed without a line of their own, if some did, and how many were none of the job's.
    pub fn say_rest(&self, job: &Job) {
        let books = self.books.borrow();
        if books.passed_over > 0 {
            tracing::warn!(
                "job `{}`: {} keys of other databases of the file were passed over: `source.db` chooses one, or \"all\"",
                job.name,
                books.passed_over
            );
        }
        if books.refused > 0 {
            tracing::warn!(
                "{} keys count as failed, as they were refused like all others would have been",
                books.refused
            );
        }
        if books.unconfirmed > 0 {
            tracing::warn!(
                "{} keys count as failed, as they were sent without an answer coming back; they may have arrived: a second \
                 run settles them",
                books.unconfirmed
            );
        }
    }

    /// Notes libraries of functions that the source handed out.
    pub fn libraries(&self, count: impl FnOnce(&mut LibraryTally)) {
        count(&mut self.books.borrow_mut().progress.libraries);
    }

    /// Notes keys of databases that the job is not for.
    pub fn passed_over(&self, keys: u64) {
        self.books.borrow_mut().passed_over += keys;
    }

    /// Notes how much of the source has been taken up.
    pub fn walked(&self, share: Option<f64>) {
        self.books.borrow_mut().progress.share = share;
    }

    /// Where the job stands.
    pub fn progress(&self) -> Progress {
        self.books.borrow().progress
    }

    /// Tells listeners where the job stands, and what it waits for.
    pub fn tell_progress(&self, held_by: HeldBy) {
        self.books.borrow_mut().progress.held_by = held_by;
        self.tell(&Event::Progress(&self.progress()));
    }

    /// Tells listeners of something else.
    pub fn tell(&self, event: &Event<'_>) {
        self.heard(self.books.borrow_mut().listener.hear(event));
    }

    /// Closes the books.
    pub fn close(self) -> (Progress, ByType) {
        let books = self.books.into_inner();
        (books.progress, books.by_type)
    }

    fn heard(&self, heard: Result<(), Stop>) {
        if let Err(stop) = heard {
            self.halt.stop(stop);
        }
    }
}

impl Books<'_> {
    fn settle(&mut self, key: &Key, outcome: Outcome) {
        self.in_flight.remove(key.as_bytes());
        self.progress.tally.count(outcome);
    }

    fn count_type(&mut self, type_name: &str, expires: bool, bytes: u64) {
        // Looked up by reference first: a name is owned once a type, not once a key.
        if !self.by_type.contains_key(type_name) {
            self.by_type.insert(type_name.to_owned(), crate::outcome::TypeTally::default());
        }
        let tally = self.by_type.get_mut(type_name).expect("it was put there above");
        tally.keys += 1;
        tally.expiring += u64::from(expires);
        tally.bytes += bytes;
        self.progress.bytes += bytes;
    }
}
