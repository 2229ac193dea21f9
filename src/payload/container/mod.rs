//! Containers: small values that servers keep in one piece of memory, and write as they are, in one
//! string. Each iterates over its items; all of them are of the machine's little endian.

mod intset;
mod listpack;
mod ziplist;
mod zipmap;

pub use intset::IntSet;
pub use listpack::Listpack;
pub use ziplist::Ziplist;
pub use zipmap::Zipmap;
