//! Where a run begins and ends: the values of `--resume` and `--max-duration`.

use std::time::Duration;

use clap::ValueEnum;

use crate::runner::Resume;

/// How a run continues an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ResumeChoice {
    /// A job that cannot continue starts from the beginning.
    #[value(hide = true)]
    Usual,
    /// A job that cannot continue is refused.
    Strict,
}

/// A time that is not zero.
pub fn time_limit(text: &str) -> Result<Duration, String> {
    let limit = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if limit.is_zero() { Err("must be more than zero".to_owned()) } else { Ok(limit) }
}

impl From<ResumeChoice> for Resume {
    fn from(choice: ResumeChoice) -> Self {
        match choice {
            ResumeChoice::Usual => Self::Yes,
            ResumeChoice::Strict => Self::Strict,
        }
    }
}
