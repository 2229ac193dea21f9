//! What happens in a run: the contract between the engine and the runner, which report it, and the listeners, which show
//! it or write it down.

mod events;
mod progress;
mod summary;
mod warning;

pub use events::{Event, Listener};
pub use progress::{HeldBy, Progress, Watermark};
pub use summary::{JobSummary, RunSummary, Status};
pub use warning::Warning;
