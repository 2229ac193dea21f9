//! A job file: its text, its tables, and the layers that they make.

mod jobs;
mod kind;
mod profiles;
mod syntax;
mod tables;
mod text;
mod texts;
mod values;

pub(super) use jobs::{FileJob, JobFile, read};
pub(super) use kind::FileKind;
pub(super) use tables::Tables;
pub(super) use text::Text;
pub use texts::Texts;
