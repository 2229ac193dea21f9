//! The program that is measured: the built binary with a job file.

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

/// The source of a job.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// The server on this port of this machine.
    Port(u16),
    /// This RDB file.
    File(&'a Path),
    /// Standard input: a pipe with the bytes of this RDB file.
    Stdin(&'a Path),
}

/// Jobs from one source to a port of this machine, without sleep.
pub struct Jobs<'a> {
    /// The source.
    pub source: Source<'a>,
    /// The port of the destination.
    pub destination: u16,
    /// Further lines of each job, each with its line break.
    pub lines: &'a [&'a str],
    /// The CA of both servers, if the connections are encrypted.
    pub ca_file: Option<&'a Path>,
}

impl Program {
    /// The program at that path.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Runs the jobs to their end.
    pub fn run(&self, jobs: &Jobs<'_>) -> Result<Taken, Fault> {
        self.execute("run", jobs)
    }

    /// Verifies the jobs. A difference is a fault.
    pub fn verify(&self, jobs: &Jobs<'_>) -> Result<Taken, Fault> {
        self.execute("verify", jobs)
    }

    fn execute(&self, subcommand: &str, jobs: &Jobs<'_>) -> Result<Taken, Fault> {
        let cannot = |error| Fault::CannotRun { program: self.path.clone(), error };
        let folder = TempDir::with_prefix("bench-job-").map_err(cannot)?;
        let stderr = folder.path().join("stderr");
        fs::write(folder.path().join("job.toml"), jobs.text()).map_err(cannot)?;
        let mut command = Command::new(&self.path);
        command
            .args([subcommand, "job.toml", "--progress", "none"])
            .current_dir(folder.path())
            // Variables override job files, so the program must not get any.
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&stderr).map_err(cannot)?);
        let ended = match jobs.source {
            Source::Stdin(path) => process::run_fed(&mut command, path),
            Source::Port(_) | Source::File(_) => process::run(&mut command),
        };
        let (status, taken) = ended.map_err(cannot)?;
        if status.success() {
            return Ok(taken);
        }
        let stderr = fs::read_to_string(stderr).unwrap_or_default();
        Err(Fault::Failed { program: self.path.clone(), status, stderr })
    }

    /// Whether its job files have this key.
    pub fn knows(&self, key: &str) -> Result<bool, Fault> {
        let output = Command::new(&self.path).arg("schema").stdin(Stdio::null()).output();
        let output = output.map_err(|error| Fault::CannotRun { program: self.path.clone(), error })?;
        Ok(String::from_utf8_lossy(&output.stdout).contains(&format!("\"{key}\"")))
    }
}

impl Jobs<'_> {
    fn text(&self) -> String {
        let Self { source, destination, lines, ca_file } = self;
        let tls = ca_file.map(|path| format!(", tls.ca_file = {}", toml::Value::from(path.display().to_string())));
        let tls = tls.unwrap_or_default();
        let job = |(number, lines): (usize, &&str)| {
            format!(
                "[[job]]\nname = \"bench{number}\"\nsleep = \"0s\"\n\
                 source = {{ {source}{tls} }}\n\
                 destination = {{ host = \"127.0.0.1\", port = {destination}{tls} }}\n{lines}\n"
            )
        };
        lines.iter().enumerate().map(job).collect()
    }
}

impl fmt::Display for Source<'_> {
    /// The table of the source in a job file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(port) => write!(f, "host = \"127.0.0.1\", port = {port}"),
            Self::File(path) => write!(f, "rdb = {}", toml::Value::from(path.display().to_string())),
            Self::Stdin(_) => f.write_str("rdb = \"-\""),
        }
    }
}
