//! How much is logged, and how it looks.

use clap::ValueEnum;
use tracing::Level;

/// How much is logged, and how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// What is less important is not logged.
    pub level: Level,
    /// One of two shapes.
    pub format: LogFormat,
    /// Whether text has colours.
    pub colour: bool,
}

/// The shape of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one object a line.
    Json,
}

/// When text has colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColourChoice {
    /// On a terminal.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

impl ColourChoice {
    /// Decides for an output. `no_color` is the variable of that name, which `Auto` heeds: any value but an empty one counts.
    #[must_use]
    pub fn decide(self, is_terminal: bool, no_color: Option<&std::ffi::OsStr>) -> bool {
        match self {
            Self::Auto => is_terminal && no_color.is_none_or(std::ffi::OsStr::is_empty),
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// The level for so many `-v` and `-q`: `info` for none, each step counts.
#[must_use]
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
    fn every_v_and_q_is_a_step() {
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
    fn colours_are_for_terminals_and_an_empty_no_color_is_none() {
        assert!(ColourChoice::Auto.decide(true, None));
        assert!(ColourChoice::Auto.decide(true, Some(OsStr::new(""))));
        assert!(!ColourChoice::Auto.decide(true, Some(OsStr::new("1"))));
        assert!(!ColourChoice::Auto.decide(false, None));
        assert!(ColourChoice::Always.decide(false, Some(OsStr::new("1"))));
        assert!(!ColourChoice::Never.decide(true, None));
    }
}
