//! What the bench shares with the tests: a server's guard, a blocking client, random numbers, a bad network.

#[path = "../support/guard.rs"]
mod guard;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/random.rs"]
mod random;
#[path = "../support/shown.rs"]
mod shown;
#[path = "../support/wire.rs"]
mod wire;

pub use guard::{Guard, READY, StartError};
pub use proxy::Proxy;
pub use random::Random;
use shown::shown;
pub(crate) use wire::words;
pub use wire::{Client, Pipeline, Reply, Word};
