//! The control connection: commands about the server as a whole.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, RedisConnectionInfo, RedisError, ServerError, Value};
use tokio::sync::Mutex;

use super::byte_stream::BoxedStream;
use super::dial::{dial, dial_patiently};
use super::facts::{self, KeysByDb};
use super::info::LossyText;
use super::login::log_in;
use super::metered::{Metered, Received};
use super::opening::of_last_words;
use super::patience::Patience;
use super::{Address, Clock, Contact, Counts, Refusal, ServerFacts, Snapshot};
use crate::budget::LONGEST_CONTROL_REPLY;
use crate::error::{EndpointError, EndpointProblem, WaitCause};

/// `TIME` is repeated if the round trip is at least this long.
const LONG_ROUND_TRIP: Duration = Duration::from_millis(50);
/// How often `TIME` is repeated.
const CLOCK_RETRIES: u32 = 2;

/// A connection that carries no keys, so replies are fast. It is logged in, and its database is selected. If it is lost,
/// the next command opens it again.
#[derive(Debug)]
pub struct Control {
    contact: Rc<Contact>,
    connection: Mutex<Option<MultiplexedConnection>>,
    received: Arc<Received>,
}

impl Control {
    /// A connection that the first command opens.
    pub fn unopened(contact: &Rc<Contact>) -> Self {
        Self { contact: Rc::clone(contact), connection: Mutex::new(None), received: Arc::default() }
    }

    /// Connects and logs in.
    pub async fn open(contact: &Rc<Contact>) -> Result<Self, EndpointError> {
        let control = Self::unopened(contact);
        let mut patience = Patience::new(contact);
        loop {
            let dialled = dial_patiently(contact).await;
            match control.connect(dialled).await {
                Ok(connection) => {
                    patience.answered();
                    *control.connection.lock().await = Some(connection);
                    break;
                }
                Err(error) => patience.pause(error).await?,
            }
        }
        if let Some(seconds) = control.parameter("timeout").await?.and_then(|seconds| seconds.parse().ok())
            && seconds > 0
        {
            contact.watched.keep_below(Duration::from_secs(seconds));
        }
        Ok(control)
    }

    /// The same, unless it is open already.
    pub async fn or_open(open: Option<Self>, contact: &Rc<Contact>) -> Result<Self, EndpointError> {
        match open {
            Some(control) => Ok(control),
            None => Self::open(contact).await,
        }
    }

    /// Makes a connection of a stream, and logs in.
    pub(super) async fn connect(
        &self,
        dialled: Result<BoxedStream, EndpointProblem>,
    ) -> Result<MultiplexedConnection, EndpointError> {
        let (address, endpoint) = (self.address(), &self.contact.endpoint);
        let stream = dialled.map_err(|problem| address.problem(problem))?;
        let stream = log_in(stream, &self.contact, endpoint.db).await?;
        let stream = Metered::new(stream, LONGEST_CONTROL_REPLY, Arc::clone(&self.received));
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(endpoint.response_timeout));
        let settings = RedisConnectionInfo::default().set_skip_set_lib_name();
        let (connection, driver) = MultiplexedConnection::new_with_config(&settings, stream, config)
            .await
            .map_err(|error| self.no_reply(&error))?;
        tokio::spawn(driver);
        Ok(connection)
    }

    /// The connection, and whether it was opened for this call.
    async fn connected(&self) -> Result<(MultiplexedConnection, bool), EndpointError> {
        let mut connection = self.connection.lock().await;
        if let Some(open) = &*connection {
            return Ok((open.clone(), false));
        }
        let open = self.connect(dial(&self.contact).await).await?;
        *connection = Some(open.clone());
        Ok((open, true))
    }

    /// Closes the connection. The next command opens it again.
    pub async fn close(&self) {
        *self.connection.lock().await = None;
    }

    pub fn contact(&self) -> &Rc<Contact> {
        &self.contact
    }

    pub fn address(&self) -> &Address {
        self.contact.address()
    }

    /// Runs `INFO`.
    pub async fn facts(&self) -> Result<ServerFacts, EndpointError> {
        match self.declared() {
            Some(facts) => Ok(facts),
            None => self.parse(&self.info().await?),
        }
    }

    /// The facts of a server that is not asked.
    fn declared(&self) -> Option<ServerFacts> {
        ServerFacts::declared(self.address().server.clone(), self.contact.endpoint.server?)
    }

    async fn info(&self) -> Result<String, EndpointError> {
        let LossyText(info) = self.run(&redis::cmd("INFO")).await?;
        Ok(info)
    }

    /// Closes the connection if Sentinels name the server: the next command reaches the server that they name then. A
    /// master that cannot reach the others may still accept commands after a failover.
    pub async fn look_up_again(&self) {
        if self.contact.endpoint.service().is_some() {
            self.close().await;
        }
    }

    fn parse(&self, info: &str) -> Result<ServerFacts, EndpointError> {
        let mut facts = ServerFacts::parse(self.address().server.clone(), info)
            .ok_or_else(|| self.address().unexpected_reply("`INFO` without `redis_version`"))?;
        let [history, second] = &mut facts.histories;
        self.address().clean([&mut facts.run_id, &mut facts.mode, &mut facts.memory.policy, history, second]);
        Ok(facts)
    }

    /// Reads what the server counts, for a comparison with a later moment.
    pub async fn snapshot(&self) -> Result<Snapshot, EndpointError> {
        if let Some(facts) = self.declared() {
            return Ok(Snapshot { facts, counts: Counts::parse("", "") });
        }
        let info = self.info().await?;
        let commands: Option<LossyText> = self.run_if_permitted(redis::cmd("INFO").arg("commandstats")).await?;
        Ok(Snapshot { facts: self.parse(&info)?, counts: Counts::parse(&info, &commands.unwrap_or_default().0) })
    }

    /// The ids of the nodes of its cluster; none if `CLUSTER NODES` is not permitted.
    pub async fn cluster_nodes(&self) -> Result<Vec<String>, EndpointError> {
        let nodes: Option<String> = self.run_if_permitted(redis::cmd("CLUSTER").arg("NODES")).await?;
        let id = |line: &str| line.split(' ').next().map(str::to_owned);
        Ok(nodes.unwrap_or_default().lines().filter_map(id).collect())
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
        if self.contact.endpoint.server.is_some() {
            // It has no clock that can be read. The local one takes its place.
            return self.run_timed::<Value>(&redis::cmd("PING")).await.map(|(_, asked)| Clock::local(asked));
        }
        let ((seconds, micros), asked): ((u64, u64), _) = self.run_timed(&redis::cmd("TIME")).await?;
        let millis = seconds.checked_mul(1000).and_then(|millis| millis.checked_add(micros / 1000));
        let millis = millis.ok_or_else(|| self.address().unexpected_reply("`TIME` beyond any date"))?;
        Ok(Clock::new(asked, millis))
    }

    /// `DBSIZE` of the database; `None` if the command is not permitted.
    pub async fn key_count(&self) -> Result<Option<u64>, EndpointError> {
        self.run_if_permitted(&redis::cmd("DBSIZE")).await
    }

    /// The number of keys of each database that has keys; `None` if `INFO` does not report it.
    pub async fn keys_by_db(&self) -> Result<Option<KeysByDb>, EndpointError> {
        let info: Option<LossyText> = self.run_if_permitted(redis::cmd("INFO").arg("keyspace")).await?;
        let info = info.map(|LossyText(info)| info).filter(|info| info.contains("# Keyspace"));
        Ok(info.map(|info| facts::keys_by_db(&info)))
    }

    /// Whether modules are loaded that are not part of the server; `None` if `MODULE LIST` is not permitted.
    pub async fn has_modules(&self) -> Result<Option<bool>, EndpointError> {
        let modules: Option<Vec<Value>> = self.run_if_permitted(redis::cmd("MODULE").arg("LIST")).await?;
        Ok(modules.map(|modules| !modules.iter().all(is_built_in)))
    }

    /// The value of a configuration parameter; `None` if `CONFIG GET` is not permitted, as on managed caches.
    pub async fn parameter(&self, name: &str) -> Result<Option<String>, EndpointError> {
        let pair: Option<Vec<String>> = self.run_if_permitted(redis::cmd("CONFIG").arg("GET").arg(name)).await?;
        Ok(pair.and_then(|pair| pair.into_iter().nth(1)))
    }

    /// How long a `PING` and its reply take.
    pub async fn ping(&self) -> Result<Duration, EndpointError> {
        self.run_timed::<Value>(&redis::cmd("PING")).await.map(|(_, asked)| asked.elapsed())
    }

    async fn run_if_permitted<T: FromRedisValue>(&self, command: &Cmd) -> Result<Option<T>, EndpointError> {
        if self.contact.endpoint.server.is_some() {
            return Ok(None);
        }
        match self.run(command).await {
            Ok(value) => Ok(Some(value)),
            Err(EndpointError { problem: EndpointProblem::NotPermitted(_) | EndpointProblem::Refused(_), .. }) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Runs a command that may be repeated; an error reply is an error.
    pub(super) async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, EndpointError> {
        self.run_timed(command).await.map(|(value, _)| value)
    }

    /// The same; also returns when the command was sent for the last time.
    async fn run_timed<T: FromRedisValue>(&self, command: &Cmd) -> Result<(T, Instant), EndpointError> {
        let mut patience = Patience::new(&self.contact);
        loop {
            let (connection, is_new) = match self.connected().await {
                Ok(connected) => connected,
                Err(error) => {
                    patience.pause(error).await?;
                    continue;
                }
            };
            let asked = Instant::now();
            match self.run_on(connection, command).await {
                Ok(value) => {
                    patience.answered();
                    return Ok((value, asked));
                }
                // A server may close an idle connection, which is no outage.
                Err(EndpointError { problem: EndpointProblem::ConnectionLost(_), .. })
                    if !is_new && self.may_retry() => {}
                Err(error) => patience.pause(error).await?,
            }
        }
    }

    fn may_retry(&self) -> bool {
        !self.contact.patience(WaitCause::Disconnected).is_zero()
    }

    async fn run_on<T: FromRedisValue>(
        &self,
        mut connection: MultiplexedConnection,
        command: &Cmd,
    ) -> Result<T, EndpointError> {
        match connection.send_packed_command(command).await {
            Ok(Value::ServerError(error)) => Err(self.address().problem(Refusal::of_server(&self.message(&error)))),
            Ok(value) => redis::from_redis_value(value)
                .map_err(|error| self.address().unexpected_reply(self.address().text(error.to_string()))),
            Err(error) => {
                *self.connection.lock().await = None;
                Err(self.no_reply(&error))
            }
        }
    }
}

impl Control {
    fn no_reply(&self, error: &RedisError) -> EndpointError {
        let address = self.address();
        let last_words = self.received.last_words().map(|words| address.text(words));
        if self.received.is_exceeded() {
            address.unexpected_reply("a reply that is too long")
        } else if error.is_timeout() {
            address.timed_out()
        } else if let Some(words) = last_words.filter(|words| Refusal::closes(words)) {
            address.problem(of_last_words(words))
        } else if error.kind() == redis::ErrorKind::Parse && !is_cut_short(error) {
            address.unexpected_reply(address.text(error.to_string()))
        } else if error.is_connection_dropped() || is_cut_short(error) {
            address.problem(EndpointProblem::ConnectionLost(String::new()))
        } else {
            address.problem(EndpointProblem::ConnectionLost(address.text(error.to_string())))
        }
    }

    /// The text of an error reply.
    fn message(&self, error: &ServerError) -> String {
        self.address().text(match error.details() {
            Some(details) => format!("{} {details}", error.code()),
            None => error.code().to_owned(),
        })
    }
}

/// Whether the connection was closed in the middle of a reply, which the crate reports as a parse error.
fn is_cut_short(error: &RedisError) -> bool {
    error.to_string().contains("Unexpected end of input")
}

/// Modules that are part of the server: Redis 8.0, Valkey 9.1.
const BUILT_IN: [&str; 2] = ["vectorset", "lua"];

/// Whether a part of the reply to `MODULE LIST`, such as `name`, `vectorset`, `ver`, `1`, is about a built-in module.
fn is_built_in(module: &Value) -> bool {
    let Value::Array(facts) = module else { return false };
    let is = |value: &Value, text: &str| matches!(value, Value::BulkString(bytes) if bytes == text.as_bytes());
    facts.windows(2).any(|fact| is(&fact[0], "name") && BUILT_IN.iter().any(|name| is(&fact[1], name)))
}
