//! A server: connecting to it, and knowing what it is and can do.

mod address;
mod channel;
mod clock;
mod connection;
mod facts;
mod login;
mod refusal;
mod version;

pub use address::Address;
pub use channel::{Channel, NOBODYS_KEY};
pub use clock::Clock;
pub use connection::Connection;
pub use facts::{Flavour, Memory, Replication, ServerFacts};
pub use refusal::Refusal;
pub use version::Version;
