//! The events of a run: the contract between engine and runner, which emit them, and the listeners, which print or
//! record them.

mod detail;
mod events;
mod progress;
mod summary;
mod totals;
mod verification;
mod walk_start;
mod warning;

pub use detail::{Call, Detail, EndedLane, SettledKey};
pub use events::{Event, Listener};
pub use progress::{HeldBy, Progress, Settlement, Watermark};
pub use summary::{Evicted, JobSummary, Obstacle, Restart, RunSummary, Status, TooFewKeys, WaitTotal};
pub use totals::Totals;
pub use verification::{CONFIDENCE, Difference, SampleFacts, SideFacts, Verification};
pub use walk_start::WalkStart;
pub use warning::Warning;
