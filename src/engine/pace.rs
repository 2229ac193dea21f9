//! The pauses of a job that is to be gentle.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::walk::Walk;
use crate::event::{Event, HeldBy};

/// When a job sleeps: two counters, independent of each other, for the job as a whole.
pub struct Pace<'w, 'a> {
    walk: &'w Walk<'a>,
    started: Instant,
    executed: Cell<bool>,
    existing: Cell<u64>,
    said: Cell<bool>,
}

impl<'w, 'a> Pace<'w, 'a> {
    /// The pace of a job that starts now.
    pub fn new(walk: &'w Walk<'a>) -> Self {
        let (executed, existing, said) = (Cell::new(false), Cell::new(0), Cell::new(false));
        Self { walk, started: Instant::now(), executed, existing, said }
    }

    /// Comes before each pipeline, and sleeps if there was one: so the last one has no sleep behind it.
    pub async fn before_pipeline(&self) {
        if self.executed.replace(true) {
            self.pause().await;
        }
    }

    /// Comes after keys were found to exist, and sleeps once for every so many.
    pub async fn after_existing(&self, keys: u64) {
        self.existing.set(self.existing.get() + keys);
        let enough = self.walk.job.max_processed_existing_keys;
        while self.existing.get() >= enough && !self.walk.halt.is_told() {
            self.existing.set(self.existing.get() - enough);
            self.pause().await;
        }
    }

    async fn pause(&self) {
        if !self.said.replace(true) {
            self.say();
        }
        self.walk.held_by.set(HeldBy::Sleep);
        self.walk.halt.cut_short(tokio::time::sleep(self.walk.job.sleep)).await;
    }

    fn say(&self) {
        let sleep = self.walk.job.sleep;
        let share = self.walk.ledger.progress().share.filter(|share| *share > 0.0);
        let so_far = (self.started.elapsed() + sleep).as_secs_f64();
        let time_left = share.and_then(|share| Duration::try_from_secs_f64(so_far * (1.0 - share) / share).ok());
        self.walk.ledger.tell(&Event::HeldBack { sleep, time_left });
    }
}
