//! The listeners of a run.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use super::{
    DifferencesWriter, ErrorLogWriter, Fanout, JsonReport, JunitReport, MarkdownReport, Notices, ProgressChoice,
    Screen, Summary, SummaryTarget,
};
use crate::event::RunSummary;
use crate::outputs::{Outputs, ReportFormat};

/// The listener that is needed from the start: the log.
pub fn notices() -> Fanout {
    Fanout::default().and(Notices::default())
}

/// Adds the listeners that need open outputs: progress, the error logs, the differences files, the summary, the reports.
pub fn with_outputs(
    listeners: Fanout,
    outputs: Outputs,
    step_summary: Option<PathBuf>,
    resume_command: String,
    progress: ProgressChoice,
    screen: &Screen,
    exit_code: impl Fn(&RunSummary) -> u8 + Copy + 'static,
) -> Fanout {
    let Outputs { logs, differences, reports } = outputs;
    let listeners = progress.add_to(listeners, screen, io::stderr().is_terminal());
    let mut listeners = listeners.and(ErrorLogWriter::new(logs.clone())).and(DifferencesWriter::new(differences));
    let to = if reports.iter().any(|(_, file)| file.is_standard_output()) {
        SummaryTarget::StandardError
    } else {
        SummaryTarget::StandardOutput
    };
    for (format, file) in reports {
        listeners = match format {
            ReportFormat::Json => listeners.and(JsonReport::new(file, exit_code)),
            ReportFormat::Markdown => listeners.and(MarkdownReport::to_file(file)),
            ReportFormat::Junit => listeners.and(JunitReport::new(file)),
        };
    }
    if let Some(path) = step_summary {
        listeners = listeners.and(MarkdownReport::appended_to(path, screen.patience().clone()));
    }
    // The last one, because it blocks if the readers of standard output or standard error are slow.
    listeners.and(Summary::new(screen.clone(), logs, to, resume_command))
}
