//! What a job may take of its source: keys and bytes a second, and a source that stays quick.

pub mod latency_governor;
mod throttle;
mod token_bucket;

pub use throttle::Throttle;
