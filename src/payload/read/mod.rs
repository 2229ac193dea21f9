//! What a value holds, member by member, whichever way it is written.
//!
//! Nothing is collected: each member is handed on as it is read. Every function reads a value to its
//! end, and leaves the cursor behind it.

mod hash;
mod items;
mod list;
mod set;
mod zset;

pub use hash::{Field, hash};
pub use list::list;
pub use set::set;
pub use zset::zset;
