//! A server: connecting to it, and knowing what it is and can do.

mod activity;
mod address;
mod clock;
mod contact;
mod control;
mod dial;
mod driver;
mod exchange;
mod facts;
mod framing;
mod link;
mod login;
mod patience;
mod refusal;
mod replies;
mod session;
mod turn;
mod wait;
mod waits;

pub use address::Address;
pub use clock::Clock;
pub use contact::Contact;
pub use control::Control;
pub use exchange::Answer;
pub use facts::{KeysByDb, Replication, ServerFacts};
pub use refusal::Refusal;
pub use replies::PipelineReplies;
pub use session::{PROBE_KEY, Session};
pub use turn::Turn;
pub use wait::Wait;
