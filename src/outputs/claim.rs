//! Reserves a file that does not exist yet.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use super::OutputProblem;
use super::identity::Identity;
use super::place::Place;

/// Reserves an error log that does not exist, so that no other run of this machine uses it. There is no file to lock, so
/// this is a socket with an abstract name, which the system removes when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Claim(#[expect(dead_code, reason = "it is held, and never used")] Option<UnixListener>);

impl Claim {
    /// Reserves the place; `None` if there is a file, which has a lock of its own.
    pub(super) fn of(place: &Place) -> Result<Option<Self>, OutputProblem> {
        let Identity::Missing { device, inode, name } = &place.identity else { return Ok(None) };
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let name = format!("redis-keys-migrator/{device}/{inode}/{}", hasher.finish());
        match SocketAddr::from_abstract_name(name).and_then(|name| UnixListener::bind_addr(&name)) {
            Ok(listener) => Ok(Some(Self(Some(listener)))),
            Err(error) if error.kind() == ErrorKind::AddrInUse => Err(OutputProblem::InUse),
            // Sockets may be forbidden. The run continues without one.
            Err(_) => Ok(Some(Self(None))),
        }
    }
}
