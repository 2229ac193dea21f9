//! The listener that writes the Markdown.

use std::path::PathBuf;

use super::text::{NOT_ENDED, text};
use crate::error::Stop;
use crate::event::{Event, Listener};
use crate::outputs::{self, Patience, ReportFile};

/// Writes the summary as Markdown when the run has ended.
pub struct MarkdownReport {
    target: Target,
}

enum Target {
    /// Replaces an earlier report.
    File(ReportFile),
    /// The summary of a step of GitHub Actions, which other programs write, too.
    Appended(PathBuf, Patience),
}

impl MarkdownReport {
    /// Writes to the file of `--report-markdown`.
    pub fn to_file(file: ReportFile) -> Self {
        Self { target: Target::File(file) }
    }

    /// Appends to the file that `GITHUB_STEP_SUMMARY` names. If that is not possible, it is only a warning, because the
    /// user has not asked for it.
    pub fn appended_to(path: PathBuf, patience: Patience) -> Self {
        Self { target: Target::Appended(path, patience) }
    }
}

impl Listener for MarkdownReport {
    fn hear(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match (event, &self.target) {
            (Event::RunStarted { .. }, Target::File(file)) if file.can_be_replaced() => file.write(NOT_ENDED),
            (Event::RunEnded(summary), Target::File(file)) => file.write(&text(summary)),
            (Event::RunEnded(summary), Target::Appended(path, patience)) => {
                if let Err(problem) = outputs::append(path, &text(summary), patience) {
                    let path = path.display();
                    tracing::warn!("the step summary `{path}` (`GITHUB_STEP_SUMMARY`) {problem}");
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
