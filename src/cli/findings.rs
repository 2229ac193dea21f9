//! What `check` finds, and how it is printed.

use std::collections::HashMap;
use std::fmt::{Display, Write};

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Serialize;

use crate::config::{Configuration, Fault, Origin, Warning};
use crate::error::{KeyListError, Stop};
use crate::event::{Detail, Event, Listener};
use crate::report::{self, Fanout};
use crate::sanitize;

use super::Exit;
use super::execute::DENIED;

/// Rises with every change that affects programs which read the JSON.
const FORMAT_VERSION: u32 = 1;

/// How `check` prints what it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// Log lines on stderr.
    #[default]
    Text,
    /// Commands of GitHub Actions on stdout, which show each fault at its line.
    Github,
    /// One JSON object on stdout.
    Json,
}

/// What `check` finds: logged at once as text, collected in the other formats.
pub(super) struct Findings {
    format: CheckFormat,
    notices: Fanout,
    all: Vec<Finding>,
    /// The profile that is being checked, if each is checked.
    profile: Option<String>,
    /// The place of each job.
    jobs: HashMap<String, Origin>,
    files: Vec<FileWithJobs>,
    has_warnings: bool,
}

/// A fault, or something unusual.
#[derive(Serialize, JsonSchema)]
struct Finding {
    /// Whether it keeps a run from starting.
    severity: Severity,
    /// What was found.
    message: String,
    /// What may help. Several hints are separated by newlines.
    hint: Option<String>,
    /// The profile that has it, with `--all-profiles`.
    profile: Option<String>,
    /// The name of the job that it is about.
    job: Option<String>,
    /// The job file, as it was given.
    file: Option<String>,
    /// Counted from 1. If the finding is about a job as a whole, this is the line of the job.
    line: Option<usize>,
    /// In characters, counted from 1; only of syntax errors.
    column: Option<usize>,
}

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Severity {
    /// A run does not start, or does not run the job.
    Error,
    /// A run starts.
    Warning,
}

/// A job file.
#[derive(Serialize, JsonSchema)]
struct FileWithJobs {
    /// Its path, as it was given.
    file: String,
    /// The number of its jobs that were selected.
    jobs: usize,
}

/// The output of `check --format json`.
///
/// Later versions of the program may add properties. Existing properties keep their meaning as long as `format_version`
/// stays the same.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "Findings of redis-keys-migrator check")]
struct Document<'a> {
    /// The version of this format.
    #[schemars(extend("const" = FORMAT_VERSION))]
    format_version: u32,
    /// The exit code of the command.
    exit_code: u8,
    /// The job files, in order. Empty if one of them has a fault. With `--all-profiles`, as the last profile has them.
    files: &'a [FileWithJobs],
    /// What was found, in order.
    findings: &'a [Finding],
}

impl Findings {
    pub(super) fn new(format: CheckFormat) -> Self {
        Self {
            format,
            notices: report::notices(),
            all: Vec::new(),
            profile: None,
            jobs: HashMap::new(),
            files: Vec::new(),
            has_warnings: false,
        }
    }

    /// The next findings are those of a profile.
    pub(super) fn begin(&mut self, profile: &str) {
        self.profile = Some(profile.to_owned());
    }

    /// Text with the name of the profile.
    fn of_profile(&self, text: &impl Display) -> String {
        of_profile(self.profile.as_deref(), text)
    }

    pub(super) fn fault(&mut self, fault: &Fault) {
        if self.format == CheckFormat::Text {
            return tracing::error!("{}", self.of_profile(fault));
        }
        let place = fault.place.as_ref();
        let of_file = place.filter(|place| matches!(place, Origin::File { .. }));
        let message = if of_file.is_some() { fault.text() } else { fault.message() };
        self.add(Severity::Error, &message, fault.job.as_deref(), of_file);
        if let Some(last) = self.all.last_mut() {
            last.hint.clone_from(&fault.hint);
        }
    }

    pub(super) fn warnings(&mut self, configuration: &Configuration) {
        self.jobs = configuration.jobs.iter().map(|job| (job.job.name.clone(), job.origin.clone())).collect();
        let files = configuration.jobs_by_file();
        self.files = files.map(|(path, jobs)| FileWithJobs { file: path.display().to_string(), jobs }).collect();
        self.has_warnings |= !configuration.warnings.is_empty();
        for warning in &configuration.warnings {
            match self.format {
                CheckFormat::Text => tracing::warn!("{}", self.of_profile(warning)),
                _ => self.warning(warning),
            }
        }
    }

    fn warning(&mut self, warning: &Warning) {
        let job = match warning {
            Warning::NoEffect { job, .. } | Warning::Pattern { job, .. } => Some(job.as_str()),
            _ => None,
        };
        self.add_of_job(Severity::Warning, &warning.to_string(), job);
    }

    /// Reports errors that are about no line of a file.
    pub(super) fn errors(&mut self, errors: &[impl Display]) -> Exit {
        for error in errors {
            match self.format {
                CheckFormat::Text => tracing::error!("{}", self.of_profile(error)),
                _ => self.add(Severity::Error, &error.to_string(), None, None),
            }
        }
        Exit::Usage
    }

    /// Reports lists of keys that cannot be read, each at its line.
    pub(super) fn lists(&mut self, errors: &[KeyListError]) -> Exit {
        for error in errors {
            let place = error.line.map(|line| {
                let (path, line) = (error.list.path.as_path().into(), usize::try_from(line).ok());
                Origin::File { path, line, column: None }
            });
            match (self.format, place) {
                (CheckFormat::Text, _) | (_, None) => drop(self.errors(&[error])),
                (_, place) => self.add(Severity::Error, &error.problem, None, place.as_ref()),
            }
        }
        Exit::Usage
    }

    fn add_of_job(&mut self, severity: Severity, text: &str, job: Option<&str>) {
        let place = job.and_then(|job| self.jobs.get(job)).cloned();
        self.add(severity, text, job, place.as_ref());
    }

    fn add(&mut self, severity: Severity, text: &str, job: Option<&str>, place: Option<&Origin>) {
        let (message, hint) = match text.split_once("\n  hint: ") {
            Some((message, hint)) => (message, Some(hint.replace("\n  hint: ", "\n"))),
            None => (text, None),
        };
        let (file, line, column) = match place {
            Some(Origin::File { path, line, column }) => (Some(path.display().to_string()), *line, *column),
            _ => (None, None, None),
        };
        let (message, job, profile) = (message.to_owned(), job.map(str::to_owned), self.profile.clone());
        self.all.push(Finding { severity, message, hint, profile, job, file, line, column });
    }

    /// Reports that a warning is denied, if there was one.
    pub(super) fn deny_warnings(&mut self) -> Exit {
        if !self.has_warnings {
            return Exit::Success;
        }
        if self.format == CheckFormat::Text {
            tracing::error!("{DENIED}");
        }
        Exit::Usage
    }

    /// What goes to stdout. `results` is what it is as text.
    pub(super) fn printed(&self, results: String, exit: Exit) -> String {
        match self.format {
            CheckFormat::Text => results,
            CheckFormat::Github => self.all.iter().map(Finding::command).collect::<String>() + &results,
            CheckFormat::Json => self.json(exit),
        }
    }

    fn json(&self, exit: Exit) -> String {
        let Self { files, all: findings, .. } = self;
        let document = Document { format_version: FORMAT_VERSION, exit_code: exit.code(), files, findings };
        let text = serde_json::to_string_pretty(&document).expect("all names are text") + "\n";
        sanitize::json(&text).into_owned()
    }
}

impl Listener for Findings {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::Warned(_) if self.format == CheckFormat::Text => {
                self.has_warnings = true;
                return self.notices.hear(event);
            }
            event if self.format == CheckFormat::Text => return self.notices.hear(event),
            Event::Warned(warning) => {
                self.has_warnings = true;
                self.add_of_job(Severity::Warning, &warning.message, warning.job.as_deref());
            }
            Event::JobRefused { job, reason } => {
                let text = format!("job `{}` cannot be run: {reason}", job.name);
                self.add_of_job(Severity::Error, &text, Some(&job.name));
            }
            _ => {}
        }
        Ok(())
    }

    fn detail(&self) -> Detail {
        self.notices.detail()
    }
}

impl Finding {
    /// A workflow command: one line, whatever the message contains.
    fn command(&self) -> String {
        let name = if self.severity == Severity::Error { "error" } else { "warning" };
        let mut properties = vec![format!("title={}", property("redis-keys-migrator"))];
        properties.extend(self.file.iter().map(|file| format!("file={}", property(file))));
        properties.extend(self.line.map(|line| format!("line={line}")));
        properties.extend(self.column.map(|column| format!("col={column}")));
        let mut message = of_profile(self.profile.as_deref(), &self.message);
        for hint in self.hint.iter().flat_map(|hint| hint.lines()) {
            write!(message, "\nhint: {hint}").expect("a write to a String cannot fail");
        }
        format!("::{name} {}::{}\n", properties.join(","), data(&message))
    }
}

fn of_profile(profile: Option<&str>, text: &impl Display) -> String {
    profile.map(|name| format!("profile `{name}`: ")).unwrap_or_default() + &text.to_string()
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;

    use super::*;

    const SCHEMA_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/check.schema.json");

    #[test]
    fn the_schema_file_is_what_the_types_say() {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        let schema = settings.into_generator().into_root_schema_for::<Document<'_>>();
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if std::env::var_os("UPDATE_EXPECTED").is_some_and(|value| value == "1") {
            std::fs::write(SCHEMA_FILE, &text).unwrap();
        }
        let held = std::fs::read_to_string(SCHEMA_FILE).unwrap_or_default();
        assert!(held == text, "{SCHEMA_FILE} is out of date: run this test with UPDATE_EXPECTED=1");
    }

    #[test]
    fn a_message_cannot_end_its_command_or_begin_another_one() {
        let mut findings = Findings::new(CheckFormat::Github);
        let place = Origin::File { path: std::path::Path::new("a,b:c%.toml").into(), line: Some(3), column: Some(7) };
        findings.add(Severity::Error, "100%\r\n::error::x\n  hint: do\n  hint: this", Some("carts"), Some(&place));
        findings.add(Severity::Warning, "beware", None, None);
        let expected = "::error title=redis-keys-migrator,file=a%2Cb%3Ac%25.toml,line=3,col=7::\
                        100%25%0D%0A::error::x%0Ahint: do%0Ahint: this\n\
                        ::warning title=redis-keys-migrator::beware\nconfiguration is valid\n";
        assert_eq!(findings.printed("configuration is valid\n".to_owned(), Exit::Success), expected);
    }
}
