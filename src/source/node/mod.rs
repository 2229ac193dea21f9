//! One server that keys are read from.

mod databases;
mod functions;
mod one_moment;
mod permissions;
mod read;
mod replies;
mod scan_count;
mod server;
mod slots;
mod transactions;
mod two_expiries;

pub use server::{Node, NodePage};
pub use slots::ListedSlot;
