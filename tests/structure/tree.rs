//! Source files, from the disk or made up for a test.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The text of each file, by its path below `src`, for example `engine/mod.rs`.
pub struct Tree(pub BTreeMap<String, String>);

impl Tree {
    /// Reads all `.rs` files of a folder and of the folders in it.
    pub fn read(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        read_into(&mut files, folder, "");
        assert!(files.len() > 100, "only {} files in {}", files.len(), folder.display());
        Self(files)
    }

    /// A made-up tree.
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    /// A file, parsed. A file that cannot be parsed fails the test.
    pub fn parsed(&self, path: &str) -> syn::File {
        let text = self.0.get(path).unwrap_or_else(|| panic!("there is no {path}"));
        syn::parse_file(text).unwrap_or_else(|error| panic!("{path}:{}: {error}", error.span().start().line))
    }
}

/// The top-level module that a file belongs to: `engine` for `engine/stages/read.rs`, `entry` for `entry.rs`.
pub fn module_of(path: &str) -> &str {
    path.split('/').next().map_or(path, |first| first.strip_suffix(".rs").unwrap_or(first))
}

fn read_into(files: &mut BTreeMap<String, String>, folder: &Path, below: &str) {
    for entry in fs::read_dir(folder).expect("a folder of ours can be read") {
        let entry = entry.expect("a folder of ours can be read");
        let name = format!("{below}{}", entry.file_name().to_str().expect("our file names are UTF-8"));
        if entry.path().is_dir() {
            read_into(files, &entry.path(), &format!("{name}/"));
        } else if Path::new(&name).extension().is_some_and(|extension| extension == "rs") {
            files.insert(name, fs::read_to_string(entry.path()).expect("a source file is UTF-8"));
        }
    }
}
