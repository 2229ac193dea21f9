//! One socket, with requests going out and replies coming in at the same time.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::decoder::Decoder;
use super::{Reply, Request};

/// Room that is made for each read.
const READ: usize = 64 << 10;
/// Requests that wait while one is being sent.
const REQUESTS_AHEAD: usize = 4;

/// Why there is no reply.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum LinkError {
    /// The connection is gone.
    #[error("{0}")]
    Lost(String),
    /// Replies are due, and nothing came for as long as was to be waited.
    #[error("no answer")]
    TimedOut,
    /// What came is not RESP.
    #[error("{0}")]
    Malformed(String),
}

/// A connection that speaks RESP2. Requests are answered in order; several may be on their way.
#[derive(Debug)]
pub struct Link {
    requests: mpsc::Sender<Job>,
    /// Why the link is down; set once, before waiting requests are dropped.
    down: Arc<OnceLock<LinkError>>,
}

/// A request, and who waits for its replies.
struct Job {
    request: Request,
    waiting: Waiting,
}

struct Waiting {
    replies: Vec<Reply>,
    missing: usize,
    answer: oneshot::Sender<Vec<Reply>>,
}

impl Link {
    /// Connects; `response_timeout` is how long nothing may come while a reply is due.
    ///
    /// # Errors
    ///
    /// There is no connection.
    pub async fn connect(host: &str, port: u16, response_timeout: Duration) -> io::Result<Self> {
        let socket = TcpStream::connect((host, port)).await?;
        socket.set_nodelay(true)?;
        let (read, write) = socket.into_split();
        let (requests, to_send) = mpsc::channel(REQUESTS_AHEAD);
        // Bounded by the requests that callers have on their way.
        let (sent, waiting) = mpsc::unbounded_channel();
        let down = Arc::new(OnceLock::new());
        tokio::spawn(send(write, to_send, sent));
        tokio::spawn(receive(read, waiting, response_timeout, Arc::clone(&down)));
        Ok(Self { requests, down })
    }

    /// Sends a request and waits for its replies; as many as it has commands, each to be looked at by itself.
    ///
    /// # Errors
    ///
    /// The replies will not come.
    pub async fn ask(&self, request: Request) -> Result<Vec<Reply>, LinkError> {
        let missing = request.replies();
        if missing == 0 {
            return Ok(Vec::new());
        }
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { replies: Vec::with_capacity(missing), missing, answer };
        let sent = self.requests.send(Job { request, waiting }).await;
        let answered = if sent.is_ok() { answered.await.ok() } else { None };
        answered.ok_or_else(|| self.down.get().cloned().unwrap_or_else(|| LinkError::Lost("closed".into())))
    }
}

/// Sends requests in order. Whoever waits is announced first, so that no reply finds nobody.
async fn send(mut socket: OwnedWriteHalf, mut jobs: mpsc::Receiver<Job>, sent: mpsc::UnboundedSender<Waiting>) {
    while let Some(Job { request, waiting }) = jobs.recv().await {
        if sent.send(waiting).is_err() {
            return;
        }
        for part in request.into_parts() {
            // The reading side sees the same end, and says why.
            if socket.write_all(&part).await.is_err() {
                return;
            }
        }
    }
}

/// Hands replies to whoever waits for them, until the link is down.
async fn receive(
    mut socket: OwnedReadHalf,
    mut waiting: mpsc::UnboundedReceiver<Waiting>,
    response_timeout: Duration,
    down: Arc<OnceLock<LinkError>>,
) {
    let mut decoder = Decoder::default();
    while let Some(mut next) = waiting.recv().await {
        let replies = collect(&mut socket, &mut decoder, &mut next, response_timeout).await;
        if let Err(error) = replies {
            // Before anybody who waits is dropped, so that they find the reason.
            down.set(error).ok();
            return;
        }
        // Nobody waits any more when a job was ended at once.
        next.answer.send(next.replies).ok();
    }
}

async fn collect(
    socket: &mut OwnedReadHalf,
    decoder: &mut Decoder,
    waiting: &mut Waiting,
    response_timeout: Duration,
) -> Result<(), LinkError> {
    loop {
        while let Some(reply) = decoder.next().map_err(|error| LinkError::Malformed(error.to_string()))? {
            waiting.replies.push(reply);
            waiting.missing -= 1;
            if waiting.missing == 0 {
                return Ok(());
            }
        }
        decoder.buffer.reserve(READ);
        let read = timeout(response_timeout, socket.read_buf(&mut decoder.buffer));
        match read.await {
            Err(_) => return Err(LinkError::TimedOut),
            Ok(Ok(0)) => return Err(LinkError::Lost("the server closed it".into())),
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(LinkError::Lost(error.to_string())),
        }
    }
}
