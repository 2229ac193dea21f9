//! Where a value comes from.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Where a value, or a fault, comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The built-in defaults.
    Default,
    /// A job file.
    File {
        /// The path that the user gave.
        path: Arc<Path>,
        /// Counted from 1; `None` for the file as a whole.
        line: Option<usize>,
        /// In characters, counted from 1; only for syntax errors.
        column: Option<usize>,
    },
    /// An environment variable, by name.
    Variable(String),
    /// An option of the command line, such as `--set sleep`.
    Option(String),
}

impl Origin {
    /// A file as a whole.
    pub(super) fn file(path: &Arc<Path>) -> Self {
        Self::File { path: Arc::clone(path), line: None, column: None }
    }

    /// Whether it is a variable or an option.
    #[must_use]
    pub fn is_override(&self) -> bool {
        matches!(self, Self::Variable(_) | Self::Option(_))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line, column } => {
                write!(f, "{}", path.display())?;
                line.map_or(Ok(()), |line| write!(f, ":{line}"))?;
                column.map_or(Ok(()), |column| write!(f, ":{column}"))
            }
            Self::Variable(name) | Self::Option(name) => f.write_str(name),
        }
    }
}
