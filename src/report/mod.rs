//! Everything that is shown and written down. Listeners hear of events while a job runs (progress, notices, error
//! log); summary and JSON report tell of the run when it is over. None of it needs an async runtime.

mod error_log;
mod fanout;
pub mod json;
mod listeners;
mod logging;
mod notices;
mod numbers;
mod progress;
#[cfg(test)]
mod samples;
mod screen;
mod status;
mod summary;
mod survey;

pub use error_log::ErrorLog;
pub use fanout::Fanout;
pub use json::{Report, report_schema};
pub use listeners::listeners;
pub use logging::{ColourChoice, LogFormat, LogSettings, log_level, start_logging};
pub use notices::Notices;
pub use progress::ProgressChoice;
pub use screen::Screen;
pub use status::StatusWord;
pub use summary::show_summary;
pub use survey::survey_text;
