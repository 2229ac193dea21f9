//! Reserves a file that does not exist yet, or that is replaced.

use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use super::OutputProblem;
use super::identity::Identity;
use super::place::Place;

/// Reserves a name in a directory, so that no other run of this machine uses it. There is no file to lock yet, or another
/// one will take its place, so this is a socket with an abstract name, which the system removes when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Claim(#[expect(dead_code, reason = "it is held, and never used")] Option<UnixListener>);

impl Claim {
    /// Reserves the place; `None` if there is a file, which has a lock of its own.
    pub(super) fn of(place: &Place) -> Result<Option<Self>, OutputProblem> {
        match &place.identity {
            Identity::Missing { device, inode, name } => Self::of_name(*device, *inode, name).map(Some),
            Identity::Found { .. } => Ok(None),
        }
    }

    /// Reserves the name of the place, whatever file has it now.
    pub(super) fn of_every_file(place: &Place) -> Result<Self, OutputProblem> {
        let dir = rustix::fs::fstat(&*place.dir)?;
        Self::of_name(dir.st_dev, dir.st_ino, &place.name)
    }

    fn of_name(device: u64, inode: u64, name: &OsStr) -> Result<Self, OutputProblem> {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        let name = format!("redis-keys-migrator/{device}/{inode}/{}", hasher.finish());
        match SocketAddr::from_abstract_name(name).and_then(|name| UnixListener::bind_addr(&name)) {
            Ok(listener) => Ok(Self(Some(listener))),
            Err(error) if error.kind() == ErrorKind::AddrInUse => Err(OutputProblem::InUse),
            // Sockets may be forbidden. The run continues without one.
            Err(_) => Ok(Self(None)),
        }
    }
}
