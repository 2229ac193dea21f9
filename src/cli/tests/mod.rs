//! The texts and exit codes of commands.

mod exit;
mod texts;
