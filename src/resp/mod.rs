//! The RESP2 codec of the data path: requests are encoded into the bytes to send, replies are slices of the received
//! bytes.
//!
//! `DUMP`, `RESTORE` and the other commands for single keys use this codec. Control connections use the `redis` crate.

mod decoder;
mod expected;
mod frame;
mod reply;
mod request;
mod shifted;
mod transaction;

pub use decoder::{Decoder, Malformed};
pub use expected::{Expected, Usual};
pub use frame::{FrameText, Framing};
pub use reply::Reply;
pub use request::{Commands, Request};
pub use shifted::Shifted;
