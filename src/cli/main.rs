//! From arguments to an exit code.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::{ColorChoice, CommandFactory, FromArgMatches};

use super::args::{Arguments, Command, GlobalOptions};
use super::{Exit, check, completions, init, man, migrate, retry, run, show, stdout, usage_error, verify};
use crate::report::{Colours, LogSettings, Screen, log_level, start_logging};
use crate::sanitize;

/// Runs the command line of this process and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let command = Arguments::command().color(colour_of_help(&arguments));
    let parsed = command.try_get_matches_from(arguments).and_then(|found| Arguments::from_arg_matches(&found));
    let exit = match parsed {
        Ok(arguments) => dispatch(&arguments),
        Err(error) => {
            // If help or version cannot be printed because stdout is closed, that is no error.
            let error = usage_error::reworded(error);
            let _ = error.print();
            if error.use_stderr() { Exit::Usage } else { Exit::Success }
        }
    };
    exit.into()
}

fn dispatch(arguments: &Arguments) -> Exit {
    let colours = Colours { choice: arguments.global.color, no_color: std::env::var_os("NO_COLOR") };
    let screen = Screen::new(colours.clone());
    start_logging(&log_settings(&arguments.global, &colours), &screen);
    let (text, exit) = match &arguments.command {
        Command::Run(options) => (String::new(), run::run(options, &screen)),
        Command::Verify(options) => (String::new(), verify::verify(options, &screen)),
        Command::Retry(options) => (String::new(), retry::retry(options, &screen)),
        Command::Migrate(options) => (String::new(), migrate::migrate(options, &screen)),
        Command::Check(options) => safe(check::check(options, &screen)),
        Command::Show(options) => safe(show::show(options)),
        Command::Init(options) => safe(init::init(options)),
        Command::Schema(options) => (options.kind.schema(), Exit::Success),
        Command::Completions(options) => (completions::script(options.shell), Exit::Success),
        Command::Complete(options) => (completions::lines(options), Exit::Success),
        Command::Man(options) => (man::page(options.command.as_deref()), Exit::Success),
    };
    screen.flush();
    let exit = stdout::print(&text).or_worse(exit);
    screen.flush();
    exit
}

/// Texts of servers and files do not control the terminal.
fn safe((text, exit): (String, Exit)) -> (String, Exit) {
    (sanitize::lines(&text).into_owned(), exit)
}

fn log_settings(options: &GlobalOptions, colours: &Colours) -> LogSettings {
    LogSettings {
        level: log_level(options.verbose, options.quiet),
        format: options.log_format,
        colour: colours.decide(io::stderr().is_terminal()),
    }
}

/// Finds `--color` for the messages of clap, which needs it before it parses the arguments.
fn colour_of_help(arguments: &[OsString]) -> ColorChoice {
    let mut words = arguments.iter().filter_map(|word| word.to_str()).flat_map(|word| word.split('='));
    match words.find(|word| *word == "--color").and_then(|_| words.next()) {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colour_is_known_before_the_arguments_are_parsed() {
        let choice = |words: &[&str]| colour_of_help(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(choice(&["x", "--color", "never", "run"]), ColorChoice::Never);
        assert_eq!(choice(&["x", "run", "--color=always"]), ColorChoice::Always);
        assert_eq!(choice(&["x", "--colors"]), ColorChoice::Auto);
        assert_eq!(choice(&["x", "--color"]), ColorChoice::Auto);
    }
}
