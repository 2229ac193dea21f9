//! When connections were last active. They are driven by tasks of their own.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use crate::budget::LONGEST_REPLY;

/// The default of `proto-max-bulk-len`, which [`LONGEST_REPLY`] is for.
const DEFAULT_STRING: usize = 512 << 20;

/// No reply is due.
const IDLE: u64 = u64::MAX;

/// What a connection and its observer share.
#[derive(Debug)]
pub(super) struct Activity {
    epoch: Instant,
    /// Since when the oldest reply is due and no byte was received, in ms after `epoch`; or [`IDLE`].
    silent_since: AtomicU64,
    limits: Arc<Limits>,
}

/// What the connections to one server have in common.
#[derive(Debug)]
struct Limits {
    /// The longest time without a byte while nothing is due, in ms.
    keepalive: AtomicU64,
    /// The most bytes of a reply.
    longest_reply: AtomicUsize,
}

impl Activity {
    fn new(limits: Arc<Limits>) -> Self {
        Self { epoch: Instant::now(), silent_since: AtomicU64::new(IDLE), limits }
    }

    /// Records since when the oldest reply is due, if one is.
    pub fn record(&self, owes_since: Option<Instant>) {
        let since = owes_since.map_or(IDLE, |since| millis(since.saturating_duration_since(self.epoch)));
        self.silent_since.store(since, Ordering::Relaxed);
    }

    pub fn keepalive(&self) -> Duration {
        Duration::from_millis(self.limits.keepalive.load(Ordering::Relaxed))
    }

    pub fn longest_reply(&self) -> usize {
        self.limits.longest_reply.load(Ordering::Relaxed)
    }

    fn silence(&self) -> Duration {
        match self.silent_since.load(Ordering::Relaxed) {
            IDLE => Duration::ZERO,
            since => self.epoch.elapsed().saturating_sub(Duration::from_millis(since)),
        }
    }
}

/// The connections to one server that are observed.
#[derive(Debug)]
pub(super) struct Watched {
    connections: RefCell<Vec<Weak<Activity>>>,
    limits: Arc<Limits>,
}

impl Default for Watched {
    fn default() -> Self {
        let (keepalive, longest_reply) = (AtomicU64::new(millis(KEEPALIVE)), AtomicUsize::new(LONGEST_REPLY));
        Self { connections: RefCell::default(), limits: Arc::new(Limits { keepalive, longest_reply }) }
    }
}

/// An idle connection sends a `PING` after this time, because servers and firewalls close idle connections, and a job
/// with pauses is idle for long.
const KEEPALIVE: Duration = Duration::from_secs(5);

impl Watched {
    /// A further connection.
    pub fn add(&self) -> Arc<Activity> {
        let activity = Arc::new(Activity::new(Arc::clone(&self.limits)));
        let mut connections = self.connections.borrow_mut();
        connections.retain(|known| known.strong_count() > 0);
        connections.push(Arc::downgrade(&activity));
        activity
    }

    /// The server closes connections that are idle for longer than this.
    pub fn keep_below(&self, timeout: Duration) {
        self.limits.keepalive.store(millis(KEEPALIVE.min(timeout / 3)), Ordering::Relaxed);
    }

    /// The server's strings may be as long as this.
    pub fn accept_strings(&self, longest: usize) {
        self.limits.longest_reply.fetch_max(longest.saturating_mul(LONGEST_REPLY / DEFAULT_STRING), Ordering::Relaxed);
    }

    /// The longest silence of a connection that waits for replies.
    pub fn silence(&self) -> Duration {
        let connections = self.connections.borrow();
        connections.iter().filter_map(Weak::upgrade).map(|known| known.silence()).max().unwrap_or_default()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
