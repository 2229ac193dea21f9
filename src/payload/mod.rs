//! The serialised value, as `DUMP` returns it and `RESTORE` accepts it.
//!
//! A payload is a type, a value and a footer:
//!
//! ```text
//! [metadata of modules] type: 1 byte | value | RDB version: 2 bytes | CRC-64 of everything before: 8 bytes
//! ```
//!
//! | to … | use |
//! |---|---|
//! | take a payload apart, check its checksum | [`Payload`], [`Footer`], [`crc64()`] |
//! | know its type | [`ValueType`], [`type_name()`] |
//! | find where its value ends | [`layout`]: a table of layouts, and a walk along them |
//! | read lengths, strings and scores | [`Cursor`], [`Item`], `lzf` |
//! | read its members one by one | [`read`] |
//! | read small values, which are one block of memory | [`container`]: listpack, ziplist, intset, zipmap |
//! | know what a destination accepts, and make a payload fit | [`Target`], [`fit()`] |
//! | know whether two payloads are the same value, or what differs | [`compare()`] |
//! | show people the beginning of a value | [`abbreviate()`] |

mod abbreviate;
mod compare;
pub(crate) mod container;
mod cursor;
mod double;
mod fault;
mod fit;
mod footer;
mod item;
pub mod layout;
mod length;
mod lzf;
pub mod read;
#[cfg(test)]
pub(crate) mod samples;
mod string;
#[cfg(test)]
mod tests;
mod type_name;
mod value_type;
mod view;

pub use abbreviate::abbreviate;
pub use compare::{Comparison, Part, compare, compare_at};
pub use cursor::Cursor;
pub use fault::{Fault, FaultKind};
pub use fit::{Fitted, Origin, Target, Unfit, fit, may_be_unfit, probe};
pub use footer::{Crc64, FOOTER, Footer, crc64, put_footer};
pub use item::Item;
use length::Length;
pub use string::StringHead;
pub(crate) use string::put_string;
pub(crate) use type_name::module_name;
pub use type_name::type_name;
pub use value_type::ValueType;
pub use view::{KEY_META_OPCODE, Payload};
