//! The shells and language servers that tests drive.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::installed::installed_by;

/// The path of a shell, or of a part of a language server, by its name in `editors.sh`.
pub fn editor(name: &str) -> &'static Path {
    static INSTALLED: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    INSTALLED.get_or_init(|| installed_by("editors.sh")).get(name).expect("a name that editors.sh prints")
}
