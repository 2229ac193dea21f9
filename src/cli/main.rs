//! From arguments to an exit code.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use super::args::{Arguments, Colour, Command, Everywhere};
use super::{Exit, check, completions, man, run, schema, show};
use crate::report::{LogSettings, Screen, log_level, start_logging};

/// Runs the command line of this process and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let command = Arguments::command().color(colour_of_help(&arguments));
    let parsed = command.try_get_matches_from(arguments).and_then(|found| Arguments::from_arg_matches(&found));
    let exit = match parsed {
        Ok(arguments) => dispatch(&arguments),
        Err(error) => {
            // Help and version end well; nobody being there to read them harms nobody.
            let _ = error.print();
            if error.use_stderr() { Exit::Usage } else { Exit::Success }
        }
    };
    exit.into()
}

fn dispatch(arguments: &Arguments) -> Exit {
    let screen = Screen::new();
    start_logging(&log_settings(&arguments.everywhere), &screen);
    match &arguments.command {
        Command::Run(options) => run::run(options, &screen),
        Command::Check(options) => check::check(options),
        Command::Show(options) => show::show(options),
        Command::Schema => schema::schema(),
        Command::Completions(options) => completions::completions(options.shell),
        Command::Man => man::man(),
    }
}

fn log_settings(options: &Everywhere) -> LogSettings {
    let no_color = std::env::var_os("NO_COLOR");
    let colour = crate::report::ColourChoice::from(options.color);
    LogSettings {
        level: log_level(options.verbose, options.quiet),
        format: options.log_format.into(),
        colour: colour.decide(io::stderr().is_terminal(), no_color.as_deref()),
    }
}

/// `--color` for what clap itself says, which it has to know before it has read it.
fn colour_of_help(arguments: &[OsString]) -> clap::ColorChoice {
    let mut words = arguments.iter().filter_map(|word| word.to_str());
    let given = words.find_map(|word| match word.strip_prefix("--color")? {
        "" => Some(None),
        rest => rest.strip_prefix('=').map(Some),
    });
    match given.map(|value| value.or_else(|| words.next())) {
        Some(Some("always")) => Colour::Always.into(),
        Some(Some("never")) => Colour::Never.into(),
        _ => Colour::Auto.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_known_before_anything_is_read() {
        let choice = |words: &[&str]| colour_of_help(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(choice(&["x", "--color", "never", "run"]), clap::ColorChoice::Never);
        assert_eq!(choice(&["x", "run", "--color=always"]), clap::ColorChoice::Always);
        assert_eq!(choice(&["x", "--colors"]), clap::ColorChoice::Auto);
        assert_eq!(choice(&["x", "--color"]), clap::ColorChoice::Auto);
    }
}
