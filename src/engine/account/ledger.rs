//! The ledger of a job: every key that is taken up, and what became of it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use super::in_flight::{InFlight, KeyHash, KeyId};
use super::ticket::{Candidate, Ticket};
use super::watermark::{PageId, Watermarks};
use crate::engine::stop::StopSignal;
use crate::error::{FailedKey, Side, Stop};
use crate::event::{Event, HeldBy, Listener, Progress, Warning};
use crate::job::Job;
use crate::outcome::{ByType, How, LibraryTally, Outcome, TypeTally};
use crate::source::{Page, SourceKey};

/// What became of a key, with what the account and the reports need of it.
#[derive(Debug)]
pub enum Settled<'a> {
    /// It does not match, as its type shows. It is no part of the account.
    Filtered,
    /// The destination has it.
    Existing,
    /// It was gone, or past its expiry.
    Vanished,
    /// It was written.
    Written {
        /// Whether in place of the destination's own.
        replaced: bool,
        /// Its type, by the name that `TYPE` gives it.
        type_name: Cow<'a, str>,
        /// Whether it expires.
        expires: bool,
        /// Bytes of its payload.
        bytes: usize,
        /// What was done to its payload; `None` in a dry run.
        how: Option<How>,
    },
    /// It failed for a reason of its own.
    Failed {
        /// Which endpoint refused it.
        side: Side,
        /// Its type, if it is known.
        type_name: Option<String>,
        /// The reason.
        message: String,
    },
    /// A server refused it as it refuses every key. One message speaks for all of them.
    Refused,
    /// It was sent, and no reply came. One message speaks for all of them.
    Unanswered,
}

/// The ledger. Events about keys are emitted from here.
pub struct Ledger<'a> {
    books: RefCell<Books<'a>>,
    stop: Rc<StopSignal>,
    job: &'a Job,
    /// The source and the destination, as the error log names them.
    names: [String; 2],
    may_repeat: bool,
}

struct Books<'a> {
    progress: Progress,
    by_type: ByType,
    watermarks: Watermarks,
    /// Keys without an outcome. `SCAN` may return a key again; as long as we can see that, it counts once.
    in_flight: InFlight,
    listener: &'a mut dyn Listener,
    refused: u64,
    unanswered: u64,
    passed_over: u64,
}

impl<'a> Ledger<'a> {
    /// An empty ledger. `may_repeat`: the source may return a key more than once.
    pub fn new(
        listener: &'a mut dyn Listener,
        stop: Rc<StopSignal>,
        job: &'a Job,
        names: [String; 2],
        may_repeat: bool,
    ) -> Self {
        let books = Books {
            progress: Progress::default(),
            by_type: ByType::new(),
            watermarks: Watermarks::default(),
            in_flight: InFlight::default(),
            listener,
            refused: 0,
            unanswered: 0,
            passed_over: 0,
        };
        Self { books: books.into(), stop, job, names, may_repeat }
    }

    /// Takes up a page; its keys follow by [`Ledger::take_up`].
    pub fn open_page(&self, page: &Page) -> PageId {
        let mut books = self.books.borrow_mut();
        books.passed_over += page.passed_over;
        books.watermarks.open(page.lane, page.reached, page.keys.len())
    }

    /// Takes up keys of a page. A key that is in flight already is left out.
    pub fn take_up(&self, page: PageId, keys: impl ExactSizeIterator<Item = SourceKey>) -> Vec<Candidate> {
        let mut books = self.books.borrow_mut();
        let mut taken = Vec::with_capacity(keys.len());
        for SourceKey { db, key, value } in keys {
            let id = KeyId { db, key };
            let hash = if self.may_repeat { books.in_flight.insert(&id) } else { Some(KeyHash::default()) };
            let Some(hash) = hash else {
                books.watermarks.settle_one(page);
                continue;
            };
            taken.push(Candidate { ticket: Ticket::new(id, page, hash), value });
        }
        books.progress.walk.scanned += taken.len() as u64;
        books.progress.tally.matched += taken.len() as u64;
        taken
    }

    /// Gives a key its outcome. The error limit stops the job here.
    pub fn settle(&self, ticket: Ticket, settled: Settled<'_>) {
        let (id, page, hash) = ticket.into_parts();
        let mut books = self.books.borrow_mut();
        if self.may_repeat {
            books.in_flight.remove(&id, hash);
        }
        books.watermarks.settle_one(page);
        let outcome = match settled {
            Settled::Filtered => return books.filter(),
            Settled::Existing => Outcome::Existing,
            Settled::Vanished => Outcome::Vanished,
            Settled::Written { replaced, type_name, expires, bytes, how } => {
                books.count_written(&type_name, expires, bytes as u64, how);
                if replaced { Outcome::Replaced } else { Outcome::Copied }
            }
            Settled::Refused => {
                books.refused += 1;
                Outcome::Failed
            }
            Settled::Unanswered => {
                books.unanswered += 1;
                Outcome::Failed
            }
            Settled::Failed { side, type_name, message } => {
                books.progress.tally.count(Outcome::Failed);
                return self.report_failure(&mut books, id, side, type_name, message);
            }
        };
        books.progress.tally.count(outcome);
    }

    /// Gives a key back: it was not begun when the job was stopped, and is left for another run.
    pub fn release(&self, ticket: Ticket) {
        let (id, _, hash) = ticket.into_parts();
        let mut books = self.books.borrow_mut();
        if self.may_repeat {
            books.in_flight.remove(&id, hash);
        }
        books.progress.tally.matched -= 1;
    }

    fn report_failure(&self, books: &mut Books<'_>, id: KeyId, side: Side, type_name: Option<String>, message: String) {
        let server = self.names[usize::from(side == Side::Destination)].clone();
        let failed_key = FailedKey { key: id.key, type_name, side, server, message };
        self.note(books.listener.hear(&Event::KeyFailed(&failed_key)));
        let (failed, limit) = (books.progress.tally.failed, self.job.max_errored_keys);
        if failed >= limit {
            self.stop.stop(Stop::ErrorLimit { failed, limit });
        }
    }

    /// Adds the bytes that a dry run estimates for all values of a type.
    pub fn estimate(&self, type_name: &str, bytes: u64) {
        let mut books = self.books.borrow_mut();
        books.progress.bytes += bytes;
        if let Some(tally) = books.by_type.get_mut(type_name) {
            tally.bytes += bytes;
        }
    }

    /// Counts function libraries.
    pub fn libraries(&self, count: impl FnOnce(&mut LibraryTally)) {
        count(&mut self.books.borrow_mut().progress.libraries);
    }

    /// Notes the share of the source that has been taken up.
    pub fn walked(&self, share: Option<f64>) {
        self.books.borrow_mut().progress.share = share;
    }

    /// Where the job stands.
    pub fn progress(&self) -> Progress {
        self.books.borrow().progress
    }

    /// Reports where the job stands, what it waits for, and how far its lanes are settled.
    pub fn emit_progress(&self, held_by: HeldBy) {
        self.books.borrow_mut().progress.held_by = held_by;
        self.emit(&Event::Progress(&self.progress()));
        let watermarks = self.books.borrow_mut().watermarks.changed();
        if let Some(watermarks) = watermarks {
            self.emit(&Event::Watermarks(&watermarks));
        }
    }

    /// Emits an event.
    pub fn emit(&self, event: &Event<'_>) {
        self.note(self.books.borrow_mut().listener.hear(event));
    }

    /// Warns the user of something about this job.
    pub fn warn(&self, message: String) {
        self.emit(&Event::Warned(&Warning { job: Some(self.job.name.clone()), message }));
    }

    /// Closes the ledger: checks that it adds up, and warns of keys that no other message speaks of.
    pub fn close(self) -> (Progress, ByType) {
        let tally = self.progress().tally;
        if !tally.adds_up() {
            self.stop.stop(Stop::Internal(format!("the outcomes do not add up: {tally:?}")));
        }
        self.warn_of_rest();
        self.emit_progress(self.progress().held_by);
        let books = self.books.into_inner();
        (books.progress, books.by_type)
    }

    fn warn_of_rest(&self) {
        let Books { refused, unanswered, passed_over, .. } = *self.books.borrow();
        if passed_over > 0 {
            self.warn(format!(
                "{passed_over} keys of other databases of the file were passed over: `source.db` chooses one, or \"all\""
            ));
        }
        if refused > 0 {
            self.warn(format!("{refused} keys counted as failed: the server is refusing every request"));
        }
        if unanswered > 0 {
            self.warn(format!(
                "{unanswered} keys counted as failed: they were sent, and no reply came; they may have arrived, and a second \
                 run settles them"
            ));
        }
    }

    fn note(&self, heard: Result<(), Stop>) {
        if let Err(stop) = heard {
            self.stop.stop(stop);
        }
    }
}

impl Books<'_> {
    fn filter(&mut self) {
        self.progress.tally.matched -= 1;
        self.progress.walk.filtered += 1;
    }

    fn count_written(&mut self, type_name: &str, expires: bool, bytes: u64, how: Option<How>) {
        // Looked up by reference first: a name is owned once for a type, not once for a key.
        if !self.by_type.contains_key(type_name) {
            self.by_type.insert(type_name.to_owned(), TypeTally::default());
        }
        let tally = self.by_type.get_mut(type_name).expect("it was put there above");
        tally.keys += 1;
        tally.expiring += u64::from(expires);
        tally.bytes += bytes;
        self.progress.bytes += bytes;
        if let Some(how) = how {
            self.progress.payloads.count(how);
        }
    }
}
