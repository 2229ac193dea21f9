//! What a value holds, member by member, whichever way it is written.
//!
//! Nothing is collected: each member is handed on as it is read. Every function reads a value to its
//! end, and leaves the cursor behind it.

mod collections;
mod hash;
mod items;

pub use collections::{list, set, zset};
pub use hash::{Field, hash};
