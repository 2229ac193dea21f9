//! The pauses of a job that is to be gentle.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::event::Event;
use super::halt::Halt;
use super::ledger::Ledger;

/// When a job sleeps: two counters, independent of each other, for the job as a whole.
pub struct Pace<'a, 'l> {
    sleep: Duration,
    max_processed_existing_keys: u64,
    halt: &'a Halt,
    ledger: &'a Ledger<'l>,
    started: Instant,
    executed: Cell<bool>,
    existing: Cell<u64>,
    said: Cell<bool>,
}

impl<'a, 'l> Pace<'a, 'l> {
    /// The pace of a job that starts now.
    pub fn new(sleep: Duration, max_processed_existing_keys: u64, halt: &'a Halt, ledger: &'a Ledger<'l>) -> Self {
        Self {
            sleep,
            max_processed_existing_keys,
            halt,
            ledger,
            started: Instant::now(),
            executed: Cell::new(false),
            existing: Cell::new(0),
            said: Cell::new(false),
        }
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
        while self.existing.get() >= self.max_processed_existing_keys && !self.halt.is_told() {
            self.existing.set(self.existing.get() - self.max_processed_existing_keys);
            self.pause().await;
        }
    }

    async fn pause(&self) {
        if !self.said.replace(true) {
            self.say();
        }
        self.halt.cut_short(tokio::time::sleep(self.sleep)).await;
    }

    fn say(&self) {
        let share = self.ledger.progress().share.filter(|share| *share > 0.0);
        let so_far = self.started.elapsed() + self.sleep;
        let time_left =
            share.and_then(|share| Duration::try_from_secs_f64(so_far.as_secs_f64() * (1.0 - share) / share).ok());
        self.ledger.tell(&Event::HeldBack { sleep: self.sleep, time_left });
    }
}
