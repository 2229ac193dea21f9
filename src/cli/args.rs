//! The arguments. Their texts are what `--help` and the manual print.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use super::exit;
use super::findings::CheckFormat;
use super::shared_args::{JobArguments, ReportOptions, RunOptions};
use super::text_args::{CompleteArguments, CompletionsArguments, InitArguments, ManArguments, SchemaArguments};
use crate::report::{ColourChoice, LogFormat};

pub(super) const EXAMPLES: &str = "Examples:
  redis-keys-migrator check jobs/*.toml
  redis-keys-migrator run jobs/sessions.toml --dry-run
  RKM_DESTINATION__HOST=10.1.2.3 redis-keys-migrator run jobs/*.toml --report report.json";

/// Moves keys from one Redis or Valkey server to another, as job files describe: exactly, fast and gently, with every key
/// accounted for.
#[derive(Parser)]
#[command(
    name = "redis-keys-migrator",
    version,
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{}", exit::help())
)]
pub struct Arguments {
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalOptions,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Args)]
pub struct GlobalOptions {
    /// Log connections, lanes, batches and slow calls; twice for the outcome of each key, too
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Options of every command")]
    pub verbose: u8,
    /// Log less: warnings and errors; twice for errors only
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Options of every command")]
    pub quiet: u8,
    /// Format of the log lines, which go to stderr; JSON lines have fields instead of sentences
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Options of every command"
    )]
    pub log_format: LogFormat,
    /// When to use colours; `auto` respects `NO_COLOR`
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Options of every command")]
    pub color: ColourChoice,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Run the jobs of the files, in order
    ///
    /// Every job is checked, and its source and destination are examined, before the first key moves. Without a
    /// file, there is one job with the name `default`: its values come from the script's variables
    /// (`SOURCE_REDIS_HOST`, …), from `RKM_…` variables and from `--set`.
    #[command(after_help = "Examples:
  redis-keys-migrator run jobs/a.toml jobs/b.toml
  redis-keys-migrator run jobs/*.toml --job sessions --set sleep=0s
  redis-keys-migrator run jobs/a.toml --set job.carts.on_existing=replace
  SOURCE_REDIS_HOST=10.0.0.5 DESTINATION_REDIS_HOST=10.1.2.3 redis-keys-migrator run")]
    Run(RunArguments),
    /// Compare source and destination of the jobs, in both directions
    ///
    /// Reads every key that a job selects from source and destination. Reports keys that the destination lacks, that differ
    /// in type, value or expiry, and extra keys that only the destination has. Keys that differ are compared again before they
    /// count. Each difference is a line in the file that `verify_log` names. Exits with 5 if there is one. Verify all jobs
    /// that write to a destination together: otherwise, keys of the others may be extra.
    #[command(after_help = "Examples:
  redis-keys-migrator verify jobs/*.toml
  redis-keys-migrator verify jobs/a.toml --set verify=sample
  redis-keys-migrator verify jobs/a.toml --repair")]
    Verify(VerifyArguments),
    /// Run the failed keys of an earlier run again
    ///
    /// Each job of the files that has failed keys in the error log is run, with only these keys. The job's `match`, `exclude`
    /// and so on apply; `min_keys`, `functions` and `checkpoint` do not. The error log of this run must be another file.
    #[command(after_help = "Examples:
  redis-keys-migrator retry redis-keys-migrator-error.log jobs/*.toml --set error_log.path=second-error.log")]
    Retry(RetryArguments),
    /// Run one job between two servers, without a job file
    ///
    /// Source and destination are URLs, or names of endpoints of the project file. `--set` and `RKM_…` variables apply to the
    /// job, whose name is `migrate`. A password in an argument can be read by every user of the machine: give it as a variable
    /// such as `RKM_SOURCE__PASSWORD`.
    #[command(after_help = "Examples:
  redis-keys-migrator migrate redis://10.0.0.5 redis://10.1.2.3 --match 'cart:*' --dry-run
  redis-keys-migrator migrate shop-old shop-new --profile staging --set sleep=0s")]
    Migrate(MigrateArguments),
    /// Report every fault in the files, and every output that a run could not write
    ///
    /// Exits with 0 if there is none, and with 2 otherwise. With `--connect`, it exits with 3 if a source or a destination
    /// cannot be used. A password file that cannot be read is only a warning, unless `--connect` needs it.
    #[command(after_help = "Examples:
  redis-keys-migrator check jobs/*.toml
  redis-keys-migrator check jobs/*.toml --connect")]
    Check(CheckArguments),
    /// Show each job's effective configuration, and where each value comes from
    ///
    /// Secrets are shown as `***`.
    #[command(after_help = "Examples:
  redis-keys-migrator show jobs/*.toml
  redis-keys-migrator show jobs/a.toml --set sleep=0s
  redis-keys-migrator show --defaults")]
    Show(ShowArguments),
    /// Write a starter project: a project file, a job file and a workflow
    ///
    /// The files have comments. No file is overwritten.
    #[command(after_help = "Examples:
  redis-keys-migrator init migrations")]
    Init(InitArguments),
    /// Print the JSON Schema of the job file, or of another file
    #[command(after_help = "Examples:
  redis-keys-migrator schema > job-file.schema.json
  redis-keys-migrator schema project > project-file.schema.json")]
    Schema(SchemaArguments),
    /// Print completions for a shell
    #[command(after_help = "Examples:
  redis-keys-migrator completions bash > /etc/bash_completion.d/redis-keys-migrator
  redis-keys-migrator completions zsh > /usr/local/share/zsh/site-functions/_redis-keys-migrator
  redis-keys-migrator completions fish > ~/.config/fish/completions/redis-keys-migrator.fish")]
    Completions(CompletionsArguments),
    /// Print what completes a word; the scripts of `completions` run it
    #[command(name = "__complete", hide = true)]
    Complete(CompleteArguments),
    /// Print the manual page of the program or of one command
    #[command(after_help = "Examples:
  redis-keys-migrator man > redis-keys-migrator.1
  redis-keys-migrator man run > redis-keys-migrator-run.1
  man ./redis-keys-migrator.1")]
    Man(ManArguments),
}

/// Options of `run`.
#[derive(Args)]
pub struct RunArguments {
    /// Which jobs.
    #[command(flatten)]
    pub jobs: JobArguments,
    /// Continue with the other jobs if one is refused or ends early
    #[arg(long)]
    pub keep_going: bool,
    /// Write nothing; report what a run would do
    #[arg(long)]
    pub dry_run: bool,
    /// How to run them.
    #[command(flatten)]
    pub how: RunOptions,
}

/// Options of `verify`.
#[derive(Args)]
pub struct VerifyArguments {
    /// Which jobs.
    #[command(flatten)]
    pub jobs: JobArguments,
    /// Copy missing keys again, and with `on_existing = "replace"` those that differ; `replace` copies both in any case.
    /// Nothing is deleted
    #[arg(long, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "usual")]
    pub repair: Option<RepairChoice>,
    /// Continue with the other jobs if one is refused or ends early
    #[arg(long)]
    pub keep_going: bool,
    /// How to verify them.
    #[command(flatten)]
    pub how: RunOptions,
}

/// Which keys `verify --repair` copies again.
#[derive(Clone, Copy, ValueEnum)]
pub enum RepairChoice {
    /// Those that are missing, and with `on_existing = "replace"` those that differ
    #[value(hide = true)]
    Usual,
    /// Those that are missing or differ
    Replace,
}

/// Options of `retry`.
#[derive(Args)]
pub struct RetryArguments {
    /// Error log of the earlier run, in either format
    #[arg(value_name = "ERROR_LOG", value_hint = clap::ValueHint::FilePath)]
    pub log: PathBuf,
    /// Which jobs, and how to run them.
    #[command(flatten)]
    pub run: RunArguments,
}

/// Options of `migrate`.
#[derive(Args)]
pub struct MigrateArguments {
    /// Where keys are read from: a URL, or the name of an endpoint
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Where keys are written to: a URL, or the name of an endpoint
    #[arg(value_name = "DESTINATION")]
    pub destination: String,
    /// Only keys that match this pattern; may be repeated
    #[arg(long = "match", value_name = "PATTERN")]
    pub matches: Vec<String>,
    /// Project file; without it, `redis-keys-migrator.toml` in this directory or in a parent within the repository
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Apply the tables of this profile of the project file; without it, `RKM_PROFILE` names the profile
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Set a value of the job; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// Write nothing; report what a run would do
    #[arg(long)]
    pub dry_run: bool,
    /// How to run it.
    #[command(flatten)]
    pub how: RunOptions,
}

/// Options of `check`.
#[derive(Args)]
pub struct CheckArguments {
    /// Which jobs.
    #[command(flatten)]
    pub jobs: JobArguments,
    /// Check the jobs with each profile of the files, one after the other
    #[arg(long, conflicts_with = "profile")]
    pub all_profiles: bool,
    /// Also examine the source and destination of every job, without moving keys; a backup is read completely, and its
    /// content is printed
    #[arg(long)]
    pub connect: bool,
    /// How to print what is found: `github` as commands of GitHub Actions, `json` as one object, both on stdout
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: CheckFormat,
    /// Exit with 2 if there is a warning
    #[arg(long)]
    pub deny_warnings: bool,
    /// What a run would write.
    #[command(flatten, next_help_heading = "Outputs of a run, which are only checked")]
    pub reports: ReportOptions,
}

/// Options of `show`.
#[derive(Args)]
pub struct ShowArguments {
    /// Which jobs.
    #[command(flatten)]
    pub jobs: JobArguments,
    /// Print the built-in defaults instead, as a commented job file
    #[arg(long)]
    pub defaults: bool,
}
