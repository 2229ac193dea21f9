//! A connection for questions about the server as a whole.

use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, RedisConnectionInfo, RedisError, Value};

use super::dial::dial;
use super::login::{Carrier, log_in};
use super::{Address, Clock, Refusal, ServerFacts};
use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::Endpoint;

/// A trip after which the clock is asked again.
const LONG_TRIP: Duration = Duration::from_millis(50);
/// How often it is asked again.
const CLOCK_TRIES: u32 = 2;

/// A connection for questions, which no key keeps waiting: logged in and in its database.
#[derive(Clone, Debug)]
pub struct Connection {
    inner: MultiplexedConnection,
    address: Address,
}

impl Connection {
    /// Connects and logs in.
    ///
    /// # Errors
    ///
    /// The server cannot be reached, refuses the login or the database, or keeps loading.
    pub async fn open(side: Side, endpoint: &Endpoint, client_name: &str) -> Result<Self, EndpointError> {
        let address = Address::of(side, endpoint);
        let stream = dial(endpoint).await.map_err(|problem| address.problem(problem))?;
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(endpoint.response_timeout));
        // Login and database are ours: the crate hides the server's message.
        let settings = RedisConnectionInfo::default().set_skip_set_lib_name();
        let (inner, driver) = MultiplexedConnection::new_with_config(&settings, stream, config)
            .await
            .map_err(|error| address.problem(EndpointProblem::Unreachable(error.to_string())))?;
        tokio::spawn(driver);
        let connection = Self { inner, address };
        log_in(&connection, endpoint, client_name).await?;
        Ok(connection)
    }

    /// Which end this leads to.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// What the server says about itself.
    ///
    /// # Errors
    ///
    /// `INFO` is refused, or holds no version.
    pub async fn facts(&self) -> Result<ServerFacts, EndpointError> {
        let info: String = self.demand(&redis::cmd("INFO")).await?;
        ServerFacts::parse(self.address.server.clone(), &info)
            .ok_or_else(|| self.address.not_understood("`INFO` without `redis_version`"))
    }

    /// The server's clock. A trip that took long leaves much room for error, so the best of a few is taken then.
    ///
    /// # Errors
    ///
    /// `TIME` is refused.
    pub async fn clock(&self) -> Result<Clock, EndpointError> {
        let mut clock = self.read_clock().await?;
        for _ in 0..CLOCK_TRIES {
            if clock.trip() < LONG_TRIP {
                break;
            }
            let again = self.read_clock().await?;
            clock = if again.trip() < clock.trip() { again } else { clock };
        }
        Ok(clock)
    }

    async fn read_clock(&self) -> Result<Clock, EndpointError> {
        let asked = Instant::now();
        let (seconds, micros): (u64, u64) = self.demand(&redis::cmd("TIME")).await?;
        Ok(Clock::new(asked, seconds * 1000 + micros / 1000))
    }

    /// How many keys the database has; `None` where the server keeps that to itself.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub async fn key_count(&self) -> Result<Option<u64>, EndpointError> {
        match self.demand(&redis::cmd("DBSIZE")).await {
            Ok(count) => Ok(Some(count)),
            Err(EndpointError { problem: EndpointProblem::NotPermitted(_) | EndpointProblem::Refused(_), .. }) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Whether modules are loaded; `None` where the server keeps that to itself.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub async fn has_modules(&self) -> Result<Option<bool>, EndpointError> {
        match self.demand::<Vec<Value>>(redis::cmd("MODULE").arg("LIST")).await {
            Ok(modules) => Ok(Some(!modules.is_empty())),
            Err(EndpointError { problem: EndpointProblem::NotPermitted(_) | EndpointProblem::Refused(_), .. }) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The value of a parameter; `None` where the server keeps that to itself, as managed ones do.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub async fn parameter(&self, name: &str) -> Result<Option<String>, EndpointError> {
        match self.demand::<Vec<String>>(redis::cmd("CONFIG").arg("GET").arg(name)).await {
            Ok(pair) => Ok(pair.into_iter().nth(1)),
            Err(EndpointError { problem: EndpointProblem::NotPermitted(_) | EndpointProblem::Refused(_), .. }) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Asks for a sign of life.
    ///
    /// # Errors
    ///
    /// `PING` is refused.
    pub async fn ping(&self) -> Result<(), EndpointError> {
        self.demand::<Value>(&redis::cmd("PING")).await.map(drop)
    }

    /// Sends a command that has to work.
    async fn demand<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, EndpointError> {
        let reply = self.inner.clone().send_packed_command(command).await;
        match reply.map_err(|error| self.lost(&error))? {
            Value::ServerError(error) => Err(self.address.problem(Refusal::of_server(&said(&error)))),
            value => redis::from_redis_value(value).map_err(|error| self.address.not_understood(error.to_string())),
        }
    }

    /// Why there was no reply.
    fn lost(&self, error: &RedisError) -> EndpointError {
        if error.is_timeout() {
            self.address.timed_out()
        } else if error.kind() == redis::ErrorKind::Parse {
            self.address.not_understood(error.to_string())
        } else {
            self.address.problem(EndpointProblem::ConnectionLost(error.to_string()))
        }
    }
}

impl Carrier for Connection {
    async fn say(&self, commands: &[Vec<&str>]) -> Result<Vec<Option<String>>, EndpointError> {
        let mut pipeline = redis::pipe();
        for command in commands {
            pipeline.cmd(command[0]).arg(&command[1..]);
        }
        let replies = self.inner.clone().send_packed_commands(&pipeline, 0, commands.len()).await;
        let refusal = |reply: Value| match reply {
            Value::ServerError(error) => Some(said(&error)),
            _ => None,
        };
        Ok(replies.map_err(|error| self.lost(&error))?.into_iter().map(refusal).collect())
    }

    fn address(&self) -> &Address {
        &self.address
    }
}

/// An error reply as the server wrote it.
fn said(error: &redis::ServerError) -> String {
    match error.details() {
        Some(details) => format!("{} {details}", error.code()),
        None => error.code().to_owned(),
    }
}
