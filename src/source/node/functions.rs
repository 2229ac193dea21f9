//! Function libraries.

use bytes::Bytes;

use super::Node;
use crate::error::EndpointError;
use crate::rdb::function_libraries;
use crate::resp::{Reply, Request};
use crate::server::Refusal;

impl Node {
    /// The function libraries of the server. A server that does not support functions has none.
    pub(in crate::source) async fn function_libraries(&self) -> Result<Vec<Bytes>, EndpointError> {
        if !self.facts.has_functions() {
            return Ok(Vec::new());
        }
        let mut request = Request::default();
        request.command(&[b"FUNCTION", b"DUMP"]);
        let (reply, address) = (self.data.ask(request).await?.pop(), self.data.address());
        let libraries = match &reply {
            Some(Reply::Bulk(dump)) => function_libraries(dump).ok(),
            Some(reply) => match reply.error() {
                Some(message) => return Err(address.problem(Refusal::of_server(&message))),
                None => None,
            },
            None => None,
        };
        libraries.ok_or_else(|| address.unexpected_reply("`FUNCTION DUMP` without function libraries"))
    }
}
