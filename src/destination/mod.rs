//! Where entries go.

mod server;
mod written;

pub use server::Destination;
pub use written::Written;
