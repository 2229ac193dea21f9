//! The text of a file, and the line of each position.

use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::config::fault::{Fault, Problem};
use crate::config::origin::Origin;

/// The text of a file.
pub(in crate::config) struct Text {
    path: Arc<Path>,
    content: String,
    /// The built-in defaults are no file that a user can open.
    built_in: bool,
}

impl Text {
    pub fn built_in(text: &str) -> Self {
        Self { path: Arc::from(Path::new("defaults.toml")), content: text.to_owned(), built_in: true }
    }

    #[cfg(test)]
    pub fn of(path: &str, text: &str) -> Self {
        Self { path: Arc::from(Path::new(path)), content: text.to_owned(), built_in: false }
    }

    pub fn read(path: &Path) -> Result<Self, Box<Fault>> {
        let path: Arc<Path> = Arc::from(path);
        let fault = |problem| Box::new(Fault::at(Origin::file(&path), problem));
        let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::IsADirectory => fault(Problem::Directory),
            _ => fault(Problem::Unreadable(error.to_string())),
        })?;
        match String::from_utf8(bytes) {
            Ok(content) => Ok(Self { path, content, built_in: false }),
            Err(error) => {
                let good = error.utf8_error().valid_up_to();
                let line = error.as_bytes()[..good].split(|byte| *byte == b'\n').count();
                let hint = of_another_kind(error.as_bytes()).map(str::to_owned);
                let place = Origin::File { path, line: Some(line), column: None };
                Err(Box::new(Fault::at(place, Problem::NotUtf8).hint(hint)))
            }
        }
    }

    pub fn as_str(&self) -> &str {
        &self.content
    }

    pub fn path(&self) -> &Arc<Path> {
        &self.path
    }

    /// The text of a span.
    pub fn slice(&self, span: Range<usize>) -> &str {
        self.content.get(span).unwrap_or_default()
    }

    /// The line of a place.
    pub fn line(&self, at: usize) -> Origin {
        if self.built_in {
            return Origin::Default;
        }
        Origin::File { path: Arc::clone(&self.path), line: Some(self.position(at).0), column: None }
    }

    /// Line and column of a place.
    pub fn line_and_column(&self, at: usize) -> Origin {
        let (line, column) = self.position(at);
        Origin::File { path: Arc::clone(&self.path), line: Some(line), column: Some(column) }
    }

    pub fn position(&self, at: usize) -> (usize, usize) {
        let before = self.content.get(..at.min(self.content.len())).unwrap_or(&self.content);
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
        (line, column)
    }
}

/// What may help with a file that is not a text in UTF-8.
fn of_another_kind(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"REDIS") || bytes.starts_with(b"VALKEY") {
        return Some("it is an RDB file: give its path as `source.rdb` in a job file, or by `--set source.rdb=…`");
    }
    let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    is_utf16.then_some("it is UTF-16: save it as UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_counted_from_one() {
        let text = Text::of("a.toml", "ä\nbc\n");
        assert_eq!(text.line_and_column(0).to_string(), "a.toml:1:1");
        assert_eq!(text.line_and_column(2).to_string(), "a.toml:1:2");
        assert_eq!(text.line_and_column(4).to_string(), "a.toml:2:2");
        assert_eq!(text.line(99).to_string(), "a.toml:3");
    }
}
