//! The control connection: commands about the server as a whole.

use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, RedisConnectionInfo, RedisError, Value};

use super::dial::dial;
use super::login::{Transport, log_in};
use super::{Address, Clock, Refusal, ServerFacts};
use crate::error::{EndpointError, EndpointProblem, Side};
use crate::job::Endpoint;

/// `TIME` is repeated if the round trip is at least this long.
const LONG_ROUND_TRIP: Duration = Duration::from_millis(50);
/// How often `TIME` is repeated.
const CLOCK_RETRIES: u32 = 2;

/// A connection that carries no keys, so replies are fast. It is logged in, and its database is selected.
#[derive(Clone, Debug)]
pub struct Control {
    inner: MultiplexedConnection,
    address: Address,
}

impl Control {
    /// Connects and logs in.
    pub async fn open(side: Side, endpoint: &Endpoint, client_name: &str) -> Result<Self, EndpointError> {
        let address = Address::of(side, endpoint);
        let stream = dial(endpoint).await.map_err(|problem| address.problem(problem))?;
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(endpoint.response_timeout));
        // We log in and select the database ourselves, because the crate hides the server's message.
        let settings = RedisConnectionInfo::default().set_skip_set_lib_name();
        let (inner, driver) = MultiplexedConnection::new_with_config(&settings, stream, config)
            .await
            .map_err(|error| address.problem(EndpointProblem::Unreachable(error.to_string())))?;
        tokio::spawn(driver);
        let control = Self { inner, address };
        log_in(&control, endpoint, client_name).await?;
        Ok(control)
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Runs `INFO`.
    pub async fn facts(&self) -> Result<ServerFacts, EndpointError> {
        let info: String = self.run(&redis::cmd("INFO")).await?;
        ServerFacts::parse(self.address.server.clone(), &info)
            .ok_or_else(|| self.address.unexpected_reply("`INFO` without `redis_version`"))
    }

    /// Reads the server's clock. After a long round trip the result is inexact, so the fastest of a few attempts is
    /// used.
    pub async fn clock(&self) -> Result<Clock, EndpointError> {
        let mut clock = self.read_clock().await?;
        for _ in 0..CLOCK_RETRIES {
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
        let (seconds, micros): (u64, u64) = self.run(&redis::cmd("TIME")).await?;
        Ok(Clock::new(asked, seconds * 1000 + micros / 1000))
    }

    /// `DBSIZE` of the database; `None` if the command is not permitted.
    pub async fn key_count(&self) -> Result<Option<u64>, EndpointError> {
        self.run_if_permitted(&redis::cmd("DBSIZE")).await
    }

    /// Whether modules are loaded; `None` if `MODULE LIST` is not permitted.
    pub async fn has_modules(&self) -> Result<Option<bool>, EndpointError> {
        let modules: Option<Vec<Value>> = self.run_if_permitted(redis::cmd("MODULE").arg("LIST")).await?;
        Ok(modules.map(|modules| !modules.is_empty()))
    }

    /// The value of a configuration parameter; `None` if `CONFIG GET` is not permitted, as on managed caches.
    pub async fn parameter(&self, name: &str) -> Result<Option<String>, EndpointError> {
        let pair: Option<Vec<String>> = self.run_if_permitted(redis::cmd("CONFIG").arg("GET").arg(name)).await?;
        Ok(pair.and_then(|pair| pair.into_iter().nth(1)))
    }

    /// How long a `PING` and its reply take.
    pub async fn ping(&self) -> Result<Duration, EndpointError> {
        let asked = Instant::now();
        self.run::<Value>(&redis::cmd("PING")).await?;
        Ok(asked.elapsed())
    }

    async fn run_if_permitted<T: FromRedisValue>(&self, command: &Cmd) -> Result<Option<T>, EndpointError> {
        match self.run(command).await {
            Ok(value) => Ok(Some(value)),
            Err(EndpointError { problem: EndpointProblem::NotPermitted(_) | EndpointProblem::Refused(_), .. }) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Runs a command; an error reply is an error.
    async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, EndpointError> {
        let reply = self.inner.clone().send_packed_command(command).await;
        match reply.map_err(|error| self.no_reply(&error))? {
            Value::ServerError(error) => Err(self.address.problem(Refusal::of_server(&message(&error)))),
            value => redis::from_redis_value(value).map_err(|error| self.address.unexpected_reply(error.to_string())),
        }
    }

    fn no_reply(&self, error: &RedisError) -> EndpointError {
        if error.is_timeout() {
            self.address.timed_out()
        } else if error.kind() == redis::ErrorKind::Parse {
            self.address.unexpected_reply(error.to_string())
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
        Ok(replies.map_err(|error| self.no_reply(&error))?.into_iter().map(refusal).collect())
    }

    fn address(&self) -> &Address {
        &self.address
    }
}

/// The text of an error reply.
fn message(error: &redis::ServerError) -> String {
    match error.details() {
        Some(details) => format!("{} {details}", error.code()),
        None => error.code().to_owned(),
    }
}
