//! The first commands on a connection, whatever carries it.

use std::time::Duration;

use super::{Address, Refusal};
use crate::error::{EndpointError, EndpointProblem};
use crate::job::Endpoint;

/// How long to wait before a server that is loading is asked again.
const LOADING_POLL: Duration = Duration::from_millis(100);

/// Carries commands to a server.
pub trait Transport {
    /// Sends commands in one go, and returns for each the error that the server replied, if it did.
    async fn send_commands(&self, commands: &[Vec<&str>]) -> Result<Vec<Option<String>>, EndpointError>;

    /// Which endpoint it is connected to.
    fn address(&self) -> &Address;
}

/// Logs in, selects the database and sets the client name, in one round trip; waits while the server is
/// loading, up to `response_timeout`.
///
/// # Errors
///
/// The server refuses the login or the database, or keeps loading.
pub async fn log_in(transport: &impl Transport, endpoint: &Endpoint, client_name: &str) -> Result<(), EndpointError> {
    let db = endpoint.db.to_string();
    let greeting = [
        authentication(endpoint),
        vec!["PING"],
        vec!["SELECT", &db],
        // `NO-TOUCH` (Redis 7.2) keeps our reads from counting as use. Older servers refuse these two, which does no
        // harm, so the replies do not matter.
        vec!["CLIENT", "SETNAME", client_name],
        vec!["CLIENT", "NO-TOUCH", "ON"],
    ];
    // Without a user or a password there is no login; some servers without databases refuse `SELECT 0`.
    let skipped = |command: &&Vec<&str>| command.is_empty() || (command[0] == "SELECT" && endpoint.db == 0);
    let greeting: Vec<_> = greeting.iter().filter(|command| !skipped(command)).cloned().collect();
    let refusals = transport.send_commands(&greeting).await?;
    for (command, refusal) in greeting.iter().zip(refusals) {
        let Some(said) = refusal else { continue };
        match command[0] {
            "AUTH" => return Err(transport.address().problem(EndpointProblem::Login(said))),
            "PING" => await_loading(transport, said, endpoint.response_timeout).await?,
            "SELECT" => return Err(transport.address().problem(not_selected(endpoint.db, said))),
            _ => {}
        }
    }
    Ok(())
}

fn authentication(endpoint: &Endpoint) -> Vec<&str> {
    // A user with `nopass` takes any password, but `AUTH` wants one.
    let password = endpoint.password.as_ref().map_or("", |password| password.reveal());
    match &endpoint.username {
        Some(username) => vec!["AUTH", username, password],
        None if endpoint.password.is_some() => vec!["AUTH", password],
        None => Vec::new(),
    }
}

/// Asks again while the refusal is that the server is loading.
async fn await_loading(transport: &impl Transport, mut said: String, at_most: Duration) -> Result<(), EndpointError> {
    let waiting = tokio::time::Instant::now();
    while said.starts_with("LOADING") {
        if waiting.elapsed() >= at_most {
            return Err(transport.address().problem(EndpointProblem::Loading(at_most)));
        }
        tokio::time::sleep(LOADING_POLL).await;
        match transport.send_commands(&[vec!["PING"]]).await?.pop().flatten() {
            None => return Ok(()),
            Some(again) => said = again,
        }
    }
    Err(transport.address().problem(Refusal::of_server(&said)))
}

fn not_selected(db: u16, said: String) -> EndpointProblem {
    match Refusal::of(&said) {
        Refusal::Server(problem @ (EndpointProblem::NotPermitted(_) | EndpointProblem::Login(_))) => problem,
        _ => EndpointProblem::NoSuchDatabase { db, said },
    }
}
