//! The width and the colours of an output.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::os::fd::AsFd;

use unicode_width::UnicodeWidthStr;

use super::ColourChoice;

/// The width of an output that is not a terminal.
const USUAL: usize = 80;
/// The smallest width that texts are fitted into.
const SMALLEST: usize = 60;

/// When to use colours: `--color`, and the variable `NO_COLOR`.
#[derive(Clone, Debug, Default)]
pub struct Colours {
    /// The option.
    pub choice: ColourChoice,
    /// The variable.
    pub no_color: Option<OsString>,
}

impl Colours {
    /// Whether an output has colours.
    pub fn decide(&self, is_terminal: bool) -> bool {
        self.choice.decide(is_terminal, self.no_color.as_deref())
    }
}

/// How texts are fitted into an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// In columns.
    pub(super) width: usize,
    /// Whether sentences are wrapped, too. A file or a pipe has one line for each, so that programs can search them.
    pub(super) wraps: bool,
    pub(super) has_colours: bool,
}

impl Look {
    /// Of an output that may be a terminal.
    pub(super) fn of(out: &(impl AsFd + IsTerminal), colours: &Colours) -> Self {
        let is_terminal = out.is_terminal();
        let size = is_terminal.then(|| rustix::termios::tcgetwinsize(out).ok()).flatten();
        Self {
            width: width(size.map(|size| size.ws_col)),
            wraps: is_terminal,
            has_colours: colours.decide(is_terminal),
        }
    }

    /// The lines of a text. A line that is too long is wrapped at spaces, and its rest is indented.
    pub(super) fn wrapped(self, text: &str) -> String {
        if !self.wraps {
            return text.to_owned();
        }
        text.split_inclusive('\n').map(|line| wrap(line, self.width)).collect()
    }
}

/// A terminal whose size is not known has the width 0.
fn width(columns: Option<u16>) -> usize {
    columns.filter(|columns| *columns > 0).map_or(USUAL, |columns| usize::from(columns).max(SMALLEST))
}

fn wrap(line: &str, width: usize) -> String {
    const INDENT: &str = "  ";
    let (mut text, mut used, mut start) = (String::new(), 0, 0);
    for word in line.split_inclusive(' ') {
        let columns = word.trim_end().width();
        if used > start && used + columns > width {
            text.truncate(text.trim_end_matches(' ').len());
            text.extend(["\n", INDENT]);
            start = INDENT.len();
            used = start;
        }
        text.push_str(word);
        used += word.trim_end_matches('\n').width();
    }
    text
}

/// A colour of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    Red,
    Green,
    Yellow,
}

impl Colour {
    /// A text in this colour.
    pub(super) fn paint(self, text: &str) -> String {
        let code = match self {
            Self::Red => 31,
            Self::Green => 32,
            Self::Yellow => 33,
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A pipe, or a terminal of this width.
    pub(in crate::report) fn pipe() -> Look {
        Look { width: USUAL, wraps: false, has_colours: false }
    }

    pub(in crate::report) fn terminal(width: usize) -> Look {
        Look { width, wraps: true, has_colours: false }
    }

    #[test]
    fn an_unknown_width_is_80_and_none_is_below_60() {
        assert_eq!([None, Some(0), Some(20), Some(60), Some(140)].map(width), [80, 80, 60, 60, 140]);
    }

    #[test]
    fn long_lines_are_wrapped_at_spaces_on_a_terminal_only() {
        let text = "one two three\nfour\n";
        assert_eq!(terminal(9).wrapped(text), "one two\n  three\nfour\n");
        assert_eq!(pipe().wrapped(text), text);
    }

    #[test]
    fn a_word_that_is_longer_than_a_line_is_not_broken_and_wide_characters_count_twice() {
        assert_eq!(terminal(6).wrapped("a incomprehensible b"), "a\n  incomprehensible\n  b");
        assert_eq!(terminal(6).wrapped("漢漢 漢"), "漢漢\n  漢");
    }
}
