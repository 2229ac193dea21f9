//! The keys of an endpoint that Sentinels name, or that is a cluster.

use std::collections::BTreeMap;

use super::elements::{AddressMap, ClusterNodes, Password, SentinelAddresses, ServiceName, Username};
use super::fault::{Fault, Problem};
use super::keys;
use super::stack::Stack;
use crate::error::Side;
use crate::job::{ClusterSeeds, HostPort, ReadFrom, Secret, SentinelService, Tls};

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
        read_from: read_from(stack, side)?,
        address_map: address_map(stack, side)?,
    }))
}

/// The cluster of an endpoint; `None` if no nodes are given.
pub(super) fn cluster(stack: &Stack, side: Side) -> Result<Option<ClusterSeeds>, Problem> {
    let Some(cluster) = stack.optional::<ClusterNodes>(keys::of(side, "cluster").path)?.flatten() else {
        return Ok(None);
    };
    Ok(Some(ClusterSeeds { cluster, read_from: read_from(stack, side)?, address_map: address_map(stack, side)? }))
}

/// Whether a node of a cluster is one server.
pub(super) fn is_single(stack: &Stack, side: Side) -> Result<bool, Problem> {
    Ok(stack.optional::<ClusterNodes>(keys::of(side, "cluster").path)? == Some(None))
}

fn read_from(stack: &Stack, side: Side) -> Result<ReadFrom, Problem> {
    let given = if side == Side::Source { stack.optional::<ReadFrom>("source.read_from")? } else { None };
    Ok(given.unwrap_or(ReadFrom::Master))
}

fn address_map(stack: &Stack, side: Side) -> Result<BTreeMap<HostPort, HostPort>, Problem> {
    Ok(stack.optional::<AddressMap>(keys::of(side, "address_map").path)?.unwrap_or_default())
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

/// The fault of a cluster whose nodes are declared: each must be asked what it is.
pub(super) fn declared_cluster(side: Side, stack: &Stack) -> Option<Fault> {
    let [cluster, server] = ["cluster", "server"].map(|name| keys::of(side, name).path);
    let (_, origin) = stack.value(server)?;
    if stack.place(side)?.path != cluster {
        return None;
    }
    let reason = format!("cannot be used with `{cluster}`: the nodes of a cluster must answer `INFO` and `TIME`");
    Some(Fault::at(origin, Problem::Refused { key: server.to_owned(), reason }))
}
