//! The walk over the source's keyspace, in one lane or several, a page ahead of the work on it.

use std::cell::{Cell, OnceCell};
use std::collections::HashSet;

use futures_util::future::join_all;
use tokio::sync::Notify;
use tokio::sync::mpsc::Sender;

use super::lane::{Lane, Step};
use super::walk::Walk;
use crate::entry::Key;
use crate::source::{Found, Server};

/// Keys that were scanned.
#[derive(Debug)]
pub struct Scanned {
    /// The keys, none at all at times.
    pub found: Vec<Found>,
    /// How much is walked with them, 0–1, where that can be told.
    pub share: Option<f64>,
}

/// Scans to the end, or until the job is told to stop, or nobody takes the pages any more.
pub async fn scan(walk: &Walk<'_>, server: &Server, pages: Sender<Scanned>) {
    let lanes = walk.lanes(server);
    if lanes > 1 {
        let scan = Scan::new(walk, server, pages.clone(), lanes);
        let all = Lane::all(lanes).into_iter().enumerate();
        join_all(all.map(|(index, lane)| scan.walk_lane(index, lane))).await;
        if !scan.backwards.get() || walk.halt.is_told() {
            return;
        }
        tracing::warn!("the source's cursor was seen to go backwards: it is walked again from its start, in one lane");
    }
    Scan::new(walk, server, pages, 1).walk_to_its_own_end().await;
}

/// What the lanes of one walk share.
struct Scan<'w, 'a> {
    walk: &'w Walk<'a>,
    server: &'w Server,
    pages: Sender<Scanned>,
    /// The keys of each lane's first reply: whatever the lane before runs into is among them.
    first: Vec<OnceCell<HashSet<Key>>>,
    arrived: Notify,
    shares: Vec<Cell<f64>>,
    handed_out: Cell<u64>,
    backwards: Cell<bool>,
}

impl<'w, 'a> Scan<'w, 'a> {
    fn new(walk: &'w Walk<'a>, server: &'w Server, pages: Sender<Scanned>, lanes: u32) -> Self {
        Self {
            walk,
            server,
            pages,
            first: (0..lanes).map(|_| OnceCell::new()).collect(),
            arrived: Notify::new(),
            shares: (0..lanes).map(|_| Cell::new(0.0)).collect(),
            handed_out: Cell::new(0),
            backwards: Cell::new(false),
        }
    }

    /// Walks one of several lanes. A key at a border is handed out once: by the lane that starts there.
    async fn walk_lane(&self, index: usize, mut lane: Lane) {
        loop {
            let Some((cursor, mut keys)) = self.step(lane.cursor()).await else { return };
            if self.first[index].get().is_none() {
                self.first[index].set(keys.iter().cloned().collect()).expect("it was empty the moment before");
                self.arrived.notify_waiters();
            }
            let step = lane.step(cursor);
            if step == Step::Last && index + 1 < self.first.len() {
                let Some(next) = self.walk.halt.cut_short(self.first_of(index + 1)).await else { return };
                keys.retain(|key| !next.contains(key));
            }
            self.backwards.set(self.backwards.get() || step == Step::Backwards);
            self.shares[index].set(lane.share());
            if !self.send(keys, cursor == 0).await || step == Step::Last || self.backwards.get() {
                return;
            }
        }
    }

    /// Walks all in one lane, in whatever order the server has.
    async fn walk_to_its_own_end(&self) {
        let mut cursor = 0;
        loop {
            let Some((next, keys)) = self.step(cursor).await else { return };
            cursor = next;
            self.shares[0].set(Lane::share_of(cursor));
            if !self.send(keys, cursor == 0).await || cursor == 0 {
                return;
            }
        }
    }

    /// One `SCAN`.
    async fn step(&self, cursor: u64) -> Option<(u64, Vec<Key>)> {
        let step = self.server.scan(cursor, &self.walk.job.selection, self.walk.scan_count());
        match self.walk.halt.cut_short(step).await? {
            Ok(page) => Some((page.cursor, page.keys)),
            Err(error) => {
                self.walk.halt.stop(error.into());
                None
            }
        }
    }

    async fn send(&self, keys: Vec<Key>, ended: bool) -> bool {
        self.handed_out.set(self.handed_out.get() + keys.len() as u64);
        let found = keys.into_iter().map(Found::Named).collect();
        self.pages.send(Scanned { share: self.share(ended), found }).await.is_ok()
    }

    /// How much of the source is walked: what the lanes say, or, where cursors tell nothing, keys.
    #[expect(clippy::cast_precision_loss, reason = "a share is for people to look at")]
    fn share(&self, ended: bool) -> Option<f64> {
        if self.server.facts().has_plain_cursor() {
            Some(self.shares.iter().map(Cell::get).sum::<f64>() / self.shares.len() as f64)
        } else if ended {
            Some(1.0)
        } else {
            let all = self.walk.key_count.filter(|all| *all > 0)?;
            Some((self.handed_out.get() as f64 / all as f64).min(1.0))
        }
    }

    async fn first_of(&self, index: usize) -> &HashSet<Key> {
        loop {
            let arrived = self.arrived.notified();
            if let Some(keys) = self.first[index].get() {
                return keys;
            }
            arrived.await;
        }
    }
}
