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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, duplex};

    use super::*;
    use crate::error::Side;
    use crate::server::activity::Watched;

    /// What is found at a server that answers `PING text` and `ECHO text` in this way; `{}` stands for the text.
    async fn found(ping: &str, echo: &str) -> Result<Framing, EndpointProblem> {
        let (client, server) = duplex(1 << 10);
        let link = Link::new(Box::new(client), Duration::from_secs(10), Watched::default().add(), Arc::default());
        let (response_timeout, redactor) = (Duration::from_secs(10), Arc::default());
        let address = Address { side: Side::Source, server: "h:1".into(), response_timeout, redactor };
        let serve = async {
            let mut server = BufReader::new(server);
            loop {
                let mut lines = [const { String::new() }; 5];
                for line in &mut lines {
                    server.read_line(line).await.expect("text");
                }
                let reply = if lines[2].starts_with("PING") { ping } else { echo };
                server.write_all(reply.replace("{}", lines[4].trim_end()).as_bytes()).await.expect("an open stream");
            }
        };
        tokio::select! {
            framing = framing(&link, &address) => framing.map_err(|error| error.problem),
            () = serve => unreachable!("it serves without end"),
        }
    }

    const RETURNED: &str = "$16\r\n{}\r\n";

    #[tokio::test]
    async fn a_proxy_that_answers_ping_itself_is_sent_echo() {
        assert_eq!(found(RETURNED, "-ERR unknown command\r\n").await, Ok(Framing::Ping));
        for ping in ["+PONG\r\n", "-ERR wrong number of arguments for 'ping' command\r\n"] {
            assert_eq!(found(ping, RETURNED).await, Ok(Framing::Echo));
            assert!(matches!(found(ping, "+OK\r\n").await, Err(EndpointProblem::Protocol(_))));
            assert!(matches!(found(ping, "-NOPERM echo\r\n").await, Err(EndpointProblem::Refused(_))));
        }
    }

    #[tokio::test]
    async fn a_reply_of_the_login_that_comes_late_is_noticed() {
        assert!(matches!(found("$3\r\nabc\r\n", RETURNED).await, Err(EndpointProblem::Protocol(_))));
    }

    #[tokio::test]
    async fn a_server_that_is_not_ready_is_asked_again_later() {
        let problem = found("-LOADING Redis is loading\r\n", RETURNED).await;
        assert!(problem.is_err_and(|problem| problem.wait_cause().is_some()));
    }
}
