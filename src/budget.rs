//! Every limit on keys and bytes in flight, in one table, and the permits that keep bytes within it.
//!
//! | what is in flight | limit | in |
//! |---|---|---|
//! | values of one read pipeline | [`READ_KEYS`] keys, [`READ_BYTES`] with their names | `engine/stages/read` |
//! | values that are not measured | the same by estimate: the last values were small, see below | `engine/size_estimate` |
//! | values of one write pipeline | `pipeline_batch_size` keys, [`WRITE_BYTES`] with their names | `engine/modes/copy` |
//! | the same with pauses | `pipeline_batch_size` keys, [`PACED_PIPELINE_BYTES`] with their names | `engine/modes/paced_copy` |
//! | names and values that are requested, held here or being written | [`IN_FLIGHT_BYTES`], twice that over a long round trip | [`InFlightBudget`] |
//! | the same from a source whose memory is scarce | one part in [`SCARCE_IN_FLIGHT`] of what it has left | `engine/concurrency` |
//! | pipelines at once | [`NEAR_PIPELINES`] to [`FAR_PIPELINES`] | `engine/concurrency` |
//! | keys that are being written and may fail | `max_errored_keys` and at most `pipeline_batch_size` more | `engine/account/margin` |
//! | names that wait to be read | one batch, more over a long round trip | `engine/modes/copy` |
//! | entries that wait to be written | [`BACKLOG_KEYS`], more over a long round trip, and what the reads in flight return | `engine/modes/copy` |
//! | pages of key names | [`PAGES_AHEAD`] waiting and one for each lane, of `scan_batch_size` keys and about [`PAGE_BYTES`] | `source/node/scan_count` |
//! | names that are checked or measured at once | [`BATCH_NAME_BYTES`] in each pipeline | `engine/stages/batches` |
//! | names of a shared walk that wait for their jobs | [`READ_KEYS`] for each of the first 32 jobs, 8 times [`PAGE_BYTES`] | `engine/shared/feed` |
//! | the same, of keys that several jobs select, with those in flight | for each job one read and one write pipeline, and 8 reads | `engine/shared/feed` |
//! | keys of a dry run | [`DRY_RUN_KEYS`] at once | `engine/modes/dry_run` |
//! | a page of a list of keys, and its line | [`FILE_PAGE_KEYS`] keys and about [`PAGE_BYTES`]; [`LIST_LINE_BYTES`] | `source/listed/lane`, `source/listed/file` |
//! | pages read ahead of a file | [`FILE_PAGES_AHEAD`], of [`FILE_PAGE_KEYS`] keys and [`FILE_PAGE_BYTES`] | `source/backup/feed` |
//! | large values read ahead of a file | [`FILE_AHEAD_BYTES`], counted from [`LARGE_VALUE`] on | `source/backup/read_ahead` |
//! | one reply | [`LONGEST_REPLY`]; [`LONGEST_CONTROL_REPLY`] on the control connection | `resp/decoder`, `server/metered` |
//! | requests that wait for a connection | [`REQUESTS_WAITING`] | `server/link` |
//!
//! A single value passes every limit in bytes if nothing else is in flight. Each place of a destination, such as a node of a
//! cluster, has an equal part of the bytes in flight, of the pipelines, of the entries that wait, and of the keys that may
//! fail; only one value at a time exceeds its part.
//!
//! The worst case: values are measured until [`MEASURED_KEYS`] of them in a row were small. Of the next ones, as many as are
//! in flight may be large, before the first of them makes the job measure again. Then one key in more than
//! [`MEASURED_KEYS`] is large, so usually it is one value. If the source does not report sizes, a read with a large value
//! may have more of them; after it, one value is read at a time, and the more others follow, the more are read at once. In
//! the same way, a page may have more bytes than expected if long names follow many short ones.

use std::cell::Cell;
use std::rc::Rc;

use tokio::sync::Notify;

const MIB: usize = 1 << 20;

/// The most keys that are read in one pipeline: enough that the round trip does not count, few enough that reading
/// and writing overlap.
pub const READ_KEYS: usize = 1000;
/// The bytes that one read should return.
pub const READ_BYTES: usize = MIB;
/// The same if the source's memory is scarce: at least so much, which fits into the buffer of each connection at a server.
pub const LEAST_READ_BYTES: usize = 8 << 10;
/// The part of a source's memory that may be in flight if it is scarce, and the part of one read or page.
pub const SCARCE_IN_FLIGHT: u64 = 8;
pub const SCARCE_READ: u64 = 32;
/// A value of a server with at least this size is large: the ones after it are measured before they are requested.
pub const LARGE_READ: usize = READ_BYTES / 4;
/// After a large value, so many others are measured; more over a long round trip, because more are in flight.
pub const MEASURED_KEYS: usize = 4000;
/// The expected size of a value before the first one is read: large, so that few are requested.
pub const UNSEEN_VALUE: usize = 4 * MIB;
/// A write pipeline with this many payload bytes is full, even if it has few keys.
pub const WRITE_BYTES: usize = 2 * MIB;
/// The same in a job with pauses. There is a pause for each pipeline, so it carries more.
pub const PACED_PIPELINE_BYTES: usize = 8 * MIB;
/// Payload bytes that may be in flight at once over a short round trip.
pub const IN_FLIGHT_BYTES: usize = 16 * MIB;
/// Pipelines in flight if the round trip is short: one at the server, the others on the network.
pub const NEAR_PIPELINES: usize = 4;
/// The most pipelines in flight.
pub const FAR_PIPELINES: usize = 64;
/// Entries that may wait to be written before more keys are read.
pub const BACKLOG_KEYS: usize = 2000;
/// The bytes of key names that one page should have.
pub const PAGE_BYTES: usize = MIB / 2;
/// The same if the source's memory is scarce. While it makes the reply, a server needs several times as much.
pub const LEAST_PAGE_BYTES: usize = 2 << 10;
/// The bytes of key names that are processed at once.
pub const BATCH_NAME_BYTES: usize = MIB;
/// Pages that wait while the previous one is processed.
pub const PAGES_AHEAD: usize = 1;
/// Keys that a dry run inspects at once.
pub const DRY_RUN_KEYS: usize = 1000;
/// Pages of a file that wait while the previous one is processed.
pub const FILE_PAGES_AHEAD: usize = 1;
/// The most keys of a file's page.
pub const FILE_PAGE_KEYS: usize = 1000;
/// A file's page with this many bytes is full, even if it has few keys.
pub const FILE_PAGE_BYTES: usize = MIB / 2;
/// A longer line of a list of keys is no name of a key.
pub const LIST_LINE_BYTES: usize = 16 * MIB;
/// Bytes of large values that may wait before more of a file is read.
pub const FILE_AHEAD_BYTES: usize = 8 * MIB;
/// A value of a file with at least this many bytes is large.
pub const LARGE_VALUE: usize = 64 << 10;
/// The most bytes that a reply may have; more if the server's `proto-max-bulk-len` is higher. A longer value fails.
pub const LONGEST_REPLY: usize = 2 << 30;
/// The most bytes that a server may send on its control connection as the replies to one request.
pub const LONGEST_CONTROL_REPLY: usize = 16 * MIB;
/// Requests that wait while one is being sent.
pub const REQUESTS_WAITING: usize = 4;

// A job with pauses collects values before it writes them. The file must be read meanwhile, or the job would wait for
// itself.
const _: () = assert!(PACED_PIPELINE_BYTES <= FILE_AHEAD_BYTES);

/// The bytes that may be requested from a source whose memory is scarce: a part of what is left, within limits.
pub fn within_room(room: Option<u64>, part: u64, limits: [usize; 2]) -> usize {
    let [least, most] = limits;
    room.map_or(most, |room| usize::try_from(room / part).unwrap_or(most).clamp(least, most))
}

/// The bytes of names and payloads that may be in flight at once: requested, held here, or being written.
///
/// A server buffers the replies that we have not read yet, so the estimated bytes are reserved before the request.
#[derive(Clone, Debug)]
pub struct InFlightBudget {
    own: Rc<Part>,
    /// The parts of the whole budget, with this one.
    all: Rc<[Rc<Part>]>,
}

#[derive(Debug)]
struct Part {
    limit: usize,
    used: Cell<usize>,
    released: Notify,
    is_waiting: Cell<bool>,
    contended: Notify,
}

/// Bytes of an [`InFlightBudget`], released on drop.
#[derive(Debug)]
#[must_use]
pub struct Permit {
    budget: InFlightBudget,
    bytes: usize,
}

impl InFlightBudget {
    #[cfg(test)]
    fn new(limit: usize) -> Self {
        Self::parts(limit, 1).swap_remove(0)
    }

    /// A budget in parts, so that bytes of one part that are in flight for a long time leave the others theirs.
    pub fn parts(limit: usize, count: usize) -> Vec<Self> {
        let part = || Part {
            limit: limit / count,
            used: Cell::new(0),
            released: Notify::new(),
            is_waiting: Cell::new(false),
            contended: Notify::new(),
        };
        let all: Rc<[Rc<Part>]> = (0..count).map(|_| Rc::new(part())).collect();
        all.iter().map(|own| Self { own: Rc::clone(own), all: Rc::clone(&all) }).collect()
    }

    /// Waits until `bytes` fit, and takes them. More bytes than its part pass when nothing else of it is in flight, and no
    /// other part exceeds its limit.
    pub async fn reserve(&self, bytes: usize) -> Permit {
        let part = &self.own;
        while !self.fits(bytes) {
            part.is_waiting.set(true);
            part.contended.notify_waiters();
            part.released.notified().await;
        }
        part.is_waiting.set(false);
        self.take(bytes)
    }

    fn fits(&self, bytes: usize) -> bool {
        let part = &self.own;
        part.used.get() + bytes <= part.limit
            || (part.used.get() == 0 && !self.all.iter().any(|part| part.is_exceeded()))
    }

    /// Takes `bytes`, whether they fit or not.
    pub fn take(&self, bytes: usize) -> Permit {
        self.own.used.set(self.own.used.get() + bytes);
        Permit { budget: self.clone(), bytes }
    }

    /// Waits until [`InFlightBudget::reserve`] waits: then a stage that collects bytes should pass them on.
    pub async fn contended(&self) {
        let contended = self.own.contended.notified();
        if !self.own.is_waiting.get() {
            contended.await;
        }
    }

    fn release(&self, bytes: usize) {
        let was_exceeded = self.own.is_exceeded();
        self.own.used.set(self.own.used.get() - bytes);
        if was_exceeded && !self.own.is_exceeded() {
            self.all.iter().for_each(|part| part.released.notify_one());
        } else {
            self.own.released.notify_one();
        }
    }
}

impl Part {
    fn is_exceeded(&self) -> bool {
        self.used.get() > self.limit
    }
}

impl Permit {
    /// Replaces the estimate by the real number of bytes.
    pub fn resize(&mut self, bytes: usize) {
        if bytes > self.bytes {
            self.budget.own.used.set(self.budget.own.used.get() + bytes - self.bytes);
        } else if bytes < self.bytes {
            self.budget.release(self.bytes - bytes);
        }
        self.bytes = bytes;
    }

    /// Adds the bytes of another permit.
    pub fn absorb(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
    }

    /// Moves some of the bytes into a new permit.
    pub fn split(&mut self, bytes: usize) -> Self {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        Self { budget: self.budget.clone(), bytes }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.budget.release(self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_that_do_not_fit_wait_until_they_do() {
        let budget = InFlightBudget::new(10);
        let first = budget.reserve(8).await;
        let (second, ()) = tokio::join!(budget.reserve(5), async {
            budget.contended().await;
            drop(first);
        });
        assert_eq!((second.bytes, budget.own.used.get()), (5, 5));
    }

    #[tokio::test]
    async fn a_value_larger_than_the_budget_passes_alone() {
        let budget = InFlightBudget::new(10);
        let mut permit = budget.reserve(50).await;
        permit.resize(40);
        assert_eq!(budget.own.used.get(), 40);
        drop(permit);
        assert_eq!(budget.own.used.get(), 0);
    }

    #[tokio::test]
    async fn a_part_that_is_full_leaves_the_others_theirs_and_only_one_value_exceeds_its_part() {
        let parts = InFlightBudget::parts(20, 2);
        let mut large = parts[0].reserve(15).await;
        let (second, ()) = tokio::join!(parts[1].reserve(12), async {
            parts[1].contended().await;
            large.resize(10);
        });
        assert_eq!((second.bytes, parts[0].own.used.get(), parts[1].own.used.get()), (12, 10, 12));
        drop(second);
        assert_eq!(parts[1].reserve(10).await.bytes, 10);
    }

    #[test]
    fn splitting_and_joining_permits_keeps_every_byte() {
        let budget = InFlightBudget::new(100);
        let mut all = budget.take(30);
        all.absorb(budget.take(20));
        let part = all.split(45);
        assert_eq!((all.bytes, part.bytes, budget.own.used.get()), (5, 45, 50));
        drop(part);
        assert_eq!(budget.own.used.get(), 5);
        assert_eq!(all.split(9).bytes, 5);
        assert_eq!(budget.own.used.get(), 0);
    }
}
