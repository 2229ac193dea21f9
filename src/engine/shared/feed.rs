//! Gives each key of a shared walk to the jobs that select it, in their order.
//!
//! A key waits for its first job. When it has an outcome there, it waits for the next job that selects it, and so on. A key
//! that one job selects costs nothing more.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use hashbrown::HashMap;
use tokio::sync::Notify;

use crate::budget::{PAGE_BYTES, READ_KEYS};
use crate::engine::account::KeyId;
use crate::error::Stop;
use crate::job::Job;
use crate::source::{Page, SourceKey};

/// For so many jobs, there is room for a portion each.
const MOST_PORTIONS: usize = 32;
/// Keys that several jobs select and that are in flight between the stages of jobs.
const IN_STAGES: usize = 8 * READ_KEYS;
/// The bytes of names that may wait.
const WAITING_BYTES: usize = 8 * PAGE_BYTES;

/// The keys of a shared walk on their way from job to job.
pub struct Feed<'a> {
    ports: Vec<Port<'a>>,
    /// A job takes so many keys at once, unless the walk waits for room or has ended.
    portion: usize,
    /// The keys that several jobs select, with the job that has each now. A key that is returned again meanwhile is skipped.
    in_transit: RefCell<HashMap<KeyId, usize>>,
    /// The keys that wait for their jobs.
    waiting: Cell<usize>,
    waiting_bytes: Cell<usize>,
    taken: Notify,
    /// No more keys are returned by the source; the reason, if it ended early.
    end: RefCell<Option<Result<(), Stop>>>,
    /// How much of the source was walked, and how often its keys are given to a job, and were.
    share: Cell<Option<f64>>,
    given: Cell<u64>,
    taken_up: Cell<u64>,
    /// The first job that ended early, if the jobs after it must not continue.
    ended_early: Cell<Option<usize>>,
    ended: Notify,
}

/// The place where the keys of one job wait.
struct Port<'a> {
    job: &'a Job,
    queue: RefCell<VecDeque<SourceKey>>,
    /// Whether the job runs.
    is_open: Cell<bool>,
    changed: Notify,
}

impl<'a> Feed<'a> {
    pub fn new(jobs: &'a [Job]) -> Self {
        let port = |job| Port { job, queue: RefCell::default(), is_open: Cell::new(true), changed: Notify::new() };
        Self {
            ports: jobs.iter().map(port).collect(),
            portion: jobs[0].pipeline_batch_size.min(READ_KEYS),
            in_transit: RefCell::default(),
            waiting: Cell::default(),
            waiting_bytes: Cell::default(),
            taken: Notify::new(),
            end: RefCell::default(),
            share: Cell::new(Some(0.0)),
            given: Cell::default(),
            taken_up: Cell::default(),
            ended_early: Cell::default(),
            ended: Notify::new(),
        }
    }

    /// Passes on the keys of a page, and waits until there is room for more.
    pub async fn put(&self, page: Page) {
        self.share.set(page.share);
        for key in page.keys {
            if !self.is_in_transit(&key) {
                self.give(key);
            }
        }
        if !self.has_room() {
            self.notify_jobs();
        }
        while !self.has_room() {
            self.taken.notified().await;
        }
    }

    /// No more keys follow.
    pub fn end(&self, result: Result<(), Stop>) {
        self.end.replace(Some(result));
        self.notify_jobs();
    }

    /// The next keys of a job; `None` after the last.
    pub async fn next(&self, job: usize) -> Result<Option<Page>, Stop> {
        let port = &self.ports[job];
        loop {
            if let Some(Err(stop)) = &*self.end.borrow() {
                return Err(stop.clone());
            }
            let waiting = port.queue.borrow().len();
            if waiting >= self.portion || (waiting > 0 && (!self.has_room() || self.has_ended())) {
                return Ok(Some(self.take(port)));
            }
            if waiting == 0 && self.has_ended() && !self.ports[..job].iter().any(|port| port.is_open.get()) {
                return Ok(None);
            }
            port.changed.notified().await;
        }
    }

    /// Records that a job is done with a key: the next job that selects the key gets it.
    pub fn leave(&self, job: usize, id: &KeyId) {
        let mut in_transit = self.in_transit.borrow_mut();
        if in_transit.is_empty() || in_transit.get(id) != Some(&job) {
            return;
        }
        in_transit.remove(id);
        drop(in_transit);
        self.taken.notify_waiters();
        self.pass_on_from(id, job + 1);
    }

    /// Records that a job has ended. The keys that it did not take up go to the next jobs, which continue if `may_continue`.
    pub fn close(&self, job: usize, may_continue: bool) {
        let port = &self.ports[job];
        port.is_open.set(false);
        let dropped = port.queue.take();
        self.count_taken(dropped.iter());
        let mut left = Vec::new();
        self.in_transit.borrow_mut().retain(|id, current| {
            let is_left = *current == job;
            if is_left {
                left.push(id.clone());
            }
            !is_left
        });
        if !may_continue && self.ended_early.get().is_none_or(|first| job < first) {
            self.ended_early.set(Some(job));
            self.ended.notify_waiters();
        }
        for id in left {
            self.pass_on_from(&id, job + 1);
        }
        self.notify_jobs();
    }

    /// Waits until a job before this one has ended early; returns its number.
    pub async fn ended_early(&self, job: usize) -> usize {
        loop {
            let ended = self.ended.notified();
            if let Some(first) = self.ended_early.get().filter(|first| *first < job) {
                return first;
            }
            ended.await;
        }
    }

    fn is_in_transit(&self, key: &SourceKey) -> bool {
        let in_transit = self.in_transit.borrow();
        // A key of a server has no value, so it is cheap to clone.
        !in_transit.is_empty() && in_transit.contains_key(&KeyId { db: key.db, key: key.key.clone() })
    }

    fn pass_on_from(&self, id: &KeyId, first: usize) {
        let next = (first..self.ports.len()).find(|job| self.selects(*job, id.key.as_bytes()));
        if let Some(job) = next {
            self.in_transit.borrow_mut().insert(id.clone(), job);
            self.deliver(job, SourceKey { db: id.db, key: id.key.clone(), value: None });
        }
    }

    /// Gives a key to the first job that selects it.
    fn give(&self, key: SourceKey) {
        let mut selecting = (0..self.ports.len()).filter(|job| self.selects(*job, key.key.as_bytes()));
        let Some(job) = selecting.next() else { return };
        let others = selecting.count() as u64;
        self.given.set(self.given.get() + 1 + others);
        if others > 0 {
            self.in_transit.borrow_mut().insert(KeyId { db: key.db, key: key.key.clone() }, job);
        }
        self.deliver(job, key);
    }

    fn selects(&self, job: usize, name: &[u8]) -> bool {
        let port = &self.ports[job];
        port.is_open.get() && port.job.selection.selects(name)
    }

    fn deliver(&self, job: usize, key: SourceKey) {
        self.waiting.set(self.waiting.get() + 1);
        self.waiting_bytes.set(self.waiting_bytes.get() + key.key.as_bytes().len());
        let port = &self.ports[job];
        let mut queue = port.queue.borrow_mut();
        queue.push_back(key);
        if queue.len() >= self.portion || !self.has_room() || self.has_ended() {
            port.changed.notify_one();
        }
    }

    fn take(&self, port: &Port<'_>) -> Page {
        let mut queue = port.queue.borrow_mut();
        let count = queue.len().min(self.portion);
        let keys: Vec<SourceKey> = queue.drain(..count).collect();
        self.count_taken(keys.iter());
        Page { keys, share: self.share(), ..Page::default() }
    }

    /// How much of the source the jobs have taken up: the walk is ahead of them.
    #[expect(clippy::cast_precision_loss, reason = "a share is only displayed")]
    fn share(&self) -> Option<f64> {
        let taken = self.taken_up.get() as f64 / self.given.get().max(1) as f64;
        self.share.get().map(|walked| walked * taken.min(1.0))
    }

    fn count_taken<'k>(&self, keys: impl Iterator<Item = &'k SourceKey>) {
        for key in keys {
            self.taken_up.set(self.taken_up.get() + 1);
            self.waiting.set(self.waiting.get() - 1);
            self.waiting_bytes.set(self.waiting_bytes.get() - key.key.as_bytes().len());
        }
        self.taken.notify_waiters();
    }

    /// Whether more keys may be requested. A job may hold keys until they fill a pipeline, so there must be room for a
    /// pipeline of each job: otherwise the walk would wait for itself.
    fn has_room(&self) -> bool {
        let jobs = self.ports.len();
        let held = jobs * (self.portion + self.ports[0].job.pipeline_batch_size) + IN_STAGES;
        self.waiting.get() < self.portion * jobs.min(MOST_PORTIONS)
            && self.waiting_bytes.get() < WAITING_BYTES
            && self.in_transit.borrow().len() < held
    }

    fn has_ended(&self) -> bool {
        self.end.borrow().is_some()
    }

    fn notify_jobs(&self) {
        self.ports.iter().for_each(|port| port.changed.notify_one());
    }
}
