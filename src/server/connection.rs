//! One connection to a server, logged in and in its database.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ConnectionAddr, IntoConnectionInfo, Pipeline, RedisError, Value};

use super::{Refusal, ServerFacts};
use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::Endpoint;

/// How long to wait before a server that is loading is asked again.
const LOADING_POLL: Duration = Duration::from_millis(100);

/// Which end a connection leads to, for messages.
#[derive(Clone, Debug)]
pub struct Address {
    /// Which end.
    pub side: Side,
    /// `host:port`.
    pub server: String,
}

impl Address {
    /// What is wrong with this end.
    #[must_use]
    pub fn problem(&self, problem: EndpointProblem) -> EndpointError {
        EndpointError { side: self.side, server: self.server.clone(), problem }
    }
}

/// One connection. Clones share it; what they send is pipelined.
#[derive(Clone, Debug)]
pub struct Connection {
    inner: MultiplexedConnection,
    address: Address,
    response_timeout: Duration,
}

impl Connection {
    /// Connects, logs in, selects the database, names the connection, and waits while the
    /// server is loading, up to `response_timeout`.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, refuses the login or the database, or keeps loading.
    pub async fn open(side: Side, endpoint: &Endpoint, client_name: &str) -> Result<Self, EndpointError> {
        let address = Address { side, server: endpoint.address() };
        let inner = connect(endpoint).await.map_err(|error| address.problem(unreachable(&error, endpoint)))?;
        let connection = Self { inner, address, response_timeout: endpoint.response_timeout };
        connection.log_in(endpoint).await?;
        connection.await_loading().await?;
        connection.select(endpoint.db).await?;
        connection.introduce(client_name).await?;
        Ok(connection)
    }

    /// Which end this leads to.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Sends one command. An error reply comes back as [`Value::ServerError`].
    ///
    /// # Errors
    ///
    /// There is no reply: the connection is lost, or the time is up.
    pub async fn send(&self, command: &Cmd) -> Result<Value, EndpointError> {
        self.inner.clone().send_packed_command(command).await.map_err(|error| self.lost(&error))
    }

    /// Sends one command that has to work.
    ///
    /// # Errors
    ///
    /// There is no reply, or it is an error.
    pub async fn demand(&self, command: &Cmd) -> Result<Value, EndpointError> {
        match self.send(command).await? {
            Value::ServerError(error) => Err(self.address.problem(Refusal::of_server(&said(&error)))),
            value => Ok(value),
        }
    }

    /// Sends a pipeline of `count` commands and returns as many replies, each to be looked at by itself.
    ///
    /// # Errors
    ///
    /// The replies are not all there: the connection is lost, or the time is up.
    pub async fn pipeline(&self, pipeline: &Pipeline, count: usize) -> Result<Vec<Value>, EndpointError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        self.inner.clone().send_packed_commands(pipeline, 0, count).await.map_err(|error| self.lost(&error))
    }

    /// What the server says about itself.
    ///
    /// # Errors
    ///
    /// `INFO` is refused, or holds no version.
    pub async fn facts(&self) -> Result<ServerFacts, EndpointError> {
        let info = text(self.demand(&redis::cmd("INFO")).await?);
        ServerFacts::parse(self.address.server.clone(), &info)
            .ok_or_else(|| self.not_understood("`INFO` without `redis_version`"))
    }

    /// An answer that makes no sense.
    #[must_use]
    pub fn not_understood(&self, what: impl Into<String>) -> EndpointError {
        self.address.problem(EndpointProblem::Protocol(what.into()))
    }

    async fn log_in(&self, endpoint: &Endpoint) -> Result<(), EndpointError> {
        if endpoint.username.is_none() && endpoint.password.is_none() {
            return Ok(());
        }
        let mut auth = redis::cmd("AUTH");
        if let Some(username) = &endpoint.username {
            auth.arg(username);
        }
        // A user with `nopass` takes any password, but `AUTH` wants one.
        auth.arg(endpoint.password.as_ref().map_or("", |password| password.reveal()));
        match self.send(&auth).await? {
            Value::ServerError(error) => Err(self.address.problem(EndpointProblem::Login(said(&error)))),
            _ => Ok(()),
        }
    }

    async fn await_loading(&self) -> Result<(), EndpointError> {
        let waited = tokio::time::Instant::now();
        loop {
            match self.send(&redis::cmd("PING")).await? {
                Value::ServerError(error) if error.code() == "LOADING" => {}
                Value::ServerError(error) => return Err(self.address.problem(Refusal::of_server(&said(&error)))),
                _ => return Ok(()),
            }
            if waited.elapsed() >= self.response_timeout {
                return Err(self.address.problem(EndpointProblem::Loading(self.response_timeout)));
            }
            tokio::time::sleep(LOADING_POLL).await;
        }
    }

    async fn select(&self, db: u16) -> Result<(), EndpointError> {
        if db == 0 {
            return Ok(());
        }
        match self.send(redis::cmd("SELECT").arg(db)).await? {
            Value::ServerError(error) => Err(self.address.problem(match Refusal::of(&said(&error)) {
                Refusal::Server(problem @ (EndpointProblem::NotPermitted(_) | EndpointProblem::Login(_))) => problem,
                _ => EndpointProblem::NoSuchDatabase { db, said: said(&error) },
            })),
            _ => Ok(()),
        }
    }

    /// Says who we are, and that our reading is no use of a key (Redis 7.2). Servers that know
    /// neither are none the worse for it, so what they reply does not matter.
    async fn introduce(&self, client_name: &str) -> Result<(), EndpointError> {
        let mut hello = redis::pipe();
        hello.cmd("CLIENT").arg("SETNAME").arg(client_name);
        hello.cmd("CLIENT").arg("NO-TOUCH").arg("ON");
        self.pipeline(&hello, 2).await.map(drop)
    }

    /// Why there was no reply.
    fn lost(&self, error: &RedisError) -> EndpointError {
        self.address.problem(if error.is_timeout() {
            EndpointProblem::TimedOut(self.response_timeout)
        } else if error.kind() == redis::ErrorKind::Parse {
            EndpointProblem::Protocol(error.to_string())
        } else {
            EndpointProblem::ConnectionLost(error.to_string())
        })
    }
}

async fn connect(endpoint: &Endpoint) -> Result<MultiplexedConnection, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(endpoint.connect_timeout))
        .set_response_timeout(Some(endpoint.response_timeout));
    // Login and database are ours to do: the crate hides what the server says to them.
    let address = ConnectionAddr::Tcp(endpoint.host.clone(), endpoint.port).into_connection_info()?;
    let settings = address.redis_settings().clone().set_skip_set_lib_name();
    Client::open(address.set_redis_settings(settings))?.get_multiplexed_async_connection_with_config(&config).await
}

fn unreachable(error: &RedisError, endpoint: &Endpoint) -> EndpointProblem {
    EndpointProblem::Unreachable(if error.is_timeout() {
        format!("no connection within {} (`connect_timeout`)", humantime::format_duration(endpoint.connect_timeout))
    } else {
        error.to_string()
    })
}

/// An error reply as the server wrote it.
#[must_use]
pub fn said(error: &redis::ServerError) -> String {
    match error.details() {
        Some(details) => format!("{} {details}", error.code()),
        None => error.code().to_owned(),
    }
}

/// A reply as text, for replies that are text.
fn text(value: Value) -> String {
    match value {
        Value::BulkString(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => text,
        _ => String::new(),
    }
}
