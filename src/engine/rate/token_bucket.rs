//! A token bucket: it fills at a rate, and work takes tokens out.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The capacity of a bucket, as the time to fill it: short, so that the rate is even.
const BURST: Duration = Duration::from_millis(50);

/// A token bucket. Work may take more tokens than it contains; then the next work waits until the debt is paid.
#[derive(Debug)]
pub struct TokenBucket {
    /// The capacity, as the time to fill it.
    burst: Duration,
    /// Tokens a second.
    rate: Cell<f64>,
    tokens: Cell<f64>,
    filled: Cell<Instant>,
}

impl TokenBucket {
    /// A bucket that fills with `rate` tokens a second.
    pub fn new(rate: f64) -> Self {
        Self::with_burst(rate, BURST)
    }

    pub fn with_burst(rate: f64, burst: Duration) -> Self {
        Self { burst, rate: Cell::new(rate), tokens: Cell::new(0.0), filled: Cell::new(Instant::now()) }
    }

    pub fn rate(&self) -> f64 {
        self.rate.get()
    }

    pub fn set_rate(&self, rate: f64) {
        self.fill();
        self.rate.set(rate);
    }

    /// The best number to take at once, so that the rate is even; at least one.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    pub fn portion(&self) -> usize {
        ((self.rate.get() * self.burst.as_secs_f64()) as usize).max(1)
    }

    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
    pub fn take(&self, tokens: usize) {
        self.fill();
        self.tokens.set(self.tokens.get() - tokens as f64);
    }

    /// Replaces the tokens that were taken by an estimate.
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
    pub fn correct(&self, taken: usize, needed: usize) {
        self.fill();
        self.tokens.set(self.tokens.get() + taken as f64 - needed as f64);
    }

    /// The time until the debt is paid.
    pub fn debt(&self) -> Duration {
        self.fill();
        Duration::try_from_secs_f64(-self.tokens.get() / self.rate.get()).unwrap_or_default()
    }

    /// Waits until the debt is paid.
    pub async fn paid(&self) {
        loop {
            let debt = self.debt();
            if debt.is_zero() {
                return;
            }
            // The rate may change meanwhile, so a long wait is split into short ones.
            sleep(debt.min(BURST)).await;
        }
    }

    fn fill(&self) {
        let now = Instant::now();
        let arrived = self.rate.get() * now.duration_since(self.filled.replace(now)).as_secs_f64();
        self.tokens.set((self.tokens.get() + arrived).min(self.rate.get() * self.burst.as_secs_f64()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_rate_holds_over_ten_seconds() {
        let bucket = TokenBucket::new(1000.0);
        let started = Instant::now();
        let mut taken = 0;
        while started.elapsed() < Duration::from_secs(10) {
            bucket.paid().await;
            bucket.take(bucket.portion());
            taken += bucket.portion();
        }
        assert!((9_800..=10_200).contains(&taken), "{taken}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_debt_is_paid_before_more_is_taken() {
        let bucket = TokenBucket::new(10.0);
        bucket.take(20);
        let started = Instant::now();
        bucket.paid().await;
        assert!((1950..=2100).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_bucket_does_not_exceed_its_burst() {
        let bucket = TokenBucket::new(1000.0);
        sleep(Duration::from_mins(1)).await;
        bucket.take(100);
        assert!(bucket.debt() >= Duration::from_millis(49), "{:?}", bucket.debt());
    }
}
