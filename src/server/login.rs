//! What is said on a connection before anything else, whoever carries it.

use std::time::Duration;

use super::{Address, Refusal};
use crate::error::{EndpointError, EndpointProblem};
use crate::job::Endpoint;

/// How long to wait before a server that is loading is asked again.
const LOADING_POLL: Duration = Duration::from_millis(100);

/// Something that carries commands to a server.
pub trait Carrier {
    /// Sends commands in one go; what comes back is, for each, the error that the server replied, if it did.
    async fn say(&self, commands: &[Vec<&str>]) -> Result<Vec<Option<String>>, EndpointError>;

    /// Which end it leads to.
    fn address(&self) -> &Address;
}

/// Logs in, selects the database and says who we are, in one trip; waits while the server is
/// loading, up to `response_timeout`.
///
/// # Errors
///
/// The server refuses the login or the database, or keeps loading.
pub async fn log_in(carrier: &impl Carrier, endpoint: &Endpoint, client_name: &str) -> Result<(), EndpointError> {
    let db = endpoint.db.to_string();
    let greeting = [
        authentication(endpoint),
        vec!["PING"],
        vec!["SELECT", &db],
        // Servers that do not know these (`NO-TOUCH` is from Redis 7.2, and keeps our reading from counting
        // as use) are none the worse for it, so what they reply does not matter.
        vec!["CLIENT", "SETNAME", client_name],
        vec!["CLIENT", "NO-TOUCH", "ON"],
    ];
    // Nobody has to log in where no user is given, and `SELECT 0` is refused by some that know no databases.
    let skipped = |command: &&Vec<&str>| command.is_empty() || (command[0] == "SELECT" && endpoint.db == 0);
    let greeting: Vec<_> = greeting.iter().filter(|command| !skipped(command)).cloned().collect();
    let refusals = carrier.say(&greeting).await?;
    for (command, refusal) in greeting.iter().zip(refusals) {
        let Some(said) = refusal else { continue };
        match command[0] {
            "AUTH" => return Err(carrier.address().problem(EndpointProblem::Login(said))),
            "PING" => await_loading(carrier, said, endpoint.response_timeout).await?,
            "SELECT" => return Err(carrier.address().problem(not_selected(endpoint.db, said))),
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
async fn await_loading(carrier: &impl Carrier, mut said: String, at_most: Duration) -> Result<(), EndpointError> {
    let waiting = tokio::time::Instant::now();
    while said.starts_with("LOADING") {
        if waiting.elapsed() >= at_most {
            return Err(carrier.address().problem(EndpointProblem::Loading(at_most)));
        }
        tokio::time::sleep(LOADING_POLL).await;
        match carrier.say(&[vec!["PING"]]).await?.pop().flatten() {
            None => return Ok(()),
            Some(again) => said = again,
        }
    }
    Err(carrier.address().problem(Refusal::of_server(&said)))
}

fn not_selected(db: u16, said: String) -> EndpointProblem {
    match Refusal::of(&said) {
        Refusal::Server(problem @ (EndpointProblem::NotPermitted(_) | EndpointProblem::Login(_))) => problem,
        _ => EndpointProblem::NoSuchDatabase { db, said },
    }
}
