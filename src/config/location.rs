//! Where a server is.

use super::elements::{Host, Port, SocketPath};
use super::fault::Problem;
use super::keys;
use super::sentinel;
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
    Ok(match (stack.optional::<SocketPath>(key("socket"))?, sentinel::service(stack, side, password, tls)?) {
        (Some(socket), _) => Location::Socket { socket },
        (None, Some(service)) => Location::Sentinel(Box::new(service)),
        (None, None) => {
            Location::Tcp { host: stack.required::<Host>(key("host"))?, port: stack.required::<Port>(key("port"))? }
        }
    })
}
