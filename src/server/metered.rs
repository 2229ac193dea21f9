//! A stream that ends with an error if the server sends without end, and that keeps the server's last words.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::byte_stream::BoxedStream;

/// As many bytes of a last reply are kept.
const KEPT: usize = 4096;

/// What is known about the bytes of a connection that failed.
#[derive(Debug, Default)]
pub(super) struct Received {
    is_exceeded: AtomicBool,
    /// What came since the last request that was sent, or its beginning.
    last: Mutex<Vec<u8>>,
}

impl Received {
    /// Whether the server has sent without end.
    pub fn is_exceeded(&self) -> bool {
        self.is_exceeded.load(Ordering::Relaxed)
    }

    /// The last error reply, without the `-`, if nothing else came since the last request that was sent.
    pub fn last_words(&self) -> Option<Vec<u8>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let words = last.strip_prefix(b"-")?.strip_suffix(b"\r\n")?;
        (!words.contains(&b'\n')).then(|| words.to_vec())
    }

    fn add(&self, bytes: &[u8]) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT.saturating_sub(last.len());
        last.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn forget(&self) {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A stream that counts what was received since the last request.
pub(super) struct Metered {
    stream: BoxedStream,
    limit: usize,
    count: usize,
    received: Arc<Received>,
}

impl Metered {
    /// Fails if there are more bytes than `limit`.
    pub fn new(stream: BoxedStream, limit: usize, received: Arc<Received>) -> Self {
        Self { stream, limit, count: 0, received }
    }

    /// Reads what has arrived.
    fn drain(&mut self, context: &mut Context<'_>) {
        let mut bytes = [0; KEPT];
        let mut buffer = ReadBuf::new(&mut bytes);
        while let Poll::Ready(Ok(())) = Pin::new(&mut self.stream).poll_read(context, &mut buffer)
            && !buffer.filled().is_empty()
        {
            self.received.add(buffer.filled());
            buffer.clear();
        }
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
        self.received.add(&buffer.filled()[before..]);
        self.count += buffer.filled().len() - before;
        if self.count > self.limit {
            self.received.is_exceeded.store(true, Ordering::Relaxed);
            return Poll::Ready(Err(io::Error::other("a reply that is too long")));
        }
        polled
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        match &polled {
            Poll::Ready(Ok(_)) => {
                self.count = 0;
                self.received.forget();
            }
            // The server may have sent the reason.
            Poll::Ready(Err(_)) => self.drain(context),
            Poll::Pending => {}
        }
        polled
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

    fn metered(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> (Metered, Arc<Received>) {
        let received = Arc::new(Received::default());
        (Metered::new(Box::new(stream), 10, Arc::clone(&received)), received)
    }

    #[tokio::test]
    async fn the_replies_to_each_request_may_have_so_many_bytes() {
        let (client, mut server) = duplex(100);
        let (mut metered, received) = metered(client);
        for _ in 0..3 {
            metered.write_all(b"request").await.unwrap();
            server.write_all(&[b'x'; 10]).await.unwrap();
            metered.read_exact(&mut [0; 10]).await.unwrap();
        }
        server.write_all(b"x").await.unwrap();
        assert_eq!(metered.read(&mut [0; 10]).await.unwrap_err().to_string(), "a reply that is too long");
        assert!(received.is_exceeded());
    }

    #[tokio::test]
    async fn what_has_arrived_before_a_write_fails_is_kept() {
        let (client, mut server) = duplex(100);
        let (mut metered, received) = metered(client);
        server.write_all(b"-ERR no\r\n").await.unwrap();
        drop(server);
        metered.write_all(b"request").await.unwrap_err();
        assert_eq!(received.last_words(), Some(b"ERR no".to_vec()));
    }

    #[tokio::test]
    async fn only_an_error_that_nothing_precedes_is_a_last_word() {
        let (client, mut server) = duplex(100);
        let (mut metered, received) = metered(client);
        for (sent, words) in [("+OK\r\n", None), ("-ERR a\r\n", Some("ERR a")), ("-A\r\n-B\r\n", None), ("-ERR", None)]
        {
            metered.write_all(b"request").await.unwrap();
            server.write_all(sent.as_bytes()).await.unwrap();
            metered.read_exact(&mut vec![0; sent.len()]).await.unwrap();
            assert_eq!(received.last_words().as_deref(), words.map(str::as_bytes));
        }
    }
}
