//! What the black-box tests share: real servers, an exact reading of their data, a bad network, and the scene in which
//! the binary runs.

mod backup;
mod dataset;
mod differences;
mod gate;
mod gated;
mod guard;
mod kind;
mod mask;
mod meanwhile;
mod monitor;
mod poison;
mod proxy;
mod ran;
mod random;
mod raw;
mod rdb;
mod reading;
mod refuser;
mod scene;
mod server;
mod shown;
mod slots;
mod stream;
mod values;
mod wire;

pub use backup::{packed, piped};
pub use dataset::Dataset;
pub use differences::{assert_same, assert_same_within, differences};
pub use gate::{Ending, Gate};
pub use kind::Kind;
pub use meanwhile::{StopFlag, at_once, meanwhile};
pub use monitor::Monitor;
pub use poison::{CAREFUL, poison};
pub use proxy::Proxy;
pub use ran::Ran;
pub use random::Random;
pub use rdb::{RdbFile, checksum};
pub use reading::{KeyReading, Reading, Value};
pub use refuser::Refuser;
pub use scene::{Running, Scene};
pub use server::Server;
pub use shown::shown;
pub use values::Shape;
pub(crate) use wire::words;
pub use wire::{Client, Pipeline, Reply, Word};
