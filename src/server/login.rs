//! The first commands on a connection.

use tokio::time::{Duration, Instant, sleep};

use super::byte_stream::BoxedStream;
use super::info::field;
use super::opening::Opening;
use super::sentinel::{is_sentinel, sentinel};
use super::{Contact, Identity, Refusal};
use crate::error::{EndpointError, EndpointProblem, Side, WaitCause};
use crate::job::{Endpoint, Secret};
use crate::resp::Reply;

/// The time between two `PING`s to a server that is not ready.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Logs in, selects the database and sets the client name, in one round trip, and checks that the same server answers
/// as on the other connections. The first connections wait up to `response_timeout` for a server that is not ready.
pub async fn log_in(stream: BoxedStream, contact: &Contact, db: u16) -> Result<BoxedStream, EndpointError> {
    let (endpoint, index, password) = (&contact.endpoint, db.to_string(), contact.password().await?);
    let password = password.as_ref().map(Secret::reveal);
    let commands = [
        authentication(endpoint.username.as_deref(), password),
        vec!["PING"],
        vec!["SELECT", &index],
        // With `NO-TOUCH` (Redis 7.2), our reads do not change when a key was used last. An error reply to these
        // commands is ignored, because not every server supports or permits them.
        vec!["CLIENT", "SETNAME", &contact.client_name],
        vec!["CLIENT", "NO-TOUCH", "ON"],
        vec!["INFO", "server"],
        vec!["INFO", "replication"],
        vec!["ROLE"],
    ];
    let commands: Vec<_> = commands.into_iter().filter(|command| is_needed(command, endpoint, db)).collect();
    let mut opening = Opening::new(stream, contact);
    let replies = opening.send(&commands).await?;
    check_login(&commands, &replies, contact, password)?;
    if replies.iter().any(is_of_sentinel) {
        return Err(sentinel(&mut opening, contact.address()).await);
    }
    let (mut info, mut role) = (String::new(), None);
    for (command, reply) in commands.iter().zip(&replies) {
        match (command[0], reply, reply.error()) {
            ("PING", _, Some(message)) => wait_until_ready(&mut opening, contact, password, &message).await?,
            ("SELECT", _, Some(message)) => return Err(contact.address().problem(not_selected(db, message))),
            ("INFO", Reply::Bulk(section), _) => info += &String::from_utf8_lossy(section),
            ("ROLE", reply, _) => role = role_of(reply),
            _ => {}
        }
    }
    check_role(contact, role.or_else(|| field(&info, "role").map(str::to_owned)))?;
    contact.connected();
    contact.is_cluster_node.set(is_cluster_node(&info));
    contact.recognise(&identity_of(contact, &info))?;
    join_cluster(&mut opening, contact, &info).await?;
    Ok(opening.into_stream())
}

fn identity_of(contact: &Contact, info: &str) -> Identity {
    let mut identity = Identity::of(info);
    let [history, second] = &mut identity.histories;
    contact.address().clean([&mut identity.run_id, history, second]);
    identity
}

fn check_login(
    commands: &[Vec<&str>],
    replies: &[Reply],
    contact: &Contact,
    password: Option<&str>,
) -> Result<(), EndpointError> {
    let refusal = replies.first().filter(|_| commands[0][0] == "AUTH").and_then(Reply::error);
    refusal.map_or(Ok(()), |message| Err(contact.address().problem(not_logged_in(password, message))))
}

fn is_of_sentinel(reply: &Reply) -> bool {
    matches!(reply, Reply::Bulk(info) if is_sentinel(&String::from_utf8_lossy(info)))
}

fn is_cluster_node(info: &str) -> bool {
    field(info, "redis_mode").or_else(|| field(info, "server_mode")) == Some("cluster")
}

/// What a node of a cluster needs besides. With `NO-TOUCH`, Redis 8.2 crashes when it is asked for a key of a slot that
/// is moving. Without `READONLY`, a replica answers each request about a key with `MOVED`.
async fn join_cluster(opening: &mut Opening<'_>, contact: &Contact, info: &str) -> Result<(), EndpointError> {
    if !contact.is_cluster_node() {
        return Ok(());
    }
    let mut commands = vec![vec!["CLIENT", "NO-TOUCH", "OFF"]];
    if contact.address().side == Side::Source && field(info, "role") == Some("slave") {
        commands.push(vec!["READONLY"]);
    }
    let refusal = opening.send(&commands).await?.get(1).and_then(Reply::error);
    refusal.map_or(Ok(()), |message| Err(contact.address().problem(Refusal::of_server(&message))))
}

/// The command that logs in; nothing without user and password.
pub(super) fn authentication<'s>(username: Option<&'s str>, password: Option<&'s str>) -> Vec<&'s str> {
    match (username, password) {
        // A user with `nopass` accepts any password, but `AUTH` requires one.
        (Some(username), password) => vec!["AUTH", username, password.unwrap_or_default()],
        (None, Some(password)) => vec!["AUTH", password],
        (None, None) => Vec::new(),
    }
}

/// Whether a command of the login is sent to this endpoint.
fn is_needed(command: &[&str], endpoint: &Endpoint, db: u16) -> bool {
    match command.first() {
        // Without user and password there is no login.
        None => false,
        // Some servers that have only one database refuse `SELECT 0`.
        Some(&"SELECT") => db != 0,
        // Proxies may close the connection when they do not know a command.
        Some(&("CLIENT" | "INFO")) => endpoint.server.is_none(),
        Some(&"ROLE") => endpoint.service().is_some(),
        Some(_) => true,
    }
}

/// The role in the reply to `ROLE`; a replica that is not connected to its master has the state of its link.
fn role_of(reply: &Reply) -> Option<String> {
    let Reply::Array(parts) = reply else { return None };
    let text = |part: &Reply| match part {
        Reply::Bulk(text) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    };
    let role = parts.first().and_then(text)?;
    match parts.get(3).and_then(text).filter(|link| link != "connected") {
        Some(link) => Some(format!("{role} ({link})")),
        None => Some(role),
    }
}

/// Checks that a server that Sentinels name has the role that they name it for. For seconds after a failover it may not.
fn check_role(contact: &Contact, role: Option<String>) -> Result<(), EndpointError> {
    let (Some(role), endpoint) = (role, &contact.endpoint) else { return Ok(()) };
    let (expected, begins) = if endpoint.is_replica() { ("replica", "slave") } else { ("master", "master") };
    let is_linked = !role.contains('(') || endpoint.allow_stale_replica;
    if endpoint.service().is_none() || (role.starts_with(begins) && is_linked) {
        return Ok(());
    }
    Err(contact.address().problem(EndpointProblem::WrongRole { expected, role: contact.address().text(role) }))
}

/// Repeats `PING` until the server is ready. A connection of a job that has begun does not wait here.
async fn wait_until_ready(
    opening: &mut Opening<'_>,
    contact: &Contact,
    password: Option<&str>,
    message: &str,
) -> Result<(), EndpointError> {
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
        match opening.send(&[vec!["PING"]]).await?.pop().and_then(|reply| reply.error()) {
            Some(message) => problem = Refusal::of_server(&message),
            None => return Ok(()),
        }
    }
    if let EndpointProblem::Login(message) = problem {
        problem = not_logged_in(password, message);
    }
    Err(contact.address().problem(problem))
}

fn not_logged_in(password: Option<&str>, message: String) -> EndpointProblem {
    match Refusal::of_server(&message) {
        problem if problem.wait_cause().is_some() => problem,
        _ => EndpointProblem::Login(message + &suspicion(password)),
    }
}

/// What may be wrong with the password, for the message.
fn suspicion(password: Option<&str>) -> String {
    let Some(password) = password else {
        return "; no password is given".to_owned();
    };
    let is_quoted = |quote: char| password.len() > 1 && password.starts_with(quote) && password.ends_with(quote);
    let suspicion = if password.is_empty() {
        "is empty"
    } else if password.contains("${") {
        "contains `${`: variables are not replaced in values"
    } else if password.ends_with(['\n', '\r']) {
        "ends with a newline"
    } else if ['"', '\''].into_iter().any(is_quoted) {
        "begins and ends with a quote, which is a part of it"
    } else if password.trim() != password {
        "begins or ends with white space"
    } else {
        return String::new();
    };
    format!("; the password {suspicion}")
}

fn not_selected(db: u16, message: String) -> EndpointProblem {
    match Refusal::of_server(&message) {
        problem @ (EndpointProblem::NotPermitted(_) | EndpointProblem::Login(_)) => problem,
        problem if problem.wait_cause().is_some() => problem,
        _ => EndpointProblem::NoSuchDatabase { db, message },
    }
}
