//! A stream from its connection to the end of the login: one pipeline at a time.
//!
//! The data connection and the control connection log in the same way, and find out why a server does not let them in:
//! its last words, even if it closed the connection before it read a request, or that it is no server of ours.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::Refusal;
use super::byte_stream::BoxedStream;
use super::contact::Contact;
use super::driver::FINAL_READ;
use super::tls::{self, Peer};
use super::wrong_server::{EXPECTS_TLS, speaks};
use crate::budget::LONGEST_CONTROL_REPLY;
use crate::error::{EndpointError, EndpointProblem};
use crate::resp::{Decoder, Reply, Request};

/// What Redis does with a client that does not speak TLS.
const WITHOUT_A_REPLY: &str = "it sent no reply; its port may expect TLS (`tls = true`, or a `rediss://` URL)";
/// The same of a Sentinel.
const NO_REPLY_OF_SENTINEL: &str = "it sent no reply; its port may expect TLS (`sentinel_tls = true`)";
const TLS_OF_SENTINEL: &str = "expects TLS: set `sentinel_tls = true`";
/// What some servers do with a client without a certificate.
const WITHOUT_A_CERTIFICATE: &str = "it sent no reply; it may require a client certificate (`tls.cert_file`)";

/// As many of the first bytes of a server are kept.
const FIRST_BYTES: usize = 64;

/// An open stream before the end of the login.
pub(super) struct Opening<'c> {
    stream: BoxedStream,
    contact: &'c Contact,
    peer: Peer,
    decoder: Decoder,
    /// The first bytes that the server has sent.
    first: Vec<u8>,
    received: usize,
}

impl<'c> Opening<'c> {
    pub fn new(stream: BoxedStream, contact: &'c Contact) -> Self {
        let (decoder, first) = (Decoder::default(), Vec::new());
        let mut opening = Self { stream, contact, peer: Peer::Server, decoder, first, received: 0 };
        opening.decoder.longest = LONGEST_CONTROL_REPLY;
        opening
    }

    /// A stream to a Sentinel of the endpoint.
    pub fn of_sentinel(stream: BoxedStream, contact: &'c Contact) -> Self {
        Self { peer: Peer::Sentinel, ..Self::new(stream, contact) }
    }

    /// The stream, for what follows the login.
    pub fn into_stream(self) -> BoxedStream {
        self.stream
    }

    /// Sends commands, and returns a reply to each. Every reply must arrive within `response_timeout`.
    pub async fn send(&mut self, commands: &[Vec<&str>]) -> Result<Vec<Reply>, EndpointError> {
        let mut request = Request::default();
        for command in commands {
            request.begin(command.len());
            for argument in command {
                request.argument(argument.as_bytes());
            }
        }
        let bytes: Vec<u8> = request.into_parts().0.flatten().collect();
        let limit = self.contact.endpoint.response_timeout;
        let (is_sent, limit) = match timeout(limit, self.stream.write_all(&bytes)).await {
            Ok(Ok(())) => (true, limit),
            // The server may have sent the reason.
            Ok(Err(_)) => (false, FINAL_READ),
            Err(_) => return Err(self.explained(Vec::new(), self.timed_out())),
        };
        let mut replies = Vec::with_capacity(commands.len());
        while !is_sent || replies.len() < commands.len() {
            match timeout(limit, self.next_reply()).await {
                Ok(Ok(reply)) => replies.push(reply),
                Ok(Err(problem)) => return Err(self.explained(replies, problem)),
                Err(_) if is_sent => return Err(self.explained(replies, self.timed_out())),
                Err(_) => return Err(self.explained(replies, closed())),
            }
        }
        if self.decoder.unread().is_empty() { Ok(replies) } else { Err(self.surplus()) }
    }

    async fn next_reply(&mut self) -> Result<Reply, EndpointProblem> {
        loop {
            let decoded = self.decoder.next_reply();
            if let Some(mut reply) = decoded.map_err(|error| EndpointProblem::Protocol(error.to_string()))? {
                self.contact.address.redactor.clean(&mut reply);
                return Ok(reply);
            }
            let before = self.decoder.buffer.len();
            match self.stream.read_buf(&mut self.decoder.buffer).await {
                Ok(0) => return Err(closed()),
                Ok(count) => self.received += count,
                Err(error) => return Err(self.not_read(&error)),
            }
            let room = FIRST_BYTES - self.first.len();
            self.first.extend(self.decoder.buffer[before..].iter().take(room));
            if self.received > LONGEST_CONTROL_REPLY {
                return Err(EndpointProblem::Protocol("a reply that is too long".to_owned()));
            }
        }
    }

    fn not_read(&self, error: &io::Error) -> EndpointProblem {
        let Contact { endpoint, address, .. } = self.contact;
        let settings = self.peer.tls(endpoint);
        let of_tls = settings.and_then(|settings| tls::problem(error, settings, address, self.peer));
        of_tls.unwrap_or_else(|| match error.kind() {
            io::ErrorKind::UnexpectedEof => closed(),
            _ => EndpointProblem::ConnectionLost(address.text(error.to_string())),
        })
    }

    /// Why a server may close a connection without a reply.
    fn suspicion(&self) -> &'static str {
        match self.peer.tls(&self.contact.endpoint) {
            None if self.peer == Peer::Sentinel => NO_REPLY_OF_SENTINEL,
            None => WITHOUT_A_REPLY,
            Some(tls) if tls.cert_file.is_none() => WITHOUT_A_CERTIFICATE,
            Some(_) => "it sent no reply",
        }
    }

    fn timed_out(&self) -> EndpointProblem {
        EndpointProblem::TimedOut(self.contact.endpoint.response_timeout)
    }

    /// The problem, or the better reason that the server has sent. If it refuses a connection, its first reply is an
    /// error, and the last one.
    fn explained(&self, mut replies: Vec<Reply>, problem: EndpointProblem) -> EndpointError {
        let reason = match replies.pop() {
            Some(reply) if replies.is_empty() => reply.error(),
            _ => None,
        };
        let problem = match (speaks(&self.first), problem, reason) {
            (Some(EXPECTS_TLS), ..) if self.peer == Peer::Sentinel => {
                EndpointProblem::WrongServer(TLS_OF_SENTINEL.to_owned())
            }
            (Some(protocol), ..) => EndpointProblem::WrongServer(protocol.to_owned()),
            (None, EndpointProblem::ConnectionLost(_), Some(reason)) => of_last_words(reason),
            (None, EndpointProblem::ConnectionLost(_), None) if self.first.is_empty() && !self.contact.has_begun() => {
                EndpointProblem::ConnectionLost(self.suspicion().to_owned())
            }
            (None, problem, _) => problem,
        };
        self.contact.address.problem(problem)
    }

    /// A reply too many.
    fn surplus(&mut self) -> EndpointError {
        match self.decoder.next_reply() {
            Ok(Some(mut reply)) if matches!(reply, Reply::Error(_)) => {
                self.contact.address.redactor.clean(&mut reply);
                self.contact.address.problem(of_last_words(reply.error().unwrap_or_default()))
            }
            _ => self.contact.address.unexpected_reply("a reply too many"),
        }
    }
}

fn closed() -> EndpointProblem {
    EndpointProblem::ConnectionLost(String::new())
}

/// The problem of a connection that the server closes with this error.
pub(super) fn of_last_words(message: String) -> EndpointProblem {
    match Refusal::of_server(&message) {
        // A proxy without a server may have one soon.
        EndpointProblem::Refused(_) if !message.starts_with("DENIED ") => EndpointProblem::ConnectionLost(message),
        problem => problem,
    }
}
