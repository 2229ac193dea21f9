//! An open byte stream.

use tokio::io::{AsyncRead, AsyncWrite};

/// An open byte stream: TCP, TLS over TCP, or a Unix socket.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

pub type BoxedStream = Box<dyn ByteStream>;
