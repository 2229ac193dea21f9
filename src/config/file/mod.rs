//! A job file: its text, its tables, and the layers that they make.

mod defaults;
mod jobs;
mod kind;
mod profiles;
mod syntax;
mod text;
mod values;

pub(super) use jobs::{FileJob, JobFile, read};
pub(super) use kind::FileKind;
pub(super) use text::Text;
