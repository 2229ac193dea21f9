//! A data connection, which sends pipelines.

use super::dial::dial;
use super::link::Link;
use super::login::{Transport, log_in};
use super::replies::{LinkError, PipelineReplies};
use super::{Address, Refusal};
use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::Endpoint;
use crate::resp::{Reply, Request};

/// A key name that no user has, for commands that only test permissions.
pub const PROBE_KEY: &[u8] = b"redis-keys-migrator:probe:3f1b0a52-2c36-4d0e-9d0a-6b7c35c2f1aa";

/// A connection that sends pipelines. It is logged in, and its database is selected.
#[derive(Debug)]
pub struct Session {
    link: Link,
    address: Address,
}

impl Session {
    /// Connects and logs in.
    pub async fn open(side: Side, endpoint: &Endpoint, client_name: &str) -> Result<Self, EndpointError> {
        let address = Address::of(side, endpoint);
        let stream = dial(endpoint).await.map_err(|problem| address.problem(problem))?;
        let link = Link::new(stream, endpoint.response_timeout);
        let session = Self { link, address };
        log_in(&session, endpoint, client_name).await?;
        Ok(session)
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Sends a pipeline and returns the replies that arrived; the caller checks each.
    pub async fn send(&self, request: Request) -> PipelineReplies<EndpointError> {
        self.link.ask(request).await.map_error(|error| self.endpoint_error(error))
    }

    /// Sends a pipeline and returns all its replies.
    pub async fn ask(&self, request: Request) -> Result<Vec<Reply>, EndpointError> {
        self.send(request).await.all()
    }

    /// Sends commands to find out whether the server permits them; returns the error replies that concern only the key.
    pub async fn try_out(&self, request: Request) -> Result<Vec<String>, EndpointError> {
        let messages: Vec<String> = self.ask(request).await?.iter().filter_map(Reply::error).collect();
        for message in &messages {
            if let Refusal::Server(problem) = Refusal::of(message) {
                return Err(self.address.problem(problem));
            }
        }
        Ok(messages)
    }

    /// Runs one command; an error reply is an error.
    pub async fn run(&self, arguments: &[&[u8]]) -> Result<Reply, EndpointError> {
        let mut request = Request::default();
        request.command(arguments);
        let reply = self.ask(request).await?.pop().ok_or_else(|| self.address.unexpected_reply("no reply"))?;
        match reply.error() {
            Some(message) => Err(self.address.problem(Refusal::of_server(&message))),
            None => Ok(reply),
        }
    }

    fn endpoint_error(&self, error: LinkError) -> EndpointError {
        match error {
            LinkError::Closed(why) => self.address.problem(EndpointProblem::ConnectionLost(why)),
            LinkError::ClosedByServer(message) => self.address.problem(Refusal::of_server(&message)),
            LinkError::TimedOut => self.address.timed_out(),
            LinkError::Malformed(what) => self.address.unexpected_reply(what),
        }
    }
}

impl Transport for Session {
    async fn send_commands(&self, commands: &[Vec<&str>]) -> Result<Vec<Option<String>>, EndpointError> {
        let mut request = Request::default();
        for command in commands {
            request.begin(command.len());
            for argument in command {
                request.argument(argument.as_bytes());
            }
        }
        Ok(self.ask(request).await?.iter().map(Reply::error).collect())
    }

    fn address(&self) -> &Address {
        &self.address
    }
}
