//! Opens the byte stream to a server, for data and control connections alike.

use std::io;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, sleep, timeout};

use crate::error::EndpointProblem;
use crate::job::{Endpoint, Location};

/// The limit on unsent bytes in the socket's buffer. With megabytes in the buffer of a slow network, we could see no
/// progress for longer than `response_timeout`.
const MAX_UNSENT_BYTES: u32 = 128 << 10;

/// The time between two attempts to reach a server that is not up yet.
const DIAL_INTERVAL: Duration = Duration::from_millis(100);

/// An open byte stream: TCP or a Unix socket.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

pub type BoxedStream = Box<dyn ByteStream>;

/// Connects to a server within `connect_timeout`.
///
/// # Errors
///
/// [`EndpointProblem::Unreachable`], with the reason.
pub async fn dial(endpoint: &Endpoint) -> Result<BoxedStream, EndpointProblem> {
    match timeout(endpoint.connect_timeout, connect(&endpoint.location)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(EndpointProblem::Unreachable(error.to_string())),
        Err(_) => Err(no_connection_within(endpoint.connect_timeout)),
    }
}

/// The same for the first connection: a server that is not up yet is waited for.
pub async fn dial_patiently(endpoint: &Endpoint) -> Result<BoxedStream, EndpointProblem> {
    let deadline = Instant::now() + endpoint.connect_timeout;
    loop {
        match dial(endpoint).await {
            Err(_) if Instant::now() + DIAL_INTERVAL < deadline => sleep(DIAL_INTERVAL).await,
            dialled => return dialled,
        }
    }
}

async fn connect(location: &Location) -> io::Result<BoxedStream> {
    match location {
        Location::Tcp { host, port } => {
            let socket = TcpStream::connect((host.as_str(), *port)).await?;
            socket.set_nodelay(true)?;
            SockRef::from(&socket).set_tcp_notsent_lowat(MAX_UNSENT_BYTES)?;
            Ok(Box::new(socket))
        }
        Location::Socket { socket } => Ok(Box::new(UnixStream::connect(socket).await?)),
    }
}

fn no_connection_within(connect_timeout: Duration) -> EndpointProblem {
    let waited = humantime::format_duration(connect_timeout);
    EndpointProblem::Unreachable(format!("no connection within {waited} (`connect_timeout`)"))
}
