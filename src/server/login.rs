//! The first commands on a connection.

use tokio::time::{Duration, Instant, sleep};

use super::{Contact, Identity, Refusal};
use crate::error::{EndpointError, EndpointProblem, WaitCause};
use crate::job::Endpoint;

/// The time between two `PING`s to a server that is not ready.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The text of a reply, or of an error reply.
pub type LoginReply = Result<String, String>;

/// A connection that can send commands.
pub trait Transport {
    /// Sends commands in one pipeline.
    async fn send_commands(&self, commands: &[Vec<&str>]) -> Result<Vec<LoginReply>, EndpointError>;
}

/// Logs in, selects the database and sets the client name, in one round trip, and checks that the same server answers
/// as on the other connections. The first connections wait up to `response_timeout` for a server that is not ready.
pub async fn log_in(transport: &impl Transport, contact: &Contact, db: u16) -> Result<(), EndpointError> {
    let index = db.to_string();
    let commands = [
        authentication(&contact.endpoint),
        vec!["PING"],
        vec!["SELECT", &index],
        // With `NO-TOUCH` (Redis 7.2), our reads do not change when a key was used last. An error reply to these
        // commands is ignored, because not every server supports or permits them.
        vec!["CLIENT", "SETNAME", &contact.client_name],
        vec!["CLIENT", "NO-TOUCH", "ON"],
        vec!["INFO", "server"],
        vec!["INFO", "replication"],
    ];
    // Without user and password there is no login. Some servers that have only one database refuse `SELECT 0`.
    let skipped = |command: &&Vec<&str>| command.is_empty() || (command[0] == "SELECT" && db == 0);
    let commands: Vec<_> = commands.iter().filter(|command| !skipped(command)).cloned().collect();
    let replies = transport.send_commands(&commands).await?;
    let mut identity = Identity::default();
    for (command, reply) in commands.iter().zip(replies) {
        match (command[0], reply) {
            ("INFO", Ok(info)) => identity.read(&info),
            ("AUTH", Err(message)) => return Err(contact.address().problem(not_logged_in(message))),
            ("PING", Err(message)) => wait_until_ready(transport, contact, &message).await?,
            ("SELECT", Err(message)) => return Err(contact.address().problem(not_selected(db, message))),
            _ => {}
        }
    }
    contact.connected();
    contact.recognise(&identity)
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

/// Repeats `PING` until the server is ready. A connection of a job that has begun does not wait here.
async fn wait_until_ready(transport: &impl Transport, contact: &Contact, message: &str) -> Result<(), EndpointError> {
    let (started, limit) = (Instant::now(), contact.endpoint.response_timeout);
    let mut problem = Refusal::of_server(message);
    while let EndpointProblem::NotReady { cause, .. } = problem {
        if contact.has_begun() {
            break;
        }
        if started.elapsed() >= limit {
            problem = if cause == WaitCause::Loading { EndpointProblem::Loading(limit) } else { problem };
            break;
        }
        sleep(POLL_INTERVAL).await;
        match transport.send_commands(&[vec!["PING"]]).await?.pop() {
            Some(Err(message)) => problem = Refusal::of_server(&message),
            Some(Ok(_)) | None => return Ok(()),
        }
    }
    Err(contact.address().problem(problem))
}

fn not_logged_in(message: String) -> EndpointProblem {
    match Refusal::of_server(&message) {
        problem if problem.wait_cause().is_some() => problem,
        _ => EndpointProblem::Login(message),
    }
}

fn not_selected(db: u16, message: String) -> EndpointProblem {
    match Refusal::of_server(&message) {
        problem @ (EndpointProblem::NotPermitted(_) | EndpointProblem::Login(_)) => problem,
        problem if problem.wait_cause().is_some() => problem,
        _ => EndpointProblem::NoSuchDatabase { db, message },
    }
}
