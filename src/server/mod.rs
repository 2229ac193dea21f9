//! A server: connecting to it, and knowing what it is and can do.

mod address;
mod channel;
mod clock;
mod connection;
mod dial;
mod facts;
mod link;
mod login;
mod refusal;

pub use address::Address;
pub use channel::{Channel, NOBODYS_KEY};
pub use clock::Clock;
pub use connection::Connection;
pub use facts::{Memory, Replication, ServerFacts};
pub use refusal::Refusal;
