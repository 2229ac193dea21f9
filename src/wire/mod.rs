//! The hot path's own RESP2: requests encoded straight into what is sent, replies as slices of what was read.
//!
//! `DUMP`, `RESTORE` and what goes with every single key travel here. Control connections stay with the
//! `redis` crate.

mod decoder;
mod link;
mod reply;
mod request;

pub use link::{Link, LinkError};
pub use reply::Reply;
pub use request::Request;
