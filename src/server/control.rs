//! A connection for questions about the server as a whole.

use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, RedisConnectionInfo, RedisError, Value};

use super::dial::dial;
use super::login::{Transport, log_in};
use super::{Address, Clock, Refusal, ServerFacts};
use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::Endpoint;

/// A round trip after which the clock is asked again.
const LONG_ROUND_TRIP: Duration = Duration::from_millis(50);
/// How often it is asked again.
const CLOCK_TRIES: u32 = 2;

/// A connection for questions, which no key keeps waiting: logged in and in its database.
#[derive(Clone, Debug)]
pub struct Control {
    inner: MultiplexedConnection,
    address: Address,
}

impl Control {
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
        let control = Self { inner, address };
        log_in(&control, endpoint, client_name).await?;
        Ok(control)
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

    /// The server's clock. A long round trip leaves much room for error, so the best of a few is taken then.
    ///
    /// # Errors
    ///
    /// `TIME` is refused.
    pub async fn clock(&self) -> Result<Clock, EndpointError> {
        let mut clock = self.read_clock().await?;
        for _ in 0..CLOCK_TRIES {
            if clock.round_trip() < LONG_ROUND_TRIP {
                break;
            }
            let again = self.read_clock().await?;
            clock = if again.round_trip() < clock.round_trip() { again } else { clock };
        }
        Ok(clock)
    }

    async fn read_clock(&self) -> Result<Clock, EndpointError> {
        let asked = Instant::now();
        let (seconds, micros): (u64, u64) = self.demand(&redis::cmd("TIME")).await?;
        Ok(Clock::new(asked, seconds * 1000 + micros / 1000))
    }

    /// How many keys the database has; `None` if the server does not permit the question.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub async fn key_count(&self) -> Result<Option<u64>, EndpointError> {
        self.ask_if_permitted(&redis::cmd("DBSIZE")).await
    }

    /// Whether modules are loaded; `None` if the server does not permit the question.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub async fn has_modules(&self) -> Result<Option<bool>, EndpointError> {
        let modules: Option<Vec<Value>> = self.ask_if_permitted(redis::cmd("MODULE").arg("LIST")).await?;
        Ok(modules.map(|modules| !modules.is_empty()))
    }

    /// The value of a parameter; `None` if the server does not permit the question, as managed ones do not.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub async fn parameter(&self, name: &str) -> Result<Option<String>, EndpointError> {
        let pair: Option<Vec<String>> = self.ask_if_permitted(redis::cmd("CONFIG").arg("GET").arg(name)).await?;
        Ok(pair.and_then(|pair| pair.into_iter().nth(1)))
    }

    /// How long the server takes to answer a `PING`.
    ///
    /// # Errors
    ///
    /// `PING` is refused.
    pub async fn ping(&self) -> Result<Duration, EndpointError> {
        let asked = Instant::now();
        self.demand::<Value>(&redis::cmd("PING")).await?;
        Ok(asked.elapsed())
    }

    async fn ask_if_permitted<T: FromRedisValue>(&self, command: &Cmd) -> Result<Option<T>, EndpointError> {
        match self.demand(command).await {
            Ok(value) => Ok(Some(value)),
            Err(EndpointError { problem: EndpointProblem::NotPermitted(_) | EndpointProblem::Refused(_), .. }) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Sends a command that has to work.
    async fn demand<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, EndpointError> {
        let reply = self.inner.clone().send_packed_command(command).await;
        match reply.map_err(|error| self.lost(&error))? {
            Value::ServerError(error) => Err(self.address.problem(Refusal::of_server(&message(&error)))),
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

impl Transport for Control {
    async fn send_commands(&self, commands: &[Vec<&str>]) -> Result<Vec<Option<String>>, EndpointError> {
        let mut pipeline = redis::pipe();
        for command in commands {
            pipeline.cmd(command[0]).arg(&command[1..]);
        }
        let replies = self.inner.clone().send_packed_commands(&pipeline, 0, commands.len()).await;
        let refusal = |reply: Value| match reply {
            Value::ServerError(error) => Some(message(&error)),
            _ => None,
        };
        Ok(replies.map_err(|error| self.lost(&error))?.into_iter().map(refusal).collect())
    }

    fn address(&self) -> &Address {
        &self.address
    }
}

/// An error reply as the server wrote it.
fn message(error: &redis::ServerError) -> String {
    match error.details() {
        Some(details) => format!("{} {details}", error.code()),
        None => error.code().to_owned(),
    }
}
