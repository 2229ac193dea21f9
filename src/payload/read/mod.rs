//! Reading a value member by member, in whatever form it is written.
//!
//! Nothing is collected: each member is passed on as it is read. Every function reads a value to its end, and leaves the
//! cursor after it.

mod collections;
mod hash;
mod items;
mod stream;
mod stream_part;

pub use collections::{list, set, zset};
pub use hash::{Field, hash};
pub(in crate::payload) use stream::stream;
pub(in crate::payload) use stream_part::{StreamId, StreamPart};
