//! Where a server is.

use super::announced;
use super::elements::{Host, Port, SocketPath};
use super::fault::Problem;
use super::keys;
use super::stack::Stack;
use crate::error::Side;
use crate::job::{Location, Secret, Tls};

/// The place of a server. Password and TLS are those for its Sentinels.
pub(super) fn location(
    stack: &Stack,
    side: Side,
    password: Option<Secret>,
    tls: Option<Tls>,
) -> Result<Location, Problem> {
    let key = |name| keys::of(side, name).path;
    if let Some(socket) = stack.optional::<SocketPath>(key("socket"))? {
        return Ok(Location::Socket { socket });
    }
    if let Some(cluster) = announced::cluster(stack, side)? {
        return Ok(Location::Cluster(Box::new(cluster)));
    }
    if let Some(service) = announced::service(stack, side, password, tls)? {
        return Ok(Location::Sentinel(Box::new(service)));
    }
    Ok(Location::Tcp { host: stack.required::<Host>(key("host"))?, port: stack.required::<Port>(key("port"))? })
}
