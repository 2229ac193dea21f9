//! What is done with the keys of a job.

/// What is done with the keys of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They are copied.
    Copy,
    /// They are counted by the outcome that they would have.
    DryRun,
    /// They are compared with the destination.
    Verify,
}
