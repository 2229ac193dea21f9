//! Completion in shells: the scripts that `completions` prints, and what they run.

mod candidates;
mod context;
mod scripts;

pub use candidates::lines;
pub use scripts::script;
