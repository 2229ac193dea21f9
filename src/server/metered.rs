//! A stream that ends with an error if the server sends without end.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::dial::BoxedStream;

/// A stream that counts what was received since the last request.
pub(super) struct Metered {
    stream: BoxedStream,
    limit: usize,
    received: usize,
    is_exceeded: Arc<AtomicBool>,
}

impl Metered {
    /// Sets `is_exceeded`, and fails, if there are more bytes than `limit`.
    pub fn new(stream: BoxedStream, limit: usize, is_exceeded: Arc<AtomicBool>) -> Self {
        Self { stream, limit, received: 0, is_exceeded }
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.received += buffer.filled().len() - before;
        if self.received > self.limit {
            self.is_exceeded.store(true, Ordering::Relaxed);
            return Poll::Ready(Err(io::Error::other("a reply that is too long")));
        }
        polled
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.received = 0;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn the_replies_to_each_request_may_have_so_many_bytes() {
        let (client, mut server) = duplex(100);
        let is_exceeded = Arc::new(AtomicBool::new(false));
        let mut metered = Metered::new(Box::new(client), 10, Arc::clone(&is_exceeded));
        for _ in 0..3 {
            metered.write_all(b"request").await.unwrap();
            server.write_all(&[b'x'; 10]).await.unwrap();
            metered.read_exact(&mut [0; 10]).await.unwrap();
        }
        server.write_all(b"x").await.unwrap();
        assert_eq!(metered.read(&mut [0; 10]).await.unwrap_err().to_string(), "a reply that is too long");
        assert!(is_exceeded.load(Ordering::Relaxed));
    }
}
