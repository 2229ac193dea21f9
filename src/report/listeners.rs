//! Everybody who hears of a run.

use std::io::{self, IsTerminal};

use super::{ErrorLog, Fanout, Notices, ProgressChoice, Screen};
use crate::outputs::OpenLogs;

/// Everybody who hears of a run: progress, notices, the error logs.
#[must_use]
pub fn listeners(logs: OpenLogs, progress: ProgressChoice, screen: &Screen) -> Fanout {
    let shown = progress.add_to(Fanout::default(), screen, io::stderr().is_terminal());
    shown.and(Notices::default()).and(ErrorLog::new(logs))
}
