//! Limits on the load on the source: keys and bytes a second, and its latency.

pub mod latency_governor;
mod pause_counts;
mod throttle;
mod token_bucket;

pub use pause_counts::PauseCounts;
pub use throttle::Throttle;
