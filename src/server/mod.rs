//! A server: connecting to it, and knowing what it is and can do.

mod clock;
mod connection;
mod facts;
mod refusal;
mod version;

pub use clock::{Clock, time_ms};
pub use connection::{Address, Connection, said};
pub use facts::{Eviction, Flavour, Memory, Replication, ServerFacts};
pub use refusal::Refusal;
pub use version::Version;
