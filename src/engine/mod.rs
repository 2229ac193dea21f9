//! One job: lanes, filter, pace, tally, events. Knows no screen.

mod event;

pub use event::{Event, Listener, Progress};
