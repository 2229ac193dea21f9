//! `man`: one manual page for the program with all its commands.

use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::args::Arguments;
use super::{Exit, stdout};
use crate::config::{KEYS, Key};

/// Prints the manual page.
pub fn man() -> Exit {
    match page() {
        Ok(text) => stdout::print(&text),
        Err(error) => {
            tracing::error!("cannot make the manual page: {error}");
            Exit::Other
        }
    }
}

pub(super) fn page() -> io::Result<String> {
    let mut program = Arguments::command();
    // Resolves what commands inherit, such as global options and the usage line.
    program.build();
    let mut bytes = Vec::new();
    let whole = Man::new(program.clone());
    whole.render_title(&mut bytes)?;
    whole.render_name_section(&mut bytes)?;
    whole.render_synopsis_section(&mut bytes)?;
    whole.render_description_section(&mut bytes)?;
    whole.render_options_section(&mut bytes)?;
    for command in program.get_subcommands().filter(|command| command.get_name() != "help") {
        bytes.extend(of_command(command)?.into_bytes());
    }
    bytes.extend(environment().into_bytes());
    whole.render_extra_section(&mut bytes)?;
    whole.render_version_section(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).replace("\n.SH EXTRA", "\n.SH \"EXAMPLES AND EXIT CODES\""))
}

/// The variables that override keys.
fn environment() -> String {
    let of_key = |key: &Key| {
        let script = key.script.map(|name| format!(", \\fB{name}\\fR")).unwrap_or_default();
        Some(format!(".TP\n\\fB{}\\fR{script}\n{}\n", key.variable()?, key.about))
    };
    let variables: Vec<String> = KEYS.iter().filter_map(of_key).collect();
    format!(
        ".SH ENVIRONMENT\nA variable overrides a key in every job, \\fBRKM_JOB__\\fINAME\\fB__\\fIKEY\\fR in one. The second \
         name, where there is one, is that of the script: it counts where no file is given, or with \
         \\fB\\-\\-script\\-variables\\fR; its \\fBSLEEP_TIME\\fR is in seconds.\n{}",
        variables.concat()
    )
}

/// A section for a command, with what would be sections of its own page as parts.
fn of_command(command: &Command) -> io::Result<String> {
    let name = command.get_name().to_uppercase();
    // Options of every command are told once, at the top.
    let own = command.clone().mut_args(|arg| if arg.is_global_set() { arg.hide(true) } else { arg });
    let page = Man::new(own);
    let mut bytes = Vec::new();
    page.render_synopsis_section(&mut bytes)?;
    page.render_description_section(&mut bytes)?;
    if command.get_arguments().any(|arg| !arg.is_global_set() && !arg.is_hide_set()) {
        page.render_options_section(&mut bytes)?;
    }
    page.render_extra_section(&mut bytes)?;
    let parts = String::from_utf8_lossy(&bytes).replace("\n.SH ", "\n.SS ").replace("\n.SS EXTRA", "\n.SS EXAMPLES");
    let parts = parts.strip_prefix(".SH ").map_or(parts.clone(), |rest| format!(".SS {rest}"));
    Ok(format!(".SH \"COMMAND {name}\"\n{parts}"))
}
