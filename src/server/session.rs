//! A connection for pipelines: logged in, and in its database.

use super::answered::{Answered, LinkError};
use super::dial::dial;
use super::link::Link;
use super::login::{Transport, log_in};
use super::{Address, Refusal};
use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::Endpoint;
use crate::resp::{Reply, Request};

/// A key that no user has, to try commands on.
pub const NOBODYS_KEY: &[u8] = b"redis-keys-migrator:nobody:3f1b0a52-2c36-4d0e-9d0a-6b7c35c2f1aa";

/// A connection that carries pipelines, logged in and in its database.
#[derive(Debug)]
pub struct Session {
    link: Link,
    address: Address,
}

impl Session {
    /// Connects and logs in.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, refuses the login or the database, or keeps loading.
    pub async fn open(side: Side, endpoint: &Endpoint, client_name: &str) -> Result<Self, EndpointError> {
        let address = Address::of(side, endpoint);
        let stream = dial(endpoint).await.map_err(|problem| address.problem(problem))?;
        let link = Link::over(stream, endpoint.response_timeout);
        let session = Self { link, address };
        log_in(&session, endpoint, client_name).await?;
        Ok(session)
    }

    /// Which endpoint this is a connection to.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Sends a pipeline and returns what came back, each reply to be looked at by itself.
    pub async fn send(&self, request: Request) -> Answered<EndpointError> {
        self.link.ask(request).await.map_lost(|error| self.lost(error))
    }

    /// The same for pipelines whose replies are of no use unless they are all there.
    ///
    /// # Errors
    ///
    /// The replies are not all there: the connection is lost, or the time is up.
    pub async fn ask(&self, request: Request) -> Result<Vec<Reply>, EndpointError> {
        self.send(request).await.all()
    }

    /// Sends commands to see whether the server refuses them whatever the key; returns other errors that it replied.
    ///
    /// # Errors
    ///
    /// It does, or there is no reply.
    pub async fn try_out(&self, request: Request) -> Result<Vec<String>, EndpointError> {
        let messages: Vec<String> = self.ask(request).await?.iter().filter_map(Reply::error).collect();
        for message in &messages {
            if let Refusal::Server(problem) = Refusal::of(message) {
                return Err(self.address.problem(problem));
            }
        }
        Ok(messages)
    }

    /// Sends one command that has to work.
    ///
    /// # Errors
    ///
    /// There is no reply, or it is an error.
    pub async fn demand(&self, arguments: &[&[u8]]) -> Result<Reply, EndpointError> {
        let mut request = Request::default();
        request.command(arguments);
        let reply = self.ask(request).await?.pop().ok_or_else(|| self.address.not_understood("no reply at all"))?;
        match reply.error() {
            Some(message) => Err(self.address.problem(Refusal::of_server(&message))),
            None => Ok(reply),
        }
    }

    fn lost(&self, error: LinkError) -> EndpointError {
        match error {
            LinkError::Lost(why) => self.address.problem(EndpointProblem::ConnectionLost(why)),
            LinkError::HungUp(message) => self.address.problem(Refusal::of_server(&message)),
            LinkError::TimedOut => self.address.timed_out(),
            LinkError::Malformed(what) => self.address.not_understood(what),
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
