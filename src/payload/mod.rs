//! The value as `DUMP` gives it and `RESTORE` takes it.
//!
//! A payload is a type, a value and a footer:
//!
//! ```text
//! [what modules attached to the key] type byte | value | RDB version: 2 | CRC-64 of all before: 8
//! ```
//!
//! | part | where it is understood |
//! |---|---|
//! | all of it, and its footer | [`Payload`], [`Footer`], [`crc64()`] |
//! | the type | [`ValueType`], [`type_name`] |
//! | where the value ends | [`layout`]: a table of what follows what, and one walk along it |
//! | lengths, strings, scores | [`Cursor`], [`Length`], [`Item`], `lzf` |
//! | what a value holds | [`read`]: member by member |
//! | what a destination takes, and making it fit | [`fit()`], [`Target`] |
//! | small values in one piece of memory | [`container`]: listpack, ziplist, intset, zipmap |

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

pub use cursor::Cursor;
pub use fault::{Fault, FaultKind};
pub use fit::{Fitted, Origin, Target, Unfit, fit, probe};
pub use footer::{Crc64, FOOTER, Footer, crc64, put_footer};
pub use item::Item;
pub use length::Length;
pub use string::StringHead;
pub use type_name::{module_name, type_name};
pub use value_type::ValueType;
pub use view::{KEY_META_OPCODE, Payload};
