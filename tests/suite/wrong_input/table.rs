//! One wrong input: a row of the tables.

/// The secret of all rows. No output shows it.
pub const SECRET: &str = "S3CRET";

/// A wrong input, and what its messages must contain.
pub struct Row {
    /// What the user did.
    pub what: &'static str,
    /// The whole job file; `None` for a good one.
    pub file: Option<Vec<u8>>,
    /// Lines of the good job file, beginning with its fifth.
    pub lines: &'static str,
    pub arguments: Vec<&'static str>,
    pub variables: Vec<(&'static str, &'static str)>,
    pub exit: i32,
    /// Texts in the messages: where it is, what it is, and what is allowed.
    pub says: &'static [&'static str],
}

/// A good job file with one more line, the fifth, which is wrong. The message names the line.
pub fn line(what: &'static str, lines: &'static str, says: &'static [&'static str]) -> Row {
    Row { what, file: None, lines, arguments: vec!["run", "job.toml"], variables: Vec::new(), exit: 2, says }
}

/// A whole job file.
pub fn file(what: &'static str, text: impl AsRef<[u8]>, says: &'static [&'static str]) -> Row {
    Row { file: Some(text.as_ref().to_owned()), ..line(what, "", says) }
}

/// A good job file with a variable.
pub fn variable(what: &'static str, name: &'static str, value: &'static str, says: &'static [&'static str]) -> Row {
    Row { variables: vec![(name, value)], ..line(what, "", says) }
}

/// A good job file with a `--set`.
pub fn set(what: &'static str, set: &'static str, says: &'static [&'static str]) -> Row {
    Row { arguments: vec!["run", "job.toml", "--set", set], ..line(what, "", says) }
}

/// A good job file with these arguments.
pub fn arguments(what: &'static str, arguments: &[&'static str], says: &'static [&'static str]) -> Row {
    Row { arguments: arguments.to_vec(), ..line(what, "", says) }
}

impl Row {
    pub fn exits(self, exit: i32) -> Self {
        Self { exit, ..self }
    }
}
