//! Programs that stand in for others.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Writes a program that Bash runs.
pub fn stand_in(path: impl AsRef<Path>, script: &str) {
    fs::write(&path, format!("#!/bin/bash\n{script}\n")).expect("a program of our own");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("the file is ours");
}
