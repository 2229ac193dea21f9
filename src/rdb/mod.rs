//! RDB files: what `SAVE` writes, read as a stream.
//!
//! A file is a magic with a version, records, and a checksum. Each record begins with a byte that is
//! an opcode or the type of a key's value ([`opcode`]). A value is never made into anything: it is
//! passed over along its [layout](crate::payload::layout) as its bytes arrive, and wrapped as the
//! payload that `DUMP` would give.
//!
//! | part | what it does |
//! |---|---|
//! | [`RecordDecoder`] | bytes in, [`Record`]s out; knows no files and no tasks |
//! | [`Reader`] | a decoder and something that bytes are read from |
//! | [`unpack`] | `.gz` told by its first bytes |

#[cfg(test)]
mod corpus;
mod decoder;
mod error;
mod header;
mod input;
mod key;
mod opcode;
mod part;
mod reader;
mod record;
mod records;
#[cfg(test)]
mod tests;
mod unpacking;
mod value;

pub use decoder::RecordDecoder;
pub use error::{RdbError, RdbFault};
pub use header::FileHeader;
pub use input::ReadLimits;
pub use reader::Reader;
pub use record::{Checksum, KeyRecord, Record, Unreadable, Value};
pub use unpacking::unpack;
