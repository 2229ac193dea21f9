//! Finds out which command frames pipelines on a connection.

use super::link::Link;
use super::turn::endpoint_error;
use super::{Address, Refusal};
use crate::error::{EndpointError, EndpointProblem};
use crate::resp::{FrameText, Framing, Reply, Request, Shifted};

/// The first command that returns the text that it is sent. The login needs `PING` anyway, but some proxies answer it
/// themselves, without the text; and users need a permission for `ECHO`.
pub(super) async fn framing(link: &Link, address: &Address) -> Result<Framing, EndpointError> {
    for framing in [Framing::Ping, Framing::Echo] {
        if returns_text(link, address, framing).await? {
            return Ok(framing);
        }
    }
    let problem = "neither `PING` nor `ECHO` returns the text that it is sent, so replies cannot be checked";
    Err(address.problem(EndpointProblem::Refused(problem.to_owned())))
}

async fn returns_text(link: &Link, address: &Address, framing: Framing) -> Result<bool, EndpointError> {
    let text = FrameText::next();
    let mut request = Request::default();
    request.command(&[framing.command(), text.as_bytes()]);
    let reply = link.ask(request).await.all().map_err(|error| endpoint_error(address, error))?.pop();
    match reply {
        Some(Reply::Bulk(found)) if found == text.as_bytes() => Ok(true),
        Some(Reply::Status(pong)) if pong == "PONG" => Ok(false),
        Some(Reply::Error(error)) => {
            let problem = Refusal::of_server(&String::from_utf8_lossy(&error));
            if problem.wait_cause().is_some() { Err(address.problem(problem)) } else { Ok(false) }
        }
        Some(reply) => Err(address.unexpected_reply(Shifted::new(&reply, "the text of `PING`").to_string())),
        None => Err(address.unexpected_reply("no reply")),
    }
}
