//! RDB files: what `SAVE` writes, read as a stream.
//!
//! A file is a magic with a version, records, and a checksum. Each record begins with a byte that is
//! an opcode or the type of a key's value. A value is never decoded: a walk along its
//! [layout](crate::payload::layout) finds its end as its bytes arrive, and the bytes are wrapped as the
//! payload that `DUMP` would return.
//!
//! | part | what it does |
//! |---|---|
//! | [`RecordDecoder`] | turns bytes into [`Record`]s; knows no files and no tasks |
//! | [`Reader`] | a decoder together with the file that it reads |
//! | [`unpack`] | unpacks gzip, which is recognised by its first bytes |

#[cfg(test)]
mod corpus;
mod decoder;
mod dialect;
mod error;
mod foreign;
#[cfg(test)]
mod foreign_tests;
mod header;
mod input;
mod key;
mod key_steps;
mod opcode;
mod other_format;
mod part;
mod reader;
mod record;
mod records;
mod tail;
#[cfg(test)]
mod tests;
mod unpacking;
mod value;

pub use decoder::RecordDecoder;
pub use dialect::Dialect;
pub use error::{RdbError, RdbFault};
pub use header::FileHeader;
pub use input::ReadLimits;
pub use other_format::OtherFormat;
pub use reader::Reader;
pub use record::{Checksum, ForeignKind, KeyRecord, NotCarried, Record, Unreadable, Value};
pub(crate) use records::function_libraries;
pub use unpacking::unpack;
