//! The command line: arguments, one file for each command, exit codes.

mod args;
mod check;
mod completions;
mod connect;
mod execute;
mod exit;
mod findings;
mod init;
mod jobs;
mod limits;
mod main;
mod man;
mod migrate;
mod output_dir;
mod resume_command;
mod retry;
mod run;
mod schema;
mod shared_args;
mod show;
mod signals;
mod stdout;
mod text_args;
mod usage_error;
mod verify;

#[cfg(test)]
mod tests;

pub use exit::Exit;
pub use main::main;
