//! Whether two payloads are the same value, although servers of other flavours and versions write it in other forms.
//!
//! Values can have hundreds of MiB, and the members of sets and hashes are in no order. So no member is kept: a value is
//! read as a set of facts, such as "this member has this score", and the [digests](digest) of all facts are added up.
//! Each [part] of a value has a digest of its own, so that one pass over the values also shows what differs.

mod comparison;
mod digest;
mod node;
mod part;
mod stream;
#[cfg(test)]
mod tests;
mod value;

pub use comparison::{Comparison, compare, compare_at};
pub use part::Part;
