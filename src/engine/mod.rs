//! One job: scan, filter, read, pace, write, tally, events. Knows no screen.

mod asking;
mod bucket;
mod choosing;
mod depth;
mod fast;
mod fitting;
mod gentle;
mod governor;
mod halt;
mod lane;
mod ledger;
mod pace;
mod pieces;
mod rehearsal;
mod scan;
mod sizer;
mod throttle;
mod unload;
mod walk;
mod window;
mod writing;

pub use walk::{Ended, Walk};
