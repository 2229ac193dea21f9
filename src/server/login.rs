//! The first commands on a connection.

use std::time::Duration;

use super::{Address, Refusal};
use crate::error::{EndpointError, EndpointProblem};
use crate::job::Endpoint;

/// The time between two `PING`s to a server that is loading.
const LOADING_POLL_INTERVAL: Duration = Duration::from_millis(100);

/// A connection that can send commands.
pub trait Transport {
    /// Sends commands in one pipeline; returns the error reply of each, if it has one.
    async fn send_commands(&self, commands: &[Vec<&str>]) -> Result<Vec<Option<String>>, EndpointError>;

    fn address(&self) -> &Address;
}

/// Logs in, selects the database and sets the client name, in one round trip. If the server is loading, waits up to
/// `response_timeout`.
pub async fn log_in(transport: &impl Transport, endpoint: &Endpoint, client_name: &str) -> Result<(), EndpointError> {
    let db = endpoint.db.to_string();
    let commands = [
        authentication(endpoint),
        vec!["PING"],
        vec!["SELECT", &db],
        // With `NO-TOUCH` (Redis 7.2), our reads do not change when a key was used last. An error reply to these two
        // commands is ignored, because older servers do not support them.
        vec!["CLIENT", "SETNAME", client_name],
        vec!["CLIENT", "NO-TOUCH", "ON"],
    ];
    // Without user and password there is no login. Some servers that have only one database refuse `SELECT 0`.
    let skipped = |command: &&Vec<&str>| command.is_empty() || (command[0] == "SELECT" && endpoint.db == 0);
    let commands: Vec<_> = commands.iter().filter(|command| !skipped(command)).cloned().collect();
    let replies = transport.send_commands(&commands).await?;
    for (command, error) in commands.iter().zip(replies) {
        let Some(message) = error else { continue };
        match command[0] {
            "AUTH" => return Err(transport.address().problem(EndpointProblem::Login(message))),
            "PING" => wait_while_loading(transport, message, endpoint.response_timeout).await?,
            "SELECT" => return Err(transport.address().problem(not_selected(endpoint.db, message))),
            _ => {}
        }
    }
    Ok(())
}

fn authentication(endpoint: &Endpoint) -> Vec<&str> {
    // A user with `nopass` accepts any password, but `AUTH` requires one.
    let password = endpoint.password.as_ref().map_or("", |password| password.reveal());
    match &endpoint.username {
        Some(username) => vec!["AUTH", username, password],
        None if endpoint.password.is_some() => vec!["AUTH", password],
        None => Vec::new(),
    }
}

/// Repeats `PING` until the server has loaded its data.
async fn wait_while_loading(
    transport: &impl Transport,
    mut message: String,
    limit: Duration,
) -> Result<(), EndpointError> {
    let started = tokio::time::Instant::now();
    while message.starts_with("LOADING") {
        if started.elapsed() >= limit {
            return Err(transport.address().problem(EndpointProblem::Loading(limit)));
        }
        tokio::time::sleep(LOADING_POLL_INTERVAL).await;
        match transport.send_commands(&[vec!["PING"]]).await?.pop().flatten() {
            None => return Ok(()),
            Some(next) => message = next,
        }
    }
    Err(transport.address().problem(Refusal::of_server(&message)))
}

fn not_selected(db: u16, message: String) -> EndpointProblem {
    match Refusal::of(&message) {
        Refusal::Server(problem @ (EndpointProblem::NotPermitted(_) | EndpointProblem::Login(_))) => problem,
        _ => EndpointProblem::NoSuchDatabase { db, message },
    }
}
