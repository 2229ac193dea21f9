//! Opens the byte stream to a server: once, for the data path and for control connections alike.

use std::io;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use crate::error::EndpointProblem;
use crate::job::{Endpoint, Location};

/// Bytes that may wait in our socket before they are sent. More would look like progress: on a slow line, megabytes
/// of it take longer than `response_timeout`, and nothing that we can see moves meanwhile.
const UNSENT: u32 = 128 << 10;

/// An open byte stream, whatever carries it.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// An open byte stream to a server.
pub type Stream = Box<dyn ByteStream>;

/// Connects to where a server listens, within `connect_timeout`.
///
/// # Errors
///
/// [`EndpointProblem::Unreachable`], with the reason.
pub async fn dial(endpoint: &Endpoint) -> Result<Stream, EndpointProblem> {
    match timeout(endpoint.connect_timeout, connect(&endpoint.location)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(EndpointProblem::Unreachable(error.to_string())),
        Err(_) => Err(no_connection_within(endpoint.connect_timeout)),
    }
}

async fn connect(location: &Location) -> io::Result<Stream> {
    match location {
        Location::Tcp { host, port } => {
            let socket = TcpStream::connect((host.as_str(), *port)).await?;
            socket.set_nodelay(true)?;
            SockRef::from(&socket).set_tcp_notsent_lowat(UNSENT)?;
            Ok(Box::new(socket))
        }
        Location::Socket { socket } => Ok(Box::new(UnixStream::connect(socket).await?)),
    }
}

fn no_connection_within(connect_timeout: Duration) -> EndpointProblem {
    let waited = humantime::format_duration(connect_timeout);
    EndpointProblem::Unreachable(format!("no connection within {waited} (`connect_timeout`)"))
}
