//! Where entries go.

mod databases;
mod library;
mod server;
mod written;

pub use library::Restored;
pub use server::Destination;
pub use written::Written;
