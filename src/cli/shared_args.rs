//! Arguments that several commands have.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::limits::{ResumeChoice, time_limit};
use crate::report::ProgressChoice;

/// Which jobs, and what overrides them.
#[derive(Args)]
pub struct JobArguments {
    /// Job files, in order
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Project file; without it, `redis-keys-migrator.toml` in this directory or in a parent within the repository
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Apply the tables `[profile.NAME.defaults]` of the files; without it, `RKM_PROFILE` names the profile
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Only jobs of this name, which may be a glob such as `eu-*`; may be repeated
    #[arg(long = "job", value_name = "NAME")]
    pub jobs: Vec<String>,
    /// Leave out jobs of this name, which may be a glob; may be repeated
    #[arg(long, value_name = "NAME")]
    pub skip: Vec<String>,
    /// Only jobs with this tag; may be repeated, and then one of the tags is enough
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Leave out jobs with this tag; may be repeated
    #[arg(long = "skip-tag", value_name = "TAG")]
    pub skip_tags: Vec<String>,
    /// Override a value: `KEY=VALUE` for every job, `job.NAME.KEY=VALUE` for one; may be repeated
    ///
    /// The type of the key decides how the value is read: write a text as it is, without quotes, and a list as a TOML
    /// list or as one plain element. `--set` overrides files and variables.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// Apply the script's variables (`SOURCE_REDIS_HOST`, …) on top of job files
    #[arg(long)]
    pub script_variables: bool,
}

/// Options of every command that moves keys.
#[derive(Args)]
pub struct RunOptions {
    /// Refuse to start with a warning, and exit with 1 if there is one during the run
    #[arg(long)]
    pub deny_warnings: bool,
    /// Continue the run that the checkpoints are of; `strict` refuses a job that would have to start from the beginning
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "usual")]
    pub resume: Option<ResumeChoice>,
    /// Start from the beginning, although the checkpoints are of a run that has not finished
    #[arg(long, conflicts_with = "resume")]
    pub discard_checkpoint: bool,
    /// Stop the run when it has lasted this long, such as `2h 30m`: keys in flight are finished and counted
    #[arg(long, value_name = "DURATION", value_parser = time_limit)]
    pub max_duration: Option<Duration>,
    /// Where reports go.
    #[command(flatten)]
    pub reports: ReportOptions,
    /// How to show progress; `auto` is a bar on a terminal and log lines elsewhere
    #[arg(long, value_name = "HOW", default_value = "auto")]
    pub progress: ProgressChoice,
}

/// The files that a run writes.
#[derive(Args)]
pub struct ReportOptions {
    /// Write a JSON report to this file; `-` is standard output, and the summary then goes to stderr
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub report: Option<PathBuf>,
    /// Write the summary as Markdown to this file; without this option, it is appended to the file that
    /// `GITHUB_STEP_SUMMARY` names, if that is set
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub report_markdown: Option<PathBuf>,
    /// Write the results as JUnit XML to this file: each job is a test case
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub report_junit: Option<PathBuf>,
    /// Directory of error logs, differences files, checkpoints and reports with a relative path; it is created if it is missing
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub output_dir: Option<PathBuf>,
}
