//! The kinds of files, and the layers that their tables are.

use crate::config::layer::Level;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::config) enum FileKind {
    /// The built-in defaults.
    BuiltIn,
    /// What the job files of a project share.
    Project,
    Jobs,
}

impl FileKind {
    pub fn defaults(self) -> Level {
        match self {
            Self::BuiltIn => Level::BuiltIn,
            Self::Project => Level::ProjectDefaults,
            Self::Jobs => Level::FileDefaults,
        }
    }

    pub fn profile(self) -> Level {
        if self == Self::Jobs { Level::FileProfile } else { Level::ProjectProfile }
    }
}
