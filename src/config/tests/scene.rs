//! A scene of files, variables and options, and the result of loading it.

use std::ffi::OsString;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::config::{Configuration, PROJECT_FILE, Request, Secrets, load};
use crate::job::Job;

/// Names the source of the jobs of a file, at its end, so that the lines before it keep their numbers.
const A_SOURCE: &str = "\n[defaults]\nsource.host = \"localhost\"\n";

/// Built step by step, loaded at the end. Paths are shown relative to its directory.
pub struct Scene {
    dir: TempDir,
    request: Request,
}

impl Scene {
    pub fn new() -> Self {
        Self { dir: TempDir::new().unwrap(), request: Request::default() }
    }

    /// One file `a.toml` with a job that has all that it needs, and these lines.
    pub fn job(lines: &str) -> Self {
        let lines = lines.trim_start();
        let source = if lines.contains("[defaults]") { "" } else { A_SOURCE };
        let text = format!("[[job]]\nname = \"a\"\ndestination.host = \"b\"\n{lines}\n{source}");
        Self::new().file_as_it_is("a.toml", text)
    }

    /// Gives a job file. If it mentions no source, it gets one at its end, so that a test only names what it is about.
    pub fn file(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        let mut text = text.as_ref().to_vec();
        let has = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
        if has(b"[[job]]") && !has(b"source") && !has(b"[defaults]") {
            text.extend_from_slice(A_SOURCE.as_bytes());
        }
        self.file_as_it_is(name, text)
    }

    /// Gives a job file with exactly this text.
    pub fn file_as_it_is(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        self.there(name, text).given(name)
    }

    /// Puts a file there without giving it.
    pub fn there(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.dir.path().join(name), text).unwrap();
        self
    }

    /// The same with these permissions.
    pub fn there_with_mode(self, name: &str, text: impl AsRef<[u8]>, mode: u32) -> Self {
        let scene = self.there(name, text);
        std::fs::set_permissions(scene.path(name), Permissions::from_mode(mode)).unwrap();
        scene
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn given(mut self, name: &str) -> Self {
        self.request.files.push(self.dir.path().join(name));
        self
    }

    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.request.environment.push((name.into(), value.into()));
        self
    }

    pub fn set(mut self, set: &str) -> Self {
        self.request.sets.push(set.to_owned());
        self
    }

    /// A `--set` whose value is a path in the scene's directory.
    pub fn set_path(self, key: &str, name: &str) -> Self {
        let path = self.dir.path().join(name);
        self.set(&format!("{key}={}", path.display()))
    }

    /// Uses a project file with this text.
    pub fn project(self, text: &str) -> Self {
        let path = self.path(PROJECT_FILE);
        self.there(PROJECT_FILE, text).requesting(|request| request.project = Some(path))
    }

    /// Selects a profile.
    pub fn profile(self, name: &str) -> Self {
        self.requesting(|request| request.profile = Some(name.to_owned()))
    }

    /// Changes the request.
    pub fn requesting(mut self, change: impl FnOnce(&mut Request)) -> Self {
        change(&mut self.request);
        self
    }

    pub fn only(mut self, job: &str) -> Self {
        self.request.only_jobs.push(job.to_owned());
        self
    }

    pub fn script_variables(mut self) -> Self {
        self.request.script_variables = true;
        self
    }

    pub fn secrets(mut self, secrets: Secrets) -> Self {
        self.request.secrets = secrets;
        self
    }

    /// The result of a valid scene.
    #[track_caller]
    pub fn loads(&self) -> Configuration {
        load(&self.request).unwrap_or_else(|faults| panic!("{faults}"))
    }

    /// Its only job.
    #[track_caller]
    pub fn only_job(&self) -> Job {
        let mut jobs = self.loads().into_jobs();
        assert_eq!(jobs.len(), 1);
        jobs.remove(0)
    }

    /// What comes of it when something is wrong.
    #[track_caller]
    pub fn faults(&self) -> String {
        match load(&self.request) {
            Ok(loaded) => panic!("nothing is wrong: {loaded:?}"),
            Err(faults) => self.plain(&faults.to_string()),
        }
    }

    pub fn warnings(&self) -> String {
        let all: Vec<String> = self.loads().warnings.iter().map(ToString::to_string).collect();
        self.plain(&all.join("\n"))
    }

    /// Each value whose key begins with this, with its origin.
    #[track_caller]
    pub fn shows(&self, key: &str) -> String {
        let of_job = |job: &crate::config::ConfiguredJob| {
            let values = job.values.iter().filter(|value| value.key.starts_with(key));
            values.map(|value| format!("{} {} = {} ({})", job.job.name, value.key, value.shown, value.origin)).collect()
        };
        let lines: Vec<String> = self.loads().jobs.iter().flat_map(|job| -> Vec<String> { of_job(job) }).collect();
        self.plain(&lines.join("\n"))
    }

    /// Without the name of the scene's directory.
    pub fn plain(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.dir.path().display()), "")
    }
}
