//! How progress is shown.

use clap::ValueEnum;

use super::bar::Bars;
use super::lines::LogLines;
use crate::report::{Fanout, Screen};

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ProgressChoice {
    /// A bar on a terminal, log lines elsewhere.
    #[default]
    Auto,
    /// A bar; log lines if there is no terminal to draw it on.
    Bar,
    /// Log lines: after ten seconds, then every minute, and after ten minutes every five.
    Log,
    /// No progress.
    None,
}

/// How progress is shown on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Bar,
    Log,
    Nothing,
}

impl ProgressChoice {
    fn decide(self, is_terminal: bool) -> Shown {
        match self {
            Self::Auto | Self::Bar if is_terminal => Shown::Bar,
            Self::Auto | Self::Bar | Self::Log => Shown::Log,
            Self::None => Shown::Nothing,
        }
    }

    /// Adds the listener that shows progress in this way. `is_terminal` is whether standard error is a terminal.
    pub fn add_to(self, listeners: Fanout, screen: &Screen, is_terminal: bool) -> Fanout {
        match self.decide(is_terminal) {
            Shown::Bar => listeners.and(Bars::new(screen.clone())),
            Shown::Log => listeners.and(LogLines::default()),
            Shown::Nothing => listeners,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_needs_a_terminal() {
        use ProgressChoice as Choice;
        let all = [Choice::Auto, Choice::Bar, Choice::Log, Choice::None];
        assert_eq!(all.map(|it| it.decide(true)), [Shown::Bar, Shown::Bar, Shown::Log, Shown::Nothing]);
        assert_eq!(all.map(|it| it.decide(false)), [Shown::Log, Shown::Log, Shown::Log, Shown::Nothing]);
    }
}
