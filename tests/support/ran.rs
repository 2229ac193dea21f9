//! What came of a run of the binary.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use serde_json::Value;

use super::mask::masked;

/// The outcomes, in the order in which they are told.
const OUTCOMES: [&str; 6] = ["copied", "replaced", "existing", "filtered", "vanished", "failed"];

/// A run that has ended.
pub struct Ran {
    status: ExitStatus,
    /// What it said on stdout.
    pub stdout: String,
    /// What it said on stderr.
    pub stderr: String,
    folder: PathBuf,
}

impl Ran {
    pub(super) fn new(status: ExitStatus, stdout: String, stderr: String, folder: &Path) -> Self {
        Self { status, stdout, stderr, folder: folder.to_owned() }
    }

    /// Fails unless it ended with this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert!(self.status.code() == Some(code), "expected exit code {code}, got {}\n{}", self.status, self.told());
        self
    }

    /// The exit code.
    #[track_caller]
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| panic!("it did not end by itself: {}\n{}", self.status, self.told()))
    }

    /// Fails unless stderr contains this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "stderr does not say `{text}`\n{}", self.told());
        self
    }

    /// Fails if stderr contains this text.
    #[track_caller]
    pub fn says_nothing_of(self, text: &str) -> Self {
        assert!(!self.stderr.contains(text), "stderr says `{text}`\n{}", self.told());
        self
    }

    /// Fails unless stdout contains this text.
    #[track_caller]
    pub fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "stdout does not say `{text}`\n{}", self.told());
        self
    }

    /// Fails unless `report.json` gives these outcomes for the job, those that are not 0, as in
    /// `copied 3, failed 1`; and unless they add up to what was scanned.
    #[track_caller]
    pub fn outcomes(self, job: &str, expected: &str) -> Self {
        let outcomes = &self.job(job)["outcomes"];
        let count = |name: &str| outcomes[name].as_u64().unwrap_or_else(|| panic!("no `{name}` in {outcomes}"));
        let sum: u64 = OUTCOMES.iter().map(|name| count(name)).sum();
        assert!(count("scanned") == sum, "outcomes of `{job}` do not add up: {outcomes}\n{}", self.told());
        let told: Vec<String> =
            OUTCOMES.iter().filter(|name| count(name) > 0).map(|name| format!("{name} {}", count(name))).collect();
        assert!(told.join(", ") == expected, "expected {expected}, got {}\n{}", told.join(", "), self.told());
        self
    }

    /// One count of one job in `report.json`.
    #[track_caller]
    pub fn count(&self, job: &str, outcome: &str) -> u64 {
        let job = self.job(job);
        job["outcomes"][outcome].as_u64().unwrap_or_else(|| panic!("no `{outcome}` in {job}"))
    }

    /// How the report says that a job ended.
    #[track_caller]
    pub fn status_of(&self, job: &str) -> String {
        self.job(job)["status"].as_str().expect("a status").to_owned()
    }

    /// A job in `report.json`.
    #[track_caller]
    pub fn job(&self, name: &str) -> Value {
        let report = self.report();
        let jobs = report["jobs"].as_array().expect("a list of jobs");
        let job = jobs.iter().find(|job| job["name"] == name);
        job.unwrap_or_else(|| panic!("no job `{name}` in {report}")).clone()
    }

    /// `report.json` of the folder.
    #[track_caller]
    pub fn report(&self) -> Value {
        let path = self.folder.join("report.json");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("report.json: {error}\n{}", self.told()));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("report.json: {error}\n{text}"))
    }

    /// Stderr with what changes from run to run masked.
    pub fn masked_stderr(&self) -> String {
        masked(&self.stderr, &self.folder)
    }

    /// All that there is to know when a test fails.
    fn told(&self) -> String {
        let mut told = String::new();
        write!(told, "--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr).expect("strings take everything");
        told
    }
}
