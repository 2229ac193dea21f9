//! A connection for what is said key by key.

use super::dial::dial;
use super::link::{Link, LinkError};
use super::login::{Carrier, log_in};
use super::{Address, Refusal};
use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::Endpoint;
use crate::resp::{Reply, Request};

/// A key that nobody has, to try commands on.
pub const NOBODYS_KEY: &[u8] = b"redis-keys-migrator:nobody:3f1b0a52-2c36-4d0e-9d0a-6b7c35c2f1aa";

/// A connection that carries pipelines, logged in and in its database.
#[derive(Debug)]
pub struct Channel {
    link: Link,
    address: Address,
}

impl Channel {
    /// Connects and logs in.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, refuses the login or the database, or keeps loading.
    pub async fn open(side: Side, endpoint: &Endpoint, client_name: &str) -> Result<Self, EndpointError> {
        let address = Address::of(side, endpoint);
        let stream = dial(endpoint).await.map_err(|problem| address.problem(problem))?;
        let link = Link::over(stream, endpoint.response_timeout);
        let channel = Self { link, address };
        log_in(&channel, endpoint, client_name).await?;
        Ok(channel)
    }

    /// Which end this leads to.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Sends a pipeline and returns its replies, each to be looked at by itself.
    ///
    /// # Errors
    ///
    /// The replies are not all there: the connection is lost, or the time is up.
    pub async fn ask(&self, request: Request) -> Result<Vec<Reply>, EndpointError> {
        self.link.ask(request).await.map_err(|error| match error {
            LinkError::Lost(why) => self.address.problem(EndpointProblem::ConnectionLost(why)),
            LinkError::TimedOut => self.address.timed_out(),
            LinkError::Malformed(what) => self.address.not_understood(what),
        })
    }

    /// Sends commands to see whether the server refuses them whatever the key; returns other errors that it replied.
    ///
    /// # Errors
    ///
    /// It does, or there is no reply.
    pub async fn try_out(&self, request: Request) -> Result<Vec<String>, EndpointError> {
        let said: Vec<String> = self.ask(request).await?.iter().filter_map(Reply::error).collect();
        for said in &said {
            if let Refusal::Server(problem) = Refusal::of(said) {
                return Err(self.address.problem(problem));
            }
        }
        Ok(said)
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
            Some(said) => Err(self.address.problem(Refusal::of_server(&said))),
            None => Ok(reply),
        }
    }
}

impl Carrier for Channel {
    async fn say(&self, commands: &[Vec<&str>]) -> Result<Vec<Option<String>>, EndpointError> {
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
