//! The ways to run a job: as fast as source and destination permit, with pauses, or without writing.

pub mod copy;
pub mod dry_run;
pub mod paced_copy;
mod pauses;
mod queue;
pub mod verify;
