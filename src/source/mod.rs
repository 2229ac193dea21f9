//! Where entries come from: a server that is asked for each, or a file that hands them out as it is read.

pub mod backup;
mod either;
mod facts;
mod found;
mod reading;
mod server;

pub use backup::Backup;
pub use either::Source;
pub use facts::SourceFacts;
pub use found::{Found, Held};
pub use reading::{Look, Reading};
pub use server::{Page, Server};
