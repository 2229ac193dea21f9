//! The open streams to one server. A server counts a client until it has noticed that the client is disconnected, so a
//! stream counts as open until the server has closed it, too.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, empty};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::timeout;

use super::byte_stream::BoxedStream;

/// How long the server may take to close a stream.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);
/// More bytes are not read while the server closes a stream.
const MOST_UNREAD: usize = 64 << 10;

/// How many streams to a server are open.
#[derive(Clone, Debug)]
pub(super) struct OpenStreams(Arc<watch::Sender<usize>>);

impl Default for OpenStreams {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl OpenStreams {
    /// Counts a stream until it is closed.
    pub fn count_in(&self, stream: BoxedStream) -> BoxedStream {
        self.0.send_modify(|open| *open += 1);
        Box::new(CountedStream { stream, open: self.clone() })
    }

    pub fn count(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until streams that are not used any more are closed, and at most so many are open.
    pub async fn until_at_most(&self, most: usize) {
        // A stream whose bytes the server does not accept is not closed in time.
        let _ = timeout(2 * CLOSES_WITHIN, self.0.subscribe().wait_for(|open| *open <= most)).await;
    }
}

/// A stream that is closed properly when it is dropped.
struct CountedStream {
    stream: BoxedStream,
    open: OpenStreams,
}

impl Drop for CountedStream {
    fn drop(&mut self) {
        let stream = std::mem::replace(&mut self.stream, Box::new(empty()));
        let open = self.open.clone();
        let close = async move {
            // If that fails, it is closed already.
            let _ = timeout(CLOSES_WITHIN, close(stream)).await;
            open.0.send_modify(|open| *open -= 1);
        };
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(close)),
            // The program ends.
            Err(_) => drop(close),
        }
    }
}

/// Ends our direction, and waits until the server ends its own.
async fn close(mut stream: BoxedStream) -> io::Result<()> {
    stream.shutdown().await?;
    let (mut unread, mut buffer) = (0, [0; 4 << 10]);
    while unread <= MOST_UNREAD {
        match stream.read(&mut buffer).await? {
            0 => break,
            bytes => unread += bytes,
        }
    }
    Ok(())
}

impl AsyncRead for CountedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for CountedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
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
    use tokio::io::duplex;

    use super::*;

    #[tokio::test]
    async fn a_stream_is_open_until_the_server_has_closed_it() {
        let open = OpenStreams::default();
        let [(first, mut server), (second, _other)] = [duplex(64), duplex(64)];
        let (first, _second) = (open.count_in(Box::new(first)), open.count_in(Box::new(second)));
        server.write_all(b"a reply that nothing waits for").await.unwrap();
        drop(first);
        tokio::task::yield_now().await;
        assert_eq!((server.read(&mut [0; 8]).await.unwrap(), open.count()), (0, 2));
        drop(server);
        open.until_at_most(1).await;
        assert_eq!(open.count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_closes_nothing_is_not_waited_for_without_end() {
        let open = OpenStreams::default();
        let (stream, _server) = duplex(64);
        drop(open.count_in(Box::new(stream)));
        open.until_at_most(0).await;
        assert_eq!(open.count(), 0);
    }
}
