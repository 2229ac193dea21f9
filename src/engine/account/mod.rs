//! The account of a job: every key that is taken up has a ticket, and every ticket gets one outcome.

mod counts;
mod ended;
mod in_flight;
mod ledger;
mod margin;
mod settled;
mod ticket;
mod unreported;
mod watermark;

pub use ended::Ended;
pub use in_flight::KeyId;
pub use ledger::{Ledger, OnLeave};
pub use margin::FailureMargin;
pub use settled::Settled;
pub use ticket::{Candidate, Ticket};
pub use watermark::PageId;
