//! What is measured: the built binary, run on a job file.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::fault::Fault;
use super::process::{self, Taken};

/// The binary.
pub struct Program {
    path: PathBuf,
}

/// One job between two ports of this machine, without sleep.
pub struct Job<'a> {
    /// Where the keys are.
    pub source: u16,
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
            .stderr(fs::File::create(&stderr).map_err(cannot)?);
        let (status, taken) = process::run(&mut command).map_err(cannot)?;
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
             source = {{ host = \"127.0.0.1\", port = {source} }}\n\
             destination = {{ host = \"127.0.0.1\", port = {destination} }}\n{lines}"
        )
    }
}
