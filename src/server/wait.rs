//! What a job waits for while a server cannot answer.

use std::time::Duration;

use crate::error::{Side, WaitCause};

/// A wait that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    pub side: Side,
    /// The address, `host:port`.
    pub server: String,
    pub cause: WaitCause,
    pub duration: Duration,
    /// Whether the server answers again. If not, the job does not wait any longer.
    pub is_over: bool,
}
