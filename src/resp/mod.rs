//! The RESP2 codec of the data path: requests are encoded into the bytes to send, replies are slices of the received
//! bytes.
//!
//! `DUMP`, `RESTORE` and the other commands for single keys use this codec. Control connections use the `redis` crate.

mod decoder;
mod reply;
mod request;

pub use decoder::{Decoder, Malformed};
pub use reply::Reply;
pub use request::{Commands, Request};
