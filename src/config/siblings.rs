//! Jobs and endpoints in the other files of a project. A variable for one of them is set for the whole project, so it is no
//! mistake if only some files are given.
//!
//! The files of a project are those beside the given ones, and those below the folder of its project file.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use super::elements::JobName;
use super::listed::{Listed, listed};

/// The other files, which are only read if a name is unknown, and then once.
pub(super) struct Siblings<'a> {
    /// The given files.
    files: &'a [PathBuf],
    project: Option<&'a Path>,
    listed: OnceCell<Listed>,
}

impl<'a> Siblings<'a> {
    pub fn new(files: &'a [PathBuf], project: Option<&'a Path>) -> Self {
        Self { files, project, listed: OnceCell::new() }
    }

    /// Whether a TOML file of the project has a job whose name has this form in variables.
    pub fn have_job(&self, form: &str) -> bool {
        has(form, &self.listed().jobs)
    }

    /// The same for an endpoint, of the file itself or of any profile.
    pub fn have_endpoint(&self, form: &str) -> bool {
        has(form, &self.listed().endpoints)
    }

    fn listed(&self) -> &Listed {
        self.listed.get_or_init(|| listed(&all(self.files, self.project)))
    }
}

fn all(files: &[PathBuf], project: Option<&Path>) -> Vec<PathBuf> {
    let mut folders: Vec<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    folders.sort_unstable();
    folders.dedup();
    let beside = folders.into_iter().flat_map(|folder| toml_files(folder, false));
    let below = project.and_then(Path::parent).into_iter().flat_map(|folder| toml_files(folder, true));
    beside.chain(below).collect()
}

/// The TOML files of a folder, and those below it except in hidden folders and behind symbolic links.
fn toml_files(folder: &Path, with_folders: bool) -> Vec<PathBuf> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && with_folders && !is_hidden {
            files.extend(toml_files(&entry.path(), true));
        } else if entry.path().extension().is_some_and(|end| end == "toml") {
            files.push(entry.path());
        }
    }
    files
}

fn has(form: &str, names: &[String]) -> bool {
    names.iter().any(|name| JobName(name.clone()).in_variables() == form)
}
