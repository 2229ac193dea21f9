//! A job file: its text, its tables, and the layers that they make.

mod jobs;
mod syntax;
mod text;
mod values;

pub(super) use jobs::{FileJob, JobFile, read};
pub(super) use text::Text;
