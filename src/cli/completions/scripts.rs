//! The scripts that `completions` prints.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::args::Arguments;

/// The script for a shell. Those for bash, zsh and fish run this program, the others are static.
pub fn script(shell: Shell) -> String {
    match shell {
        Shell::Bash => include_str!("script.bash").to_owned(),
        Shell::Zsh => include_str!("script.zsh").to_owned(),
        Shell::Fish => include_str!("script.fish").to_owned(),
        _ => of_library(shell),
    }
}

fn of_library(shell: Shell) -> String {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
