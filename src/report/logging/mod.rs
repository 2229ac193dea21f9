//! The log, on standard error.

mod json;
mod settings;
mod start;
mod text;

pub use settings::{ColourChoice, LogFormat, LogSettings, log_level};
pub use start::start_logging;
#[cfg(test)]
pub(super) use start::subscriber;
