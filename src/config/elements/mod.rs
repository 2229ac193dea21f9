//! One file for each kind of value: how it is read, its schema, its tests.
//! What a value must be is its `EXPECTED`, in words that fit after "must be".

mod address;
mod backup;
mod byte_size;
mod command;
mod databases;
mod declared;
mod duration;
mod element;
mod endpoint_name;
mod host;
mod job_name;
mod lane_count;
mod path;
mod pattern;
mod prefix;
mod tags;
mod text;
mod tls;
mod type_names;
mod url;
mod whole_number;
mod words;

pub(super) use address::{AddressMap, ClusterNodes, SentinelAddresses, as_texts};
pub(super) use backup::RdbPaths;
pub(super) use byte_size::Bytes;
pub(super) use command::CommandWords;
pub(super) use databases::{DestinationDatabases, SourceDatabases};
pub(super) use declared::ServerTable;
pub(super) use duration::{Pause, Timeout};
pub(super) use element::{Element, ElementType, Reason, Rejection, ValueKind, whole_number};
pub(super) use endpoint_name::EndpointName;
pub(super) use host::Host;
pub(super) use job_name::JobName;
pub(super) use lane_count::LaneCount;
pub(super) use path::{FilePath, KeyListPath, SocketPath};
pub(super) use pattern::{ExcludedPatterns, Patterns};
pub(super) use prefix::Prefix;
pub(super) use tags::Tags;
pub(super) use text::{Password, ServiceName, Username};
pub(super) use tls::{CertificateName, TlsSwitch};
pub(super) use type_names::{BASE_TYPES, TypeNames};
pub(super) use url::ServerUrl;
pub(super) use whole_number::{AtLeastOne, Database, PipelineBatch, Port, ScanBatch};
pub(super) use words::Flag;

#[cfg(test)]
pub(super) use element::tests::{accepts, refuses};
