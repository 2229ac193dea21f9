//! `man`: a manual page for the program, and one for each command.

use std::fmt::Write;

use clap::CommandFactory;
use clap_mangen::Man;

use super::args::{Arguments, EXAMPLES};
use super::exit;
use crate::config::KEYS;

/// The page of a command or, without one, of the program.
pub fn page(command: Option<&str>) -> String {
    let mut program =
        Arguments::command().after_long_help(format!("{EXAMPLES}\n\n{}\n\n{}", exit::help(), environment()));
    // Adds inherited parts to the commands, such as global options and the usage line.
    program.build();
    let command = command.and_then(|name| program.find_subcommand(name)).unwrap_or(&program);
    let mut page = Vec::new();
    let source = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).source(source).render(&mut page).expect("a write to a Vec cannot fail");
    String::from_utf8_lossy(&page).into_owned()
}

/// The variables that override keys.
fn environment() -> String {
    let mut text =
        "Environment: a variable overrides a key in every job, and RKM_JOB__NAME__KEY in one job. The second name, \
                    if there is one, is the variable of the script. It applies if no file is given, or with \
                    --script-variables. SLEEP_TIME is in seconds."
            .to_owned();
    for key in KEYS.iter() {
        let Some(variable) = key.variable() else { continue };
        let script = key.script.map(|name| format!(", {name}")).unwrap_or_default();
        write!(text, "\n\n  {variable}{script}\n  {}", key.about).expect("a write to a String cannot fail");
    }
    text
}
