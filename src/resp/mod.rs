//! The hot path's own RESP2: requests encoded straight into what is sent, replies as slices of what was read.
//!
//! `DUMP`, `RESTORE` and what goes with every single key use this codec. Control connections stay with the
//! `redis` crate.

mod decoder;
mod reply;
mod request;

pub use decoder::{Decoder, Malformed};
pub use reply::Reply;
pub use request::{Commands, Request};
