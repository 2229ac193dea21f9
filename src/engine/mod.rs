//! One job: scan, filter, read, pace, write, tally, events. Knows no screen.

mod event;
mod fast;
mod gentle;
mod halt;
mod ledger;
mod pace;
mod rehearsal;
mod scan;
mod sizer;
mod walk;
mod window;

pub use event::{Event, Listener, Progress};
pub use walk::{Ended, Walk};
