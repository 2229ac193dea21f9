//! One socket, with requests going out and replies coming in at the same time.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::dial::Stream;
use crate::resp::{Decoder, Reply, Request};

/// Room that is made for reads, at a time.
const READ: usize = 64 << 10;
/// The least room to read into. What was read is handed out as slices and keeps its room, so that is made anew
/// when it is used up, and not before.
const LEAST: usize = 8 << 10;
/// Requests that wait while one is being sent.
const REQUESTS_AHEAD: usize = 4;
/// Silence after which the server is told that we are still there: servers and what stands between
/// forget those who say nothing, and a job that is gentle says nothing for long.
const SILENCE: Duration = Duration::from_secs(5);
/// Time between two looks whether something has moved, at least.
const SHORTEST_STEP: Duration = Duration::from_millis(50);

/// Why there is no reply.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum LinkError {
    /// The connection is gone.
    #[error("{0}")]
    Lost(String),
    /// Replies are due, and for as long as was to be waited nothing came, and nothing was taken from us.
    #[error("no answer")]
    TimedOut,
    /// What came is not RESP.
    #[error("{0}")]
    Malformed(String),
}

/// A connection that speaks RESP2. Requests are answered in order; several may be on their way.
#[derive(Debug)]
pub struct Link {
    jobs: mpsc::Sender<Job>,
    /// Why the link is down; set once, before those who wait are dropped.
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
    answer: Option<oneshot::Sender<Vec<Reply>>>,
}

impl Link {
    /// Speaks over an open stream; `response_timeout` is how long nothing may move while a reply is due.
    pub fn over(stream: Stream, response_timeout: Duration) -> Self {
        let (jobs, to_do) = mpsc::channel(REQUESTS_AHEAD);
        let down = Arc::new(OnceLock::new());
        let reason = Arc::clone(&down);
        tokio::spawn(async move {
            if let Err(error) = Line::new(response_timeout).serve(stream, to_do).await {
                reason.set(error).ok();
            }
        });
        Self { jobs, down }
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
        let waiting = Waiting { replies: Vec::with_capacity(missing), missing, answer: Some(answer) };
        let sent = self.jobs.send(Job { request, waiting }).await;
        let answered = if sent.is_ok() { answered.await.ok() } else { None };
        answered.ok_or_else(|| self.down.get().cloned().unwrap_or_else(|| LinkError::Lost("closed".into())))
    }
}

/// What is on its way on a socket, in both directions.
struct Line {
    response_timeout: Duration,
    decoder: Decoder,
    outgoing: VecDeque<Bytes>,
    /// In the order of their requests.
    waiting: VecDeque<Waiting>,
    /// When something moved last, in whichever direction.
    moved: Instant,
}

impl Line {
    fn new(response_timeout: Duration) -> Self {
        let (outgoing, waiting) = (VecDeque::new(), VecDeque::new());
        Self { response_timeout, decoder: Decoder::default(), outgoing, waiting, moved: Instant::now() }
    }

    /// Sends and receives until nobody can ask any more, or the link is down. Both directions go on in turn,
    /// so that neither end waits for the other to read.
    async fn serve(mut self, stream: Stream, mut jobs: mpsc::Receiver<Job>) -> Result<(), LinkError> {
        let (mut incoming, mut outgoing) = tokio::io::split(stream);
        let alarm = sleep_until(self.next_alarm());
        tokio::pin!(alarm);
        loop {
            if self.decoder.buffer.capacity() - self.decoder.buffer.len() < LEAST {
                self.decoder.buffer.reserve(READ);
            }
            tokio::select! {
                biased;
                sent = send(&mut outgoing, &mut self.outgoing), if !self.outgoing.is_empty() => {
                    sent.map_err(|error| LinkError::Lost(error.to_string()))?;
                    self.moved = Instant::now();
                }
                read = incoming.read_buf(&mut self.decoder.buffer) => match read {
                    Ok(0) => return Err(LinkError::Lost("the server closed it".into())),
                    Ok(_) => self.hand_out()?,
                    Err(error) => return Err(LinkError::Lost(error.to_string())),
                },
                job = jobs.recv(), if self.outgoing.is_empty() => match job {
                    Some(job) => self.begin(job),
                    None => return Ok(()),
                },
                () = &mut alarm => {
                    self.ring()?;
                    alarm.as_mut().reset(self.next_alarm());
                }
            }
        }
    }

    /// Announces who waits, and queues what is to be sent.
    fn begin(&mut self, Job { request, waiting }: Job) {
        if self.waiting.is_empty() {
            self.moved = Instant::now();
        }
        self.waiting.push_back(waiting);
        self.outgoing.extend(request.into_parts().filter(|part| !part.is_empty()));
    }

    /// Hands replies that have arrived to whoever waits for them.
    fn hand_out(&mut self) -> Result<(), LinkError> {
        self.moved = Instant::now();
        while let Some(reply) = self.decoder.next_reply().map_err(|error| LinkError::Malformed(error.to_string()))? {
            let next = self.waiting.front_mut().ok_or_else(|| LinkError::Malformed("a reply to nothing".into()))?;
            next.replies.push(reply);
            next.missing -= 1;
            if next.missing == 0
                && let Some(Waiting { replies, answer: Some(answer), .. }) = self.waiting.pop_front()
            {
                // Nobody waits any more when a job was ended at once.
                answer.send(replies).ok();
            }
        }
        Ok(())
    }

    /// How long nothing may move: while replies are due, and while none are.
    fn patience(&self) -> Duration {
        if self.waiting.is_empty() { SILENCE } else { self.response_timeout }
    }

    /// When to look whether something has moved. The alarm is not set anew at every move: it rings, sees
    /// that something has, and rings later. Early enough for a request that begins in between.
    fn next_alarm(&self) -> Instant {
        let step = self.response_timeout.clamp(SHORTEST_STEP, SILENCE);
        (self.moved + self.patience()).min(Instant::now() + step)
    }

    fn ring(&mut self) -> Result<(), LinkError> {
        if self.moved.elapsed() < self.patience() {
            return Ok(());
        }
        if !self.waiting.is_empty() {
            return Err(LinkError::TimedOut);
        }
        let mut request = Request::default();
        request.command(&[b"PING"]);
        self.begin(Job { request, waiting: Waiting { replies: Vec::new(), missing: 1, answer: None } });
        Ok(())
    }
}

/// Sends what the socket takes now.
async fn send(socket: &mut (impl AsyncWriteExt + Unpin), parts: &mut VecDeque<Bytes>) -> io::Result<()> {
    let Some(part) = parts.front_mut() else { return Ok(()) };
    let sent = socket.write(part).await?;
    part.advance(sent);
    if part.is_empty() {
        parts.pop_front();
    }
    Ok(())
}
