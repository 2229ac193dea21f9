//! Programs that a script of this folder installs for the tests.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Runs such a script, which prints a line `NAME<TAB>PATH` for each program. If one cannot be installed, every test
/// that needs one fails.
pub(super) fn installed_by(script: &str) -> HashMap<String, PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support").join(script);
    let output = Command::new(&script).stdin(Stdio::null()).output().expect("the script can be executed");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} failed ({}):\n{stderr}", script.display(), output.status);
    String::from_utf8(output.stdout)
        .expect("paths that are UTF-8")
        .lines()
        .map(|line| line.split_once('\t').expect("NAME<TAB>PATH"))
        .map(|(name, path)| (name.to_owned(), PathBuf::from(path)))
        .collect()
}

/// A program that `packaging.sh` installs.
pub fn packaging_tool(name: &str) -> &'static Path {
    static INSTALLED: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    INSTALLED.get_or_init(|| installed_by("packaging.sh")).get(name).expect("packaging.sh prints all of them or fails")
}
