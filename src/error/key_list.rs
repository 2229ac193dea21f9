//! A list of keys that cannot be read.

use std::fmt;

use crate::job::KeyList;

/// A list of keys that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyListError {
    pub list: KeyList,
    /// Counted from 1; `None` if the file as a whole is wrong.
    pub line: Option<u64>,
    /// What is wrong: a sentence about the line, or one that fits after the name of the list.
    pub problem: String,
}

impl std::error::Error for KeyListError {}

/// Like the faults of a configuration.
impl fmt::Display for KeyListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { list, line, problem } = self;
        match line {
            Some(line) => write!(f, "{}:{line}: {problem}", list.path.display()),
            None => write!(f, "{list} {problem}"),
        }
    }
}
