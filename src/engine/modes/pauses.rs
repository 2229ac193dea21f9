//! The pauses of a job.

use std::time::{Duration, Instant};

use crate::engine::context::JobContext;
use crate::event::{Event, HeldBy};

/// Decides when a job sleeps: after pipelines, and after existing keys. The two counters are independent.
pub struct Pauses<'c, 'a> {
    context: &'c JobContext<'a>,
    started: Instant,
}

impl<'c, 'a> Pauses<'c, 'a> {
    pub fn new(context: &'c JobContext<'a>) -> Self {
        Self { context, started: Instant::now() }
    }

    /// Sleeps before each pipeline but the first, so that no sleep follows the last.
    pub async fn before_pipeline(&self) {
        if self.context.pauses.has_executed.replace(true) {
            self.pause().await;
        }
    }

    /// Counts existing keys, and sleeps once for every `max_processed_existing_keys`.
    pub async fn after_existing(&self, keys: u64) {
        let existing = &self.context.pauses.existing;
        existing.set(existing.get() + keys);
        let enough = self.context.job.max_processed_existing_keys;
        while existing.get() >= enough && !self.context.stop.is_stopping() {
            existing.set(existing.get() - enough);
            self.pause().await;
        }
    }

    async fn pause(&self) {
        if !self.context.pauses.is_reported.replace(true) {
            self.report();
        }
        self.context.held_by.set(HeldBy::Sleep);
        self.context.stop.until_stopped(tokio::time::sleep(self.context.job.sleep)).await;
    }

    fn report(&self) {
        let sleep = self.context.job.sleep;
        let share = self.context.ledger.progress().share.filter(|share| *share > 0.0);
        let so_far = (self.started.elapsed() + sleep).as_secs_f64();
        let time_left = share.and_then(|share| Duration::try_from_secs_f64(so_far * (1.0 - share) / share).ok());
        self.context.ledger.emit(&Event::HeldBack { sleep, time_left });
    }
}
