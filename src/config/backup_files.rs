//! From the texts of `source.rdb` to files.

use std::path::Path;

use crate::job::BackupPath;

/// The files that these texts stand for, in order, each once. A text that no path is equal to is a glob. A glob without
/// a match stays as it is, and the checks before the run report it.
pub(super) fn expanded(texts: Vec<BackupPath>) -> Vec<BackupPath> {
    let mut files = Vec::new();
    for file in texts.into_iter().flat_map(matches) {
        if !files.contains(&file) {
            files.push(file);
        }
    }
    files
}

fn matches(text: BackupPath) -> Vec<BackupPath> {
    let BackupPath::File(path) = &text else { return vec![text] };
    let found = if path.symlink_metadata().is_ok() { Vec::new() } else { found(path) };
    if found.is_empty() { vec![text] } else { found }
}

/// Sorted by name. What cannot be searched is returned as if it matched: then it cannot be opened either.
fn found(pattern: &Path) -> Vec<BackupPath> {
    let Some(found) = pattern.to_str().and_then(|pattern| glob::glob(pattern).ok()) else { return Vec::new() };
    let path = |entry: glob::GlobResult| entry.unwrap_or_else(|error| error.path().to_owned());
    found.map(|entry| BackupPath::File(path(entry))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_is_the_sorted_files_that_it_matches_and_a_path_that_exists_wins() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| BackupPath::File(folder.path().join(name));
        for name in ["b-2.rdb", "b-1.rdb", "b-10.rdb", "c.rdb", "[c].rdb"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let files = |names: &[&str]| expanded(names.iter().map(|name| at(name)).collect());
        assert_eq!(files(&["b-*.rdb"]), ["b-1.rdb", "b-10.rdb", "b-2.rdb"].map(at));
        assert_eq!(files(&["c.rdb", "b-?.rdb", "b-1.rdb"]), ["c.rdb", "b-1.rdb", "b-2.rdb"].map(at));
        assert_eq!(files(&["[c].rdb"]), ["[c].rdb"].map(at));
        assert_eq!(files(&["none-*.rdb", "a["]), ["none-*.rdb", "a["].map(at));
        assert_eq!(expanded(vec![BackupPath::StandardInput]), [BackupPath::StandardInput]);
    }
}
