//! Limits on the load on the source: keys and bytes a second, and its latency.

pub mod latency_governor;
mod throttle;
mod token_bucket;

pub use throttle::Throttle;
