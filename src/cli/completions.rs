//! `completions`: for a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Arguments;
use super::{Exit, stdout};

/// Prints the completions for a shell.
pub fn completions(shell: Shell) -> Exit {
    stdout::print(&text(shell))
}

pub(super) fn text(shell: Shell) -> String {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
