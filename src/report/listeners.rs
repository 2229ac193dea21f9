//! The listeners of a run.

use std::io::{self, IsTerminal};

use super::{ErrorLogWriter, Fanout, JsonReport, Notices, ProgressChoice, Screen, Summary, SummaryTarget};
use crate::event::RunSummary;
use crate::outputs::Outputs;

/// The listener that is needed from the start: the log.
pub fn notices() -> Fanout {
    Fanout::default().and(Notices::default())
}

/// Adds the listeners that need open outputs: progress, the error logs, the summary, the report.
pub fn with_outputs(
    listeners: Fanout,
    outputs: Outputs,
    progress: ProgressChoice,
    screen: &Screen,
    exit_code: fn(&RunSummary) -> u8,
) -> Fanout {
    let Outputs { logs, report } = outputs;
    let listeners = progress.add_to(listeners, screen, io::stderr().is_terminal());
    let mut listeners = listeners.and(ErrorLogWriter::new(logs.clone()));
    let to = match &report {
        Some(report) if report.is_standard_output() => SummaryTarget::StandardError,
        _ => SummaryTarget::StandardOutput,
    };
    if let Some(file) = report {
        listeners = listeners.and(JsonReport::new(file, exit_code));
    }
    // The last one, because it blocks if the readers of standard output or standard error are slow.
    listeners.and(Summary::new(screen.clone(), logs, to))
}
