//! A server: connecting to it, and knowing what it is and can do.

mod address;
mod answered;
mod clock;
mod control;
mod dial;
mod facts;
mod line;
mod link;
mod login;
mod refusal;
mod session;

pub use address::Address;
pub use answered::Answered;
pub use clock::Clock;
pub use control::Control;
pub use facts::{Replication, ServerFacts};
pub use refusal::Refusal;
pub use session::{NOBODYS_KEY, Session};
