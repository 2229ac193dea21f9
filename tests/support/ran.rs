//! The result of a run of the binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use serde_json::Value;

use super::mask::masked;

/// What may become of a key that matched, in the order of the report.
const OUTCOMES: [&str; 5] = ["copied", "replaced", "existing", "vanished", "failed"];
/// Counts of the walk over the source, which are not part of the account.
const WALK: [&str; 2] = ["scanned", "filtered"];

/// The columns of the summary.
const COLUMNS: [&str; 12] = [
    "job", "status", "matched", "copied", "replaced", "existing", "vanished", "failed", "bytes", "memory", "duration",
    "keys/s",
];

/// A run that has ended.
pub struct Ran {
    status: ExitStatus,
    /// What it printed on stdout.
    pub stdout: String,
    /// What it printed on stderr.
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
        assert!(self.status.code() == Some(code), "expected exit code {code}, got {}\n{}", self.status, self.output());
        self
    }

    /// The exit code.
    #[track_caller]
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| panic!("it was ended by a signal: {}\n{}", self.status, self.output()))
    }

    /// Fails unless stderr contains this text.
    #[track_caller]
    pub fn stderr_has(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "stderr does not contain `{text}`\n{}", self.output());
        self
    }

    /// Fails if stderr contains this text.
    #[track_caller]
    pub fn stderr_lacks(self, text: &str) -> Self {
        assert!(!self.stderr.contains(text), "stderr contains `{text}`\n{}", self.output());
        self
    }

    /// Fails unless stdout contains this text.
    #[track_caller]
    pub fn stdout_has(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "stdout does not contain `{text}`\n{}", self.output());
        self
    }

    /// Fails if stdout contains this text.
    #[track_caller]
    pub fn stdout_lacks(self, text: &str) -> Self {
        assert!(!self.stdout.contains(text), "stdout contains `{text}`\n{}", self.output());
        self
    }

    /// Fails unless `report.json` has these outcomes for the job, without those that are 0, such as
    /// `copied 3, failed 1`. Also fails if the account is wrong or a key was filtered.
    #[track_caller]
    pub fn outcomes(self, job: &str, expected: &str) -> Self {
        self.outcomes_and_filtered(job, expected, 0)
    }

    /// Like [`Ran::outcomes`], for a job whose `match`, `exclude` or `types` filtered this many of the scanned keys.
    #[track_caller]
    pub fn outcomes_and_filtered(self, job: &str, expected: &str, filtered: u64) -> Self {
        self.assert_account(job);
        let counts = OUTCOMES.map(|name| (name, self.count(job, name)));
        let counts = counts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {count}"));
        let found = (counts.collect::<Vec<_>>().join(", "), self.count(job, "filtered"));
        assert!(
            found == (expected.to_owned(), filtered),
            "expected {expected}, filtered {filtered}, but got {}, filtered {}\n{}",
            found.0,
            found.1,
            self.output()
        );
        self
    }

    /// Fails unless `matched` is the sum of the outcomes, and the walk saw no fewer keys than it matched and filtered.
    /// If the job is `done`, it saw exactly those: a key that a server returns again while it is in flight counts once.
    /// Each failed key has a reason.
    #[track_caller]
    pub fn assert_account(&self, job: &str) {
        let report = self.job(job);
        let [matched, scanned, filtered] = ["matched", "scanned", "filtered"].map(|name| self.count(job, name));
        let sum: u64 = OUTCOMES.iter().map(|name| self.count(job, name)).sum();
        assert!(matched == sum, "the outcomes of `{job}` do not add up: {report}\n{}", self.output());
        let is_exact = report["status"] == "done";
        let is_right = if is_exact { scanned == matched + filtered } else { scanned >= matched + filtered };
        assert!(is_right, "the walk of `{job}` does not fit its outcomes: {report}\n{}", self.output());
        let listed = report["failures"].as_array().expect("a list").iter().map(|failure| failure["count"].as_u64());
        let with_reason: Option<u64> = listed.chain([report["unlisted_failures"].as_u64()]).sum();
        assert!(with_reason == Some(self.count(job, "failed")), "not each failed key has a reason: {report}");
    }

    /// One count of one job in `report.json`: `matched`, an outcome, or a count of the walk.
    #[track_caller]
    pub fn count(&self, job: &str, name: &str) -> u64 {
        let job = self.job(job);
        let table = if WALK.contains(&name) { "walk" } else { "outcomes" };
        job[table][name].as_u64().unwrap_or_else(|| panic!("no `{table}.{name}` in {job}"))
    }

    /// The status of a job in the report.
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
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("report.json: {error}\n{}", self.output()));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("report.json: {error}\n{text}"))
    }

    /// Fails unless stderr has exactly these errors and warnings, in any order. Each is given by texts that its line
    /// contains.
    #[track_caller]
    pub fn errors_and_warnings(self, expected: &[&[&str]]) -> Self {
        let is_listed = |line: &&str| line.starts_with("error: ") || line.starts_with("warning: ");
        let mut lines: Vec<&str> = self.stderr.lines().filter(is_listed).collect();
        for texts in expected {
            let at = lines.iter().position(|line| texts.iter().all(|text| line.contains(text)));
            lines.remove(at.unwrap_or_else(|| panic!("no error and no warning contains {texts:?}\n{}", self.output())));
        }
        assert!(lines.is_empty(), "stderr has more errors and warnings: {lines:?}\n{}", self.output());
        self
    }

    /// Fails unless the summary on stdout has these cells in the row with this name, without marks and commas. A column
    /// that is left out is zero in every row.
    #[track_caller]
    pub fn row(self, name: &str, expected: &[(&str, &str)]) -> Self {
        let cells = self.cells(name);
        assert!(!cells.is_empty(), "no row `{name}`\n{}", self.output());
        for (column, cell) in expected {
            assert!(COLUMNS.contains(column), "no table has a column `{column}`");
            let found = cells.iter().find(|(title, _)| title == column).map_or("0", |(_, cell)| cell);
            assert!(found == *cell, "`{column}` of `{name}` is {found}, not {cell}\n{}", self.output());
        }
        self
    }

    /// The cells of a row, with the titles of their columns. A narrow summary has several tables.
    fn cells(&self, name: &str) -> Vec<(String, String)> {
        let (mut header, mut cells): (Vec<&str>, _) = (Vec::new(), Vec::new());
        for line in self.stdout.lines().take_while(|line| !line.starts_with("would be")) {
            let mut words: Vec<&str> = line.split_whitespace().collect();
            if words.first() == Some(&"job") {
                header = words;
            } else if words.first() == Some(&name) {
                if name == "total" && header.contains(&"status") {
                    words.insert(1, "");
                }
                let plain = |word: &str| word.trim_start_matches('!').replace(',', "");
                cells.extend(header.iter().zip(words).map(|(title, word)| ((*title).to_owned(), plain(word))));
            }
        }
        cells
    }

    /// Fails unless the report has these reasons for the end of a job, the strongest first. Each contains its text.
    #[track_caller]
    pub fn reasons(self, job: &str, expected: &[&str]) -> Self {
        let report = self.job(job);
        let reasons = report["reasons"].as_array().unwrap_or_else(|| panic!("no `reasons` in {report}"));
        let reasons: Vec<&str> = reasons.iter().map(|reason| reason.as_str().expect("text")).collect();
        let are_as_expected =
            reasons.len() == expected.len() && reasons.iter().zip(expected).all(|(reason, text)| reason.contains(text));
        assert!(are_as_expected, "expected {expected:?}, but the reasons are {reasons:?}\n{}", self.output());
        assert_eq!(report["reason"], reasons[0], "`reason` is the strongest of `reasons`");
        self
    }

    /// Fails unless the report counts waits of the job for this endpoint and this cause, and their duration adds up.
    #[track_caller]
    pub fn waited(self, job: &str, endpoint: &str, cause: &str) -> Self {
        let waits = self.waits(job);
        let wait = waits.iter().find(|wait| wait["endpoint"] == endpoint && wait["cause"] == cause);
        let wait = wait.unwrap_or_else(|| panic!("no wait for {endpoint}: {cause} in {waits:?}\n{}", self.output()));
        let number = |name: &str| wait[name].as_f64().unwrap_or_else(|| panic!("no `{name}` in {wait}"));
        let (count, seconds, longest) = (number("count"), number("seconds"), number("longest_seconds"));
        let add_up = count >= 1.0 && longest > 0.0 && longest <= seconds && seconds <= longest * count + 0.001;
        assert!(add_up, "{wait}\n{}", self.output());
        self
    }

    /// Fails if the report counts waits for this cause.
    #[track_caller]
    pub fn never_waited(self, job: &str, cause: &str) -> Self {
        let waits = self.waits(job);
        assert!(waits.iter().all(|wait| wait["cause"] != cause), "{waits:?}\n{}", self.output());
        self
    }

    #[track_caller]
    fn waits(&self, job: &str) -> Vec<Value> {
        let report = self.job(job);
        report["waits"].as_array().unwrap_or_else(|| panic!("no `waits` in {report}")).clone()
    }

    /// The earlier walks of a job that was walked again, in the report.
    #[track_caller]
    pub fn restarts(&self, job: &str) -> Vec<Value> {
        let report = self.job(job);
        report["restarts"].as_array().unwrap_or_else(|| panic!("no `restarts` in {report}")).clone()
    }

    /// Checks what `show` has printed about a key: its value and where it comes from, with one blank between words.
    #[track_caller]
    pub fn shows(&self, key: &str, expected: &str) {
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = self.stdout.lines().map(words).find(|line| line.starts_with(&format!("{key} ")));
        assert_eq!(line, Some(format!("{key} {expected}")), "{}", self.output());
    }

    /// Stdout with what changes from run to run masked.
    pub fn masked_stdout(&self) -> String {
        masked(&self.stdout, &self.folder)
    }

    /// Stderr with what changes from run to run masked.
    pub fn masked_stderr(&self) -> String {
        masked(&self.stderr, &self.folder)
    }

    /// Both outputs, for the message of a test that fails.
    fn output(&self) -> String {
        format!("--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr)
    }
}
