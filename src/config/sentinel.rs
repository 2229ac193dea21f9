//! The keys of an endpoint that Sentinels name.

use super::elements::{AddressMap, Password, SentinelAddresses, ServiceName, Username};
use super::fault::{Fault, Problem};
use super::keys;
use super::stack::Stack;
use crate::error::Side;
use crate::job::{ReadFrom, Secret, SentinelService, Tls};

/// The service of an endpoint; `None` if no Sentinels are given. `password` and `tls` are for the Sentinels, from files.
pub(super) fn service(
    stack: &Stack,
    side: Side,
    password: Option<Secret>,
    tls: Option<Tls>,
) -> Result<Option<SentinelService>, Problem> {
    let path = |name: &str| format!("{side}.{name}");
    let Some(sentinel) = stack.optional::<SentinelAddresses>(&path("sentinel"))? else { return Ok(None) };
    Ok(Some(SentinelService {
        sentinel,
        service: stack.required::<ServiceName>(&path("service"))?,
        sentinel_username: stack.optional::<Username>(&path("sentinel_username"))?,
        sentinel_password: stack.optional::<Password>(&path("sentinel_password"))?.or(password),
        sentinel_tls: tls.map(Box::new),
        read_from: if side == Side::Source {
            stack.optional::<ReadFrom>("source.read_from")?.unwrap_or(ReadFrom::Master)
        } else {
            ReadFrom::Master
        },
        address_map: stack.optional::<AddressMap>(&path("address_map"))?.unwrap_or_default(),
    }))
}

/// The fault of an endpoint with Sentinels and without a service.
pub(super) fn missing_service(side: Side, stack: &Stack) -> Option<Fault> {
    let [sentinel, service] = ["sentinel", "service"].map(|name| keys::of(side, name).path);
    let (_, origin) = stack.value(sentinel)?;
    if stack.value(service).is_some() || stack.is_faulty(service) {
        return None;
    }
    let hint = format!("give the name under which the Sentinels monitor the master, such as {service} = \"mymaster\"");
    Some(Fault::at(origin, Problem::Missing(service)).hint(hint))
}
