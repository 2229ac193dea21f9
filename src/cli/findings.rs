//! What `check` finds, and how it is printed.

use std::collections::HashMap;
use std::fmt::{Display, Write};

use clap::ValueEnum;
use serde::Serialize;

use crate::config::{Configuration, Fault, Origin, Warning};
use crate::error::Stop;
use crate::event::{Detail, Event, Listener};
use crate::report::{self, Fanout};
use crate::sanitize;

use super::Exit;

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
    /// The place of each job.
    jobs: HashMap<String, Origin>,
    files: Vec<FileWithJobs>,
}

#[derive(Serialize)]
struct Finding {
    severity: Severity,
    message: String,
    hint: Option<String>,
    job: Option<String>,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Error,
    Warning,
}

#[derive(Serialize)]
struct FileWithJobs {
    file: String,
    jobs: usize,
}

#[derive(Serialize)]
struct Document<'a> {
    format_version: u32,
    exit_code: u8,
    files: &'a [FileWithJobs],
    findings: &'a [Finding],
}

impl Findings {
    pub(super) fn new(format: CheckFormat) -> Self {
        Self { format, notices: report::notices(), all: Vec::new(), jobs: HashMap::new(), files: Vec::new() }
    }

    pub(super) fn fault(&mut self, fault: &Fault) {
        if self.format == CheckFormat::Text {
            return tracing::error!("{fault}");
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
        for warning in &configuration.warnings {
            match self.format {
                CheckFormat::Text => tracing::warn!("{warning}"),
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
                CheckFormat::Text => tracing::error!("{error}"),
                _ => self.add(Severity::Error, &error.to_string(), None, None),
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
        let (message, job) = (message.to_owned(), job.map(str::to_owned));
        self.all.push(Finding { severity, message, hint, job, file, line, column });
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
            event if self.format == CheckFormat::Text => return self.notices.hear(event),
            Event::Warned(warning) => {
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
        let mut message = self.message.clone();
        for hint in self.hint.iter().flat_map(|hint| hint.lines()) {
            write!(message, "\nhint: {hint}").expect("a write to a String cannot fail");
        }
        format!("::{name} {}::{}\n", properties.join(","), data(&message))
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

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
