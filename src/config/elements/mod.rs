//! One file for each kind of value: its type, how it is read, its schema, its tests.
//! What a value must be is said by its `expecting`, in words that fit after "must be".

mod backup;
mod byte_size;
mod duration;
mod error_log_mode;
mod existing;
mod flag;
mod host;
mod job_name;
mod lane_count;
mod path;
mod pattern;
mod reading;
mod text;
mod type_names;
mod unsupported;
mod url;
mod whole_number;

pub(super) use backup::{RdbPath, SourceDatabase};
pub(super) use byte_size::Bytes;
pub(super) use duration::{Pause, Timeout};
pub(super) use error_log_mode::ErrorLogMode;
pub(super) use existing::ExistingKeys;
pub(super) use flag::Flag;
pub(super) use host::Host;
pub(super) use job_name::JobName;
pub(super) use lane_count::LaneCount;
pub(super) use path::FilePath;
pub(super) use pattern::{ExcludedPatterns, Patterns};
pub(super) use reading::Element;
pub(super) use text::{Password, Username};
pub(super) use type_names::{BASE_TYPES, TypeNames};
pub(super) use unsupported::Unsupported;
pub(super) use url::ServerUrl;
pub(super) use whole_number::{AtLeastOne, Database, PipelineBatch, Port, ScanBatch, WholeNumber};

#[cfg(test)]
pub(super) use reading::tests::{accepts, refuses};
