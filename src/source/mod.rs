//! Sources of keys: a server, which is asked for each value, or a file, which returns keys with their values. A list of keys
//! is walked in place of a server, which is still asked for the values.

pub mod backup;
mod cluster;
mod database_size;
mod facts;
mod interface;
mod key;
pub mod listed;
mod node;
mod one_lane;
mod result;
mod scan;
mod standalone;

pub use backup::BackupSource;
pub use cluster::SourceCluster;
pub use database_size::DatabaseSize;
pub use facts::SourceFacts;
pub use interface::{Applied, Lane, LaneId, Page, Position, Positions, ScanPlan, Source, offset};
pub use key::{HeldValue, SourceKey};
pub use listed::listed;
pub use node::{Node, NodePage};
pub use one_lane::OneLane;
pub use result::{KeyInfo, ReadResult};
