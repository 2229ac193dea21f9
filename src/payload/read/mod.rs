//! Reading a value member by member, in whatever form it is written.
//!
//! Nothing is collected: each member is passed on as it is read. Every function reads a value to its end, and leaves the
//! cursor after it.

mod collections;
mod hash;
mod items;

pub use collections::{list, set, zset};
pub use hash::{Field, hash};
