//! What is said on a connection before anything else, whoever carries it.

use std::time::Duration;

use super::{Address, Refusal};
use crate::error::{EndpointError, EndpointProblem};
use crate::job::Endpoint;

/// How long to wait before a server that is loading is asked again.
const LOADING_POLL: Duration = Duration::from_millis(100);

/// Something that carries commands to a server.
pub trait Carrier {
    /// Sends a command; what comes back is the error that the server replied, if it did.
    async fn say(&self, arguments: &[&str]) -> Result<Option<String>, EndpointError>;

    /// Which end it leads to.
    fn address(&self) -> &Address;
}

/// Logs in, waits while the server is loading (up to `response_timeout`), selects the database, says who we are.
///
/// # Errors
///
/// The server refuses the login or the database, or keeps loading.
pub async fn log_in(carrier: &impl Carrier, endpoint: &Endpoint, client_name: &str) -> Result<(), EndpointError> {
    authenticate(carrier, endpoint).await?;
    await_loading(carrier, endpoint.response_timeout).await?;
    select(carrier, endpoint.db).await?;
    // Servers that do not know these (`NO-TOUCH` is from Redis 7.2, and keeps our reading from counting
    // as use) are none the worse for it, so what they reply does not matter.
    carrier.say(&["CLIENT", "SETNAME", client_name]).await?;
    carrier.say(&["CLIENT", "NO-TOUCH", "ON"]).await?;
    Ok(())
}

async fn authenticate(carrier: &impl Carrier, endpoint: &Endpoint) -> Result<(), EndpointError> {
    // A user with `nopass` takes any password, but `AUTH` wants one.
    let password = endpoint.password.as_ref().map_or("", |password| password.reveal());
    let refused = match &endpoint.username {
        Some(username) => carrier.say(&["AUTH", username, password]).await?,
        None if endpoint.password.is_some() => carrier.say(&["AUTH", password]).await?,
        None => None,
    };
    refused.map_or(Ok(()), |said| Err(carrier.address().problem(EndpointProblem::Login(said))))
}

async fn await_loading(carrier: &impl Carrier, at_most: Duration) -> Result<(), EndpointError> {
    let waiting = tokio::time::Instant::now();
    loop {
        match carrier.say(&["PING"]).await? {
            None => return Ok(()),
            Some(said) if said.starts_with("LOADING") => {}
            Some(said) => return Err(carrier.address().problem(Refusal::of_server(&said))),
        }
        if waiting.elapsed() >= at_most {
            return Err(carrier.address().problem(EndpointProblem::Loading(at_most)));
        }
        tokio::time::sleep(LOADING_POLL).await;
    }
}

async fn select(carrier: &impl Carrier, db: u16) -> Result<(), EndpointError> {
    if db == 0 {
        return Ok(());
    }
    let Some(said) = carrier.say(&["SELECT", &db.to_string()]).await? else { return Ok(()) };
    Err(carrier.address().problem(match Refusal::of(&said) {
        Refusal::Server(problem @ (EndpointProblem::NotPermitted(_) | EndpointProblem::Login(_))) => problem,
        _ => EndpointProblem::NoSuchDatabase { db, said },
    }))
}
