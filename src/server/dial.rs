//! Opens the byte stream to a server, for data and control connections alike.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, sleep, timeout};

use super::byte_stream::{BoxedStream, ByteStream};
use super::locator::{Place, locate};
use super::tls::{self, Peer};
use super::{Address, Contact};
use crate::error::EndpointProblem;
use crate::job::{HostPort, Location, Tls};

/// The limit on unsent bytes in the socket's buffer. With megabytes in the buffer of a slow network, we could see no
/// progress for longer than `response_timeout`.
const MAX_UNSENT_BYTES: u32 = 128 << 10;

/// The time between two attempts to reach a server that is not up yet.
const DIAL_INTERVAL: Duration = Duration::from_millis(100);

/// Connects to a server within `connect_timeout`.
///
/// # Errors
///
/// [`EndpointProblem::Unreachable`] or [`EndpointProblem::Tls`], with the reason.
pub async fn dial(contact: &Contact) -> Result<BoxedStream, EndpointProblem> {
    let started = Instant::now();
    let dialled = in_time(contact, async {
        match locate(contact, async |sentinel| connect_to(contact, sentinel, Peer::Sentinel).await).await? {
            Place::Tcp(address) => connect_to(contact, &address, Peer::Server).await,
            Place::Socket(socket) => UnixStream::connect(socket).await.map(boxed),
        }
        .map_err(|error| not_connected(contact, &error))
    });
    let dialled = dialled.await.map(|stream| contact.open_streams.count_in(stream));
    let (Address { side, server, .. }, seconds) = (&contact.address, started.elapsed().as_secs_f64());
    match &dialled {
        Ok(_) => tracing::debug!(
            text = %format_args!("connected to the {side} `{server}` in {seconds:.3}s"), %side, %server, seconds,
            "connected"
        ),
        Err(problem) => tracing::debug!(
            text = %format_args!("the {side} `{server}` {problem}"), %side, %server, seconds, %problem, "not connected"
        ),
    }
    dialled
}

/// The same for one of the addresses of a server.
pub async fn dial_address(contact: &Contact, address: SocketAddr) -> Result<BoxedStream, EndpointProblem> {
    let connecting = async {
        let (tls, host) = (Peer::Server.tls(&contact.endpoint), contact.endpoint.host());
        let connected = async { encrypted(tls, connect(&[address]).await?, host).await };
        connected.await.map_err(|error| not_connected(contact, &error))
    };
    Ok(contact.open_streams.count_in(in_time(contact, connecting).await?))
}

/// The addresses of a server's name; none if it has no name, but a Unix socket or Sentinels.
pub async fn addresses(contact: &Contact) -> Result<Vec<SocketAddr>, EndpointProblem> {
    match &contact.endpoint.location {
        Location::Tcp { host, port } => {
            let resolving = async {
                let resolved = contact.resolver.resolve(host, *port).await;
                resolved.map_err(|error| not_connected(contact, &error))
            };
            in_time(contact, resolving).await
        }
        Location::Socket { .. } | Location::Sentinel(_) | Location::Cluster(_) => Ok(Vec::new()),
    }
}

/// The same for the first connection: a server that is not up yet is waited for.
pub async fn dial_patiently(contact: &Contact) -> Result<BoxedStream, EndpointProblem> {
    let deadline = Instant::now() + contact.endpoint.connect_timeout;
    loop {
        match dial(contact).await {
            Err(problem) if problem.wait_cause().is_some() && Instant::now() + DIAL_INTERVAL < deadline => {
                sleep(DIAL_INTERVAL).await;
            }
            dialled => return dialled,
        }
    }
}

async fn in_time<T>(
    contact: &Contact,
    work: impl Future<Output = Result<T, EndpointProblem>>,
) -> Result<T, EndpointProblem> {
    let limit = contact.endpoint.connect_timeout;
    timeout(limit, work).await.unwrap_or_else(|_| Err(no_connection_within(limit, contact.endpoint.tls.is_some())))
}

async fn resolved(contact: &Contact, HostPort { host, port }: &HostPort) -> io::Result<Vec<SocketAddr>> {
    contact.resolver.resolve(host, *port).await
}

/// Connects to a server or a Sentinel, and does the TLS handshake.
async fn connect_to(contact: &Contact, address: &HostPort, peer: Peer) -> io::Result<BoxedStream> {
    let socket = connect(&resolved(contact, address).await?).await?;
    encrypted(peer.tls(&contact.endpoint), socket, Some(&address.host)).await
}

fn boxed(stream: impl ByteStream + 'static) -> BoxedStream {
    Box::new(stream)
}

/// Does the TLS handshake, if there is one. `host` is where the server is.
async fn encrypted(settings: Option<&Tls>, socket: TcpStream, host: Option<&str>) -> io::Result<BoxedStream> {
    match settings {
        Some(settings) => Box::pin(tls::encrypted(settings, socket, host)).await,
        None => Ok(boxed(socket)),
    }
}

/// Connects to the first address that accepts.
async fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let socket = TcpStream::connect(addresses).await?;
    socket.set_nodelay(true)?;
    SockRef::from(&socket).set_tcp_notsent_lowat(MAX_UNSENT_BYTES)?;
    Ok(socket)
}

fn not_connected(contact: &Contact, error: &io::Error) -> EndpointProblem {
    let of_tls = contact
        .endpoint
        .tls
        .as_ref()
        .and_then(|settings| tls::problem(error, settings, &contact.address, Peer::Server));
    of_tls.unwrap_or_else(|| EndpointProblem::Unreachable(error.to_string()))
}

fn no_connection_within(connect_timeout: Duration, has_tls: bool) -> EndpointProblem {
    let waited = humantime::format_duration(connect_timeout);
    let maybe = if has_tls { tls::WITHOUT_TLS } else { "" };
    EndpointProblem::Unreachable(format!("no connection within {waited} (`connect_timeout`){maybe}"))
}
