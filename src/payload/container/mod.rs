//! Containers: small values that servers keep in one block of memory and write as one string. All numbers in them are
//! little endian, unless stated otherwise.

mod backlen;
mod intset;
mod listpack;
mod reencode;
mod ziplist;
mod zipmap;

pub use backlen::BacklenEncoding;
pub(in crate::payload) use backlen::SHORTEST_AMBIGUOUS;
pub use intset::IntSet;
pub use listpack::Listpack;
pub(in crate::payload) use reencode::{backlen_encoding_of, with_backlen_encoding};
pub use ziplist::Ziplist;
pub use zipmap::Zipmap;

#[cfg(test)]
pub(in crate::payload) use listpack::tests::listpack;
#[cfg(test)]
pub(in crate::payload) use ziplist::tests::ziplist;
