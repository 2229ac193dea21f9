//! What is measured: the built binary, run on a job file.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::fault::Fault;
use super::process::{self, Taken};

/// The binary.
pub struct Program {
    path: PathBuf,
}

/// Where the keys of a job are.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// In the server on that port of this machine.
    Port(u16),
    /// In that RDB file.
    File(&'a Path),
    /// In what comes through standard input: a pipe, fed from that RDB file.
    Stdin(&'a Path),
}

/// One job to a port of this machine, without sleep.
pub struct Job<'a> {
    /// Where the keys are.
    pub source: Source<'a>,
    /// Where they are to go.
    pub destination: u16,
    /// Further lines of the job, each with its end.
    pub lines: &'a str,
}

impl Program {
    /// The program at that path.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Runs a job to its end.
    pub fn run(&self, job: &Job<'_>) -> Result<Taken, Fault> {
        let cannot = |error| Fault::CannotRun { program: self.path.clone(), error };
        let folder = TempDir::with_prefix("bench-job-").map_err(cannot)?;
        let stderr = folder.path().join("stderr");
        fs::write(folder.path().join("job.toml"), job.text()).map_err(cannot)?;
        let mut command = Command::new(&self.path);
        command
            .args(["run", "job.toml", "--progress", "none"])
            .current_dir(folder.path())
            // Variables override job files: what is measured is what is written here.
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&stderr).map_err(cannot)?);
        let ended = match job.source {
            Source::Stdin(path) => process::run_fed(&mut command, path),
            Source::Port(_) | Source::File(_) => process::run(&mut command),
        };
        let (status, taken) = ended.map_err(cannot)?;
        if status.success() {
            return Ok(taken);
        }
        let said = fs::read_to_string(stderr).unwrap_or_default();
        Err(Fault::Failed { program: self.path.clone(), status, said })
    }

    /// Whether its job files have that key.
    pub fn knows(&self, key: &str) -> Result<bool, Fault> {
        let output = Command::new(&self.path).arg("schema").stdin(Stdio::null()).output();
        let output = output.map_err(|error| Fault::CannotRun { program: self.path.clone(), error })?;
        Ok(String::from_utf8_lossy(&output.stdout).contains(&format!("\"{key}\"")))
    }
}

impl Job<'_> {
    fn text(&self) -> String {
        let Self { source, destination, lines } = self;
        format!(
            "[[job]]\nname = \"bench\"\nsleep = \"0s\"\n\
             source = {{ {source} }}\n\
             destination = {{ host = \"127.0.0.1\", port = {destination} }}\n{lines}"
        )
    }
}

impl fmt::Display for Source<'_> {
    /// The keys of the table that a job file has for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(port) => write!(f, "host = \"127.0.0.1\", port = {port}"),
            Self::File(path) => write!(f, "rdb = {}", toml::Value::from(path.display().to_string())),
            Self::Stdin(_) => f.write_str("rdb = \"-\""),
        }
    }
}
