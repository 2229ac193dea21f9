//! The project file, which has what the job files of a project share, and the profile that is selected.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::fault::{Fault, Faults, Problem};
use super::file::{self, FileKind, JobFile, Tables};
use super::origin::Origin;
use super::request::{PROFILE_VARIABLE, Request};

/// Its name.
pub const PROJECT_FILE: &str = "redis-keys-migrator.toml";

/// The project file of a directory, relative to it: in it, or in the nearest parent up to the root of the repository.
/// Outside of a repository, only the directory counts.
#[must_use]
pub fn find_project_file(directory: &Path) -> Option<PathBuf> {
    let in_repository = directory.ancestors().position(|folder| folder.join(".git").exists()).unwrap_or(0);
    let folders = directory.ancestors().enumerate().take(in_repository + 1);
    let found = folders.map(|(depth, folder)| (depth, folder.join(PROJECT_FILE))).find(|(_, path)| path.is_file());
    found.map(|(depth, _)| std::iter::repeat_n("..", depth).collect::<PathBuf>().join(PROJECT_FILE))
}

/// The project file and the selected profile.
pub(super) struct Project {
    file: Option<JobFile>,
    /// Its name and the place that selects it.
    profile: Option<(String, Origin)>,
}

impl Project {
    pub fn read(request: &Request, environment: &Environment, faults: &mut Faults) -> Self {
        let file = request.project.as_ref().and_then(|path| match request.texts.read(path) {
            Ok(text) => Some(file::read(&text, FileKind::Project, faults)),
            Err(fault) => {
                faults.push(*fault);
                None
            }
        });
        let by_option = request.profile.clone().map(|name| (name, Origin::Option("--profile".to_owned())));
        let by_variable = || {
            let name = environment.get(PROFILE_VARIABLE, faults)?;
            Some((name, Origin::Variable(PROFILE_VARIABLE.to_owned())))
        };
        Self { file, profile: by_option.or_else(by_variable) }
    }

    pub fn profile(&self) -> Option<&str> {
        self.profile.as_ref().map(|(name, _)| name.as_str())
    }

    /// The tables of the project file, then those of a job file: of each file, first its own, then those of the profile.
    pub fn tables<'a>(&'a self, job_file: &'a JobFile) -> Vec<&'a Tables> {
        let of_profile = |file: &'a JobFile| self.profile().and_then(|name| file.profiles.get(name));
        let of_file = |file: &'a JobFile| [Some(&file.tables), of_profile(file)].into_iter().flatten();
        self.file.iter().chain([job_file]).flat_map(of_file).collect()
    }

    /// The names of the endpoints of all profiles.
    pub fn endpoint_names<'a>(&'a self, job_files: &'a [JobFile]) -> BTreeSet<&'a str> {
        let tables = |file: &'a JobFile| [&file.tables].into_iter().chain(file.profiles.values());
        let files = self.file.iter().chain(job_files);
        files.flat_map(tables).flat_map(|tables| tables.endpoints.keys().map(String::as_str)).collect()
    }

    /// The names of all profiles, each once.
    pub fn known(&self, job_files: &[JobFile]) -> Vec<String> {
        let mut names: Vec<String> =
            self.file.iter().chain(job_files).flat_map(|file| file.profiles.keys().cloned()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Whether the project file is valid TOML, if there is one.
    pub fn is_understood(&self) -> bool {
        self.file.as_ref().is_none_or(|file| file.understood)
    }

    /// Reports a selected profile that no file has. A file that is no TOML may have it.
    pub fn check_profile(&self, job_files: &[JobFile], complete: bool, faults: &mut Faults) {
        let known = self.known(job_files);
        let understood = complete && self.is_understood();
        let Some((name, place)) = self.profile.as_ref().filter(|(name, _)| understood && !known.contains(name)) else {
            return;
        };
        let listed: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        let hint = if listed.is_empty() {
            "a profile is a table such as `[profile.staging.defaults]`".to_owned()
        } else {
            format!("known profiles: {}", listed.join(", "))
        };
        faults.push(Fault::at(place.clone(), Problem::NoSuchProfile(name.clone())).hint(hint));
    }
}

/// Whether a path is the project file, by its name or as the one that is used.
pub(super) fn is_project_file(path: &Path, request: &Request) -> bool {
    let same =
        |project: &PathBuf| path.canonicalize().ok().is_some_and(|path| project.canonicalize().ok() == Some(path));
    path.file_name().is_some_and(|name| name == PROJECT_FILE) || request.project.as_ref().is_some_and(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_project_file_up_to_the_root_of_the_repository_counts() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        std::fs::create_dir_all(at("repo/jobs/eu")).unwrap();
        std::fs::write(at(PROJECT_FILE), "").unwrap();
        let found = |path: &str| find_project_file(&at(path)).map(|path| path.display().to_string());
        assert_eq!(found(""), Some(PROJECT_FILE.to_owned()));
        assert_eq!(found("repo"), None, "outside of a repository, a parent does not count");
        std::fs::create_dir(at("repo/.git")).unwrap();
        assert_eq!(found("repo/jobs/eu"), None, "above the repository, none counts");
        std::fs::write(at("repo").join(PROJECT_FILE), "").unwrap();
        assert_eq!(found("repo/jobs/eu"), Some(format!("../../{PROJECT_FILE}")));
        std::fs::write(at("repo/jobs").join(PROJECT_FILE), "").unwrap();
        assert_eq!(found("repo/jobs/eu"), Some(format!("../{PROJECT_FILE}")));
    }
}
