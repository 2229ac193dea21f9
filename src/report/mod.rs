//! Reports a run. Each output is a listener of the events of the run: progress, notices, error log, differences, summary,
//! reports.
//! To add an output, add a listener to [`with_outputs`]. Listeners need no async runtime.

mod differences;
mod error_log;
mod estimate;
mod fanout;
pub mod json;
mod json_lines;
mod junit;
mod listeners;
mod logging;
mod look;
mod markdown;
mod notices;
mod numbers;
mod progress;
#[cfg(test)]
mod samples;
mod screen;
mod status;
mod summary;
mod survey;
mod verified;

pub use differences::DifferencesWriter;
pub use error_log::ErrorLogWriter;
pub use fanout::Fanout;
pub use json::JsonReport;
pub use junit::JunitReport;
pub use listeners::{notices, with_outputs};
pub use logging::{ColourChoice, LogFormat, LogSettings, log_level, start_logging};
pub use look::Colours;
pub use markdown::MarkdownReport;
pub use notices::Notices;
pub use progress::ProgressChoice;
pub use screen::Screen;
pub use status::StatusWord;
pub use summary::{Summary, SummaryTarget};
pub use survey::survey_text;
