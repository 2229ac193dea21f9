//! How much is logged, and how it looks.

use clap::ValueEnum;
use tracing::Level;

/// How much is logged, and how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// Less important events are not logged.
    pub level: Level,
    /// Text or JSON.
    pub format: LogFormat,
    /// Whether the text has colours.
    pub colour: bool,
}

/// The format of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object in each line.
    Json,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColourChoice {
    /// Only on a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColourChoice {
    /// Whether an output has colours. `no_color` is the variable `NO_COLOR`: with any value except an empty one, `Auto`
    /// uses no colours.
    pub fn decide(self, is_terminal: bool, no_color: Option<&std::ffi::OsStr>) -> bool {
        match self {
            Self::Auto => is_terminal && no_color.is_none_or(std::ffi::OsStr::is_empty),
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// The log level for a number of `-v` and of `-q`. Without any, it is `info`.
pub fn log_level(verbose: u8, quiet: u8) -> Level {
    match i16::from(verbose) - i16::from(quiet) {
        ..=-2 => Level::ERROR,
        -1 => Level::WARN,
        0 => Level::INFO,
        1 => Level::DEBUG,
        2.. => Level::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn each_v_and_q_changes_the_level_by_one() {
        let levels = [(0, 9), (0, 2), (0, 1), (0, 0), (1, 1), (1, 0), (2, 0), (9, 0)].map(|(v, q)| log_level(v, q));
        let expected = [
            Level::ERROR,
            Level::ERROR,
            Level::WARN,
            Level::INFO,
            Level::INFO,
            Level::DEBUG,
            Level::TRACE,
            Level::TRACE,
        ];
        assert_eq!(levels, expected);
    }

    #[test]
    fn auto_uses_colours_on_terminals_unless_no_color_has_a_value() {
        assert!(ColourChoice::Auto.decide(true, None));
        assert!(ColourChoice::Auto.decide(true, Some(OsStr::new(""))));
        assert!(!ColourChoice::Auto.decide(true, Some(OsStr::new("1"))));
        assert!(!ColourChoice::Auto.decide(false, None));
        assert!(ColourChoice::Always.decide(false, Some(OsStr::new("1"))));
        assert!(!ColourChoice::Never.decide(true, None));
    }
}
