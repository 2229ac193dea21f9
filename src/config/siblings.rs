//! Jobs in the other files of a project. A variable for one of them is set for the whole project, so it is no mistake if only
//! some files are given.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::elements::{Element, JobName};

/// Whether a TOML file beside the given ones has a job whose name has this form in variables.
pub(super) fn have_job(form: &str, files: &[PathBuf]) -> bool {
    let mut folders: Vec<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    folders.sort_unstable();
    folders.dedup();
    folders.into_iter().flat_map(toml_files).any(|file| has_job(form, &file))
}

fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect()
}

fn has_job(form: &str, file: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(file) else { return false };
    let Ok(root) = DeTable::parse(&text) else { return false };
    let jobs = root.get_ref().get("job").and_then(|jobs| jobs.get_ref().as_array()).into_iter().flatten();
    let name = |job: &DeValue<'_>| JobName::from_text(job.as_table()?.get("name")?.get_ref().as_str()?).ok();
    jobs.filter_map(|job| name(job.get_ref())).any(|name| name.in_variables() == form)
}
