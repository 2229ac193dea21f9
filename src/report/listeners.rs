//! The listeners of a run.

use std::io::{self, IsTerminal};

use super::{ErrorLog, Fanout, JsonReport, Notices, ProgressChoice, Screen, Summary};
use crate::event::RunSummary;
use crate::outputs::Outputs;

/// What listens from the start: the log. It needs no file.
#[must_use]
pub fn notices() -> Fanout {
    Fanout::default().and(Notices::default())
}

/// Adds what listens once the outputs are open: progress, the error logs, the summary, the report.
#[must_use]
pub fn with_outputs(
    listeners: Fanout,
    outputs: Outputs,
    progress: ProgressChoice,
    screen: &Screen,
    exit_code: fn(&RunSummary) -> u8,
) -> Fanout {
    let Outputs { logs, report } = outputs;
    let listeners = progress.add_to(listeners, screen, io::stderr().is_terminal());
    let mut listeners = listeners.and(ErrorLog::new(logs.clone()));
    if let Some(file) = report {
        listeners = listeners.and(JsonReport::new(file, exit_code));
    }
    // The last one: it waits for those who read standard output and standard error.
    listeners.and(Summary::new(screen.clone(), logs))
}
