//! A server: connecting to it, and knowing what it is and can do.

mod address;
mod clock;
mod control;
mod dial;
mod driver;
mod facts;
mod link;
mod login;
mod refusal;
mod replies;
mod session;

pub use address::Address;
pub use clock::Clock;
pub use control::Control;
pub use facts::{Replication, ServerFacts};
pub use refusal::Refusal;
pub use replies::PipelineReplies;
pub use session::{PROBE_KEY, Session};
