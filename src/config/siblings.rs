//! Jobs and endpoints in the other files of a project. A variable for one of them is set for the whole project, so it is no mistake if only
//! some files are given.
//!
//! The files of a project are those below the folder of its project file. Without one, they are the files beside the given
//! ones.

use std::path::{Path, PathBuf};

use super::elements::JobName;
use super::listed::listed;

/// Whether another TOML file of the project has a job whose name has this form in variables.
pub(super) fn have_job(form: &str, files: &[PathBuf], project: Option<&Path>) -> bool {
    others(files, project).any(|file| has(form, listed(&[file]).jobs))
}

/// The same for an endpoint, of the file itself or of any profile.
pub(super) fn have_endpoint(form: &str, files: &[PathBuf], project: Option<&Path>) -> bool {
    others(files, project).any(|file| has(form, listed(&[file]).endpoints))
}

fn others(files: &[PathBuf], project: Option<&Path>) -> impl Iterator<Item = PathBuf> {
    let mut folders: Vec<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    folders.sort_unstable();
    folders.dedup();
    let beside = folders.into_iter().flat_map(|folder| toml_files(folder, false));
    let below = project.and_then(Path::parent).into_iter().flat_map(|folder| toml_files(folder, true));
    beside.chain(below).collect::<Vec<_>>().into_iter()
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

fn has(form: &str, names: Vec<String>) -> bool {
    names.into_iter().any(|name| JobName(name).in_variables() == form)
}
