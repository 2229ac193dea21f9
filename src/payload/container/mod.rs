//! Containers: small values that servers keep in one piece of memory, and write as they are, in one
//! string. Each iterates over its items; all of them are of the machine's little endian.

mod backlen;
mod intset;
mod listpack;
mod ziplist;
mod zipmap;

pub use backlen::BacklenEncoding;
pub(in crate::payload) use backlen::{SHORTEST_AMBIGUOUS, backlen_encoding_of, with_backlen_encoding};
pub use intset::IntSet;
pub use listpack::Listpack;
pub use ziplist::Ziplist;
pub use zipmap::Zipmap;

#[cfg(test)]
pub(in crate::payload) use listpack::tests::listpack;
#[cfg(test)]
pub(in crate::payload) use ziplist::tests::ziplist;
