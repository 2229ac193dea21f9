//! Arguments that are given like job files but are something else, such as an override without `--set`. They may contain a
//! password.

use std::path::{Path, PathBuf};

use super::fault::{Fault, Problem};
use super::hints;
use super::keys;
use super::mask;

/// Editors and chat programs replace `-` by these.
const OTHER_DASHES: [char; 4] = ['\u{2010}', '–', '—', '−'];

/// The arguments that may be job files.
pub(super) struct Arguments {
    /// Whether one of them may be the value of a key whose `=` is missing.
    has_loose_value: bool,
}

impl Arguments {
    pub fn new(files: &[PathBuf], sets: &[String]) -> Self {
        let is_loose_key = |path: &PathBuf| path.to_str().is_some_and(is_key) && !path.exists();
        let has_loose_value = sets.iter().any(|set| !set.contains('=')) || files.iter().any(is_loose_key);
        Self { has_loose_value }
    }

    /// What a path probably is if it is not a job file. `None` if it may be a job file, present or missing.
    pub fn misplaced(&self, path: &Path) -> Option<Misplaced> {
        let text = path.to_string_lossy();
        if path.exists() {
            return None;
        }
        let fault = |shown: &str, hint: String| {
            Some(Misplaced::Fault(Box::new(Fault::of_the_run(Problem::NoJobFile(shown.to_owned())).hint(hint))))
        };
        if text.starts_with(OTHER_DASHES) {
            return fault(&mask::argument(&text), "an option begins with `-`, not with another dash".to_owned());
        }
        let key = text.split_once('=').map_or(&*text, |(key, _)| key);
        if is_plain(key) && (text.contains('=') || is_key(key)) {
            return fault(&mask::argument(&text), override_of(key));
        }
        let is_file_name = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml"));
        if self.has_loose_value && !is_file_name {
            return Some(Misplaced::Value);
        }
        if mask::name(&text) != text {
            let hint = "it is not shown, because it may hold a password; to override a value, write `--set KEY=VALUE`";
            return fault(mask::LEFT_OUT, hint.to_owned());
        }
        None
    }
}

/// An argument that is no job file.
pub(super) enum Misplaced {
    Fault(Box<Fault>),
    /// The value of a key whose `=` is missing, which has a fault of its own.
    Value,
}

fn override_of(key: &str) -> String {
    if key.starts_with('-') {
        return hints::unknown_option(key).unwrap_or_else(|| "an option stands before `--`".to_owned());
    }
    if hints::is_variable(key) {
        return format!("a variable stands before the command: `{key}=… redis-keys-migrator run FILE`");
    }
    format!("to override a value, write `--set {key}=…`")
}

/// `KEY` or `job.NAME.KEY`.
fn is_key(text: &str) -> bool {
    let of_job = |rest: &str| rest.split_once('.').is_some_and(|(_, key)| keys::find(key).is_some());
    keys::find(text).is_some() || text.strip_prefix("job.").is_some_and(of_job)
}

/// Whether this can be a key or a variable.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}
