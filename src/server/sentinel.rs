//! Recognises a Sentinel, which monitors servers and has no keys.

use super::Address;
use super::info::field;
use super::opening::Opening;
use crate::error::{EndpointError, EndpointProblem};
use crate::resp::Reply;

/// Whether this section of `INFO` is a Sentinel's.
pub(super) fn is_sentinel(info: &str) -> bool {
    field(info, "redis_mode").or_else(|| field(info, "server_mode")) == Some("sentinel")
}

/// The error for a Sentinel, with the servers that it monitors.
pub(super) async fn sentinel(opening: &mut Opening<'_>, address: &Address) -> EndpointError {
    let masters = match opening.send(&[vec!["SENTINEL", "MASTERS"]]).await.map(|mut replies| replies.pop()) {
        Ok(Some(Reply::Array(masters))) => masters.iter().filter_map(|master| named(master, address)).collect(),
        _ => Vec::new(),
    };
    let monitored = if masters.is_empty() { String::new() } else { format!(" ({})", masters.join(", ")) };
    let text = format!(
        "is a Sentinel, which has no keys: give its address as `sentinel` with a `service`, or name a server that it \
         monitors{monitored}"
    );
    address.problem(EndpointProblem::WrongServer(text))
}

/// A master, from the list of its fields and their values.
fn named(master: &Reply, address: &Address) -> Option<String> {
    let value = |name| text_field(master, name, address);
    Some(format!("`{}` at {}:{}", value("name")?, value("ip")?, value("port")?))
}

/// A field of a master or a replica as Sentinels describe it: a list of fields and their values.
pub(super) fn text_field(described: &Reply, name: &str, address: &Address) -> Option<String> {
    let Reply::Array(fields) = described else { return None };
    fields.chunks_exact(2).find_map(|pair| match pair {
        [Reply::Bulk(field), Reply::Bulk(value)] if field == name => Some(address.text(value)),
        _ => None,
    })
}
