//! Finds a server: by its own address, or by asking Sentinels. This is done for each connection, so that a connection
//! after a failover leads to the new master.

use std::io;
use std::path::Path;
use std::time::Duration;

use strsim::normalized_damerau_levenshtein;
use tokio::time::timeout;

use super::byte_stream::BoxedStream;
use super::login::authentication;
use super::opening::Opening;
use super::sentinel::text_field;
use super::tls::{self, Peer};
use super::{Contact, Refusal};
use crate::error::EndpointProblem;
use crate::job::{HostPort, Location, ReadFrom, Secret, SentinelService};
use crate::resp::Reply;

/// Where a server is.
pub(super) enum Place<'c> {
    Tcp(HostPort),
    Socket(&'c Path),
}

/// Finds a server. `open` connects to a Sentinel.
pub(super) async fn locate<'c>(
    contact: &'c Contact,
    open: impl AsyncFn(&HostPort) -> io::Result<BoxedStream>,
) -> Result<Place<'c>, EndpointProblem> {
    match &contact.endpoint.location {
        Location::Tcp { host, port } => Ok(Place::Tcp(HostPort { host: host.clone(), port: *port })),
        Location::Socket { socket } => Ok(Place::Socket(socket)),
        Location::Cluster(_) => Err(EndpointProblem::NotFound("each of its nodes is found by itself".to_owned())),
        Location::Sentinel(service) => Box::pin(ask_sentinels(contact, service, open)).await.map(Place::Tcp),
    }
}

/// Asks one Sentinel after the other. A Sentinel that does not answer leaves time for the next ones and for the server.
async fn ask_sentinels(
    contact: &Contact,
    service: &SentinelService,
    open: impl AsyncFn(&HostPort) -> io::Result<BoxedStream>,
) -> Result<HostPort, EndpointProblem> {
    let share = contact.endpoint.connect_timeout / u32::try_from(service.sentinel.len() + 1).unwrap_or(u32::MAX);
    let (mut refusals, mut is_final) = (Vec::new(), true);
    for sentinel in &service.sentinel {
        let asked = async {
            let stream = open(sentinel).await.map_err(|error| not_opened(contact, &error))?;
            ask(Opening::of_sentinel(stream, contact), contact, service).await
        };
        let problem = match timeout(share, asked).await {
            Ok(Ok(announced)) => return Ok(used(contact, service, sentinel, announced)),
            Ok(Err(problem)) => problem,
            Err(_) => no_answer_within(share, Peer::Sentinel.tls(&contact.endpoint).is_some()),
        };
        is_final &= problem.wait_cause().is_none();
        refusals.push(format!("its Sentinel `{sentinel}` {problem}"));
    }
    let text = refusals.join("; ");
    Err(if is_final { EndpointProblem::NotFound(text) } else { EndpointProblem::Unreachable(text) })
}

/// The address to use for one that a Sentinel announces.
fn used(contact: &Contact, service: &SentinelService, sentinel: &HostPort, announced: HostPort) -> HostPort {
    let address = service.address_map.get(&announced).cloned().unwrap_or(announced);
    let (side, service) = (contact.address.side, &service.service);
    tracing::debug!(
        text = %format_args!("the Sentinel `{sentinel}` names `{address}` as the {side} `{service}`"),
        %side, %service, %sentinel, %address, "found"
    );
    address
}

fn not_opened(contact: &Contact, error: &io::Error) -> EndpointProblem {
    let settings = Peer::Sentinel.tls(&contact.endpoint);
    let of_tls = settings.and_then(|settings| tls::problem(error, settings, &contact.address, Peer::Sentinel));
    of_tls.unwrap_or_else(|| EndpointProblem::Unreachable(error.to_string()))
}

fn no_answer_within(limit: Duration, has_tls: bool) -> EndpointProblem {
    let waited =
        humantime::format_duration(Duration::from_millis(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)));
    let maybe = if has_tls { tls::WITHOUT_TLS } else { "" };
    EndpointProblem::Unreachable(format!("no answer within {waited}{maybe}"))
}

async fn ask(
    mut opening: Opening<'_>,
    contact: &Contact,
    service: &SentinelService,
) -> Result<HostPort, EndpointProblem> {
    let password = service.sentinel_password.as_ref().map(Secret::reveal);
    let login = authentication(service.sentinel_username.as_deref(), password);
    if !login.is_empty()
        && let Some(message) = send(&mut opening, login).await?.error()
    {
        return Err(EndpointProblem::Login(message));
    }
    match service.read_from {
        ReadFrom::Master => {
            let reply = send(&mut opening, vec!["SENTINEL", "GET-MASTER-ADDR-BY-NAME", &service.service]).await?;
            match address_of(&reply, contact) {
                Some(address) => Ok(address),
                None => Err(no_address(&mut opening, contact, service, &reply).await),
            }
        }
        ReadFrom::Replica => {
            let reply = send(&mut opening, vec!["SENTINEL", "REPLICAS", &service.service]).await?;
            let Reply::Array(replicas) = &reply else {
                return Err(no_address(&mut opening, contact, service, &reply).await);
            };
            replica(contact, replicas).ok_or_else(|| {
                let why = "reports no replica that is connected to its master (`read_from` is \"replica\")";
                EndpointProblem::Unreachable(why.to_owned())
            })
        }
    }
}

async fn send(opening: &mut Opening<'_>, command: Vec<&str>) -> Result<Reply, EndpointProblem> {
    let mut replies = opening.send(&[command]).await.map_err(|error| error.problem)?;
    replies.pop().ok_or_else(|| EndpointProblem::Protocol("no reply".to_owned()))
}

fn address_of(reply: &Reply, contact: &Contact) -> Option<HostPort> {
    let Reply::Array(parts) = reply else { return None };
    let [Reply::Bulk(host), Reply::Bulk(port)] = &parts[..] else { return None };
    let port = std::str::from_utf8(port).ok()?.parse().ok()?;
    Some(HostPort { host: contact.address.text(host), port })
}

/// The replica that the other connections use, or else the first that is connected to its master.
fn replica(contact: &Contact, replicas: &[Reply]) -> Option<HostPort> {
    let usable = |replica: &Reply| {
        let field = |name| text_field(replica, name, &contact.address);
        // Further flags are `s_down`, `o_down` and `disconnected`.
        let is_linked = contact.endpoint.allow_stale_replica || field("master-link-status")? == "ok";
        let address = HostPort { host: field("ip")?, port: field("port")?.parse().ok()? };
        Some(address).filter(|_| is_linked && field("flags").is_some_and(|flags| flags == "slave"))
    };
    let mut usable: Vec<HostPort> = replicas.iter().filter_map(usable).collect();
    usable.sort();
    let mut chosen = contact.replica.borrow_mut();
    if chosen.as_ref().is_none_or(|chosen| !usable.contains(chosen)) {
        *chosen = usable.into_iter().next();
    }
    chosen.clone()
}

/// Why a Sentinel names no address.
async fn no_address(
    opening: &mut Opening<'_>,
    contact: &Contact,
    service: &SentinelService,
    reply: &Reply,
) -> EndpointProblem {
    match reply.error() {
        Some(message) if message.starts_with("ERR unknown command") => {
            EndpointProblem::WrongServer(format!("is not a Sentinel: {message}"))
        }
        Some(message) if !message.contains("No such master") => match Refusal::of_server(&message) {
            EndpointProblem::Login(_) if service.sentinel_password.is_none() => {
                EndpointProblem::Login(message + "; no `sentinel_password` is given")
            }
            problem => problem,
        },
        _ => unknown_service(opening, contact, &service.service).await,
    }
}

/// A service that the Sentinel does not monitor, and the nearest that it monitors.
async fn unknown_service(opening: &mut Opening<'_>, contact: &Contact, service: &str) -> EndpointProblem {
    let masters = match send(opening, vec!["SENTINEL", "MASTERS"]).await {
        Ok(Reply::Array(masters)) => masters,
        _ => Vec::new(),
    };
    let names = masters.iter().filter_map(|master| text_field(master, "name", &contact.address));
    let likeness = |name: &String| normalized_damerau_levenshtein(&name.to_lowercase(), &service.to_lowercase());
    let mut names: Vec<String> = names.collect();
    names.sort_by(|one, other| likeness(other).total_cmp(&likeness(one)));
    let monitored = match names.first() {
        Some(nearest) => format!("the nearest name that it monitors is `{nearest}`"),
        None => "it monitors nothing".to_owned(),
    };
    EndpointProblem::WrongServer(format!("does not monitor the service `{service}`: {monitored}"))
}
