//! Several jobs in one walk over their source. Each runs as if it had the source for itself, but gets each key only when the
//! jobs before it are done with the key.

mod feed;
mod run;
mod share;
mod switch;

pub use run::run_jobs;
