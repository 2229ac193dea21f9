//! What is in flight on one byte stream, in both directions at the same time.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use super::answered::{Answered, LinkError};
use super::dial::Stream;
use crate::resp::{Commands, Decoder, Reply, Request};

/// Room that is made for reads, at a time.
const READ: usize = 64 << 10;
/// The least room to read into. What was read is returned as slices and keeps its room, so new room is made when it is
/// used up, and not before.
const LEAST: usize = 8 << 10;
/// Silence after which the server is sent a `PING`: servers and what stands between forget an idle connection, and a
/// job with pauses is idle for long.
const SILENCE: Duration = Duration::from_secs(5);
/// The shortest time between two looks whether something has moved.
const SHORTEST_STEP: Duration = Duration::from_millis(50);
/// How long to read on after a write has failed: the server's last message may explain why.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A request, and where its answer goes.
pub(super) struct Job {
    pub request: Request,
    pub answer: oneshot::Sender<Answered<LinkError>>,
}

/// A request that was begun.
struct Waiting {
    replies: Vec<Reply>,
    commands: Commands,
    /// Where its first byte is in all that was ever queued.
    begins: u64,
    /// `None` for a `PING` of our own.
    answer: Option<oneshot::Sender<Answered<LinkError>>>,
}

/// What is in flight on a stream, in both directions.
pub(super) struct Line {
    response_timeout: Duration,
    decoder: Decoder,
    outgoing: VecDeque<Bytes>,
    /// Bytes that were queued, and bytes that were sent, since the beginning.
    queued: u64,
    sent: u64,
    /// In the order of their requests.
    waiting: VecDeque<Waiting>,
    /// When something moved last, in whichever direction.
    moved: Instant,
}

impl Line {
    pub fn new(response_timeout: Duration) -> Self {
        let (outgoing, waiting) = (VecDeque::new(), VecDeque::new());
        let (decoder, moved) = (Decoder::default(), Instant::now());
        Self { response_timeout, decoder, outgoing, queued: 0, sent: 0, waiting, moved }
    }

    /// Sends and receives until no more requests can come, or the link is down. Both directions go on in turn, so that
    /// neither side waits for the other to read.
    pub async fn serve(&mut self, stream: Stream, jobs: &mut mpsc::Receiver<Job>) -> Result<(), LinkError> {
        let (mut incoming, mut outgoing) = tokio::io::split(stream);
        let alarm = sleep_until(self.next_alarm());
        tokio::pin!(alarm);
        loop {
            self.make_room();
            tokio::select! {
                biased;
                sent = send(&mut outgoing, &mut self.outgoing), if !self.outgoing.is_empty() => match sent {
                    Ok(bytes) => {
                        self.sent += bytes as u64;
                        self.moved = Instant::now();
                    }
                    Err(error) => return Err(self.last_words(incoming, &error).await),
                },
                read = incoming.read_buf(&mut self.decoder.buffer) => self.received(read)?,
                job = jobs.recv(), if self.outgoing.is_empty() => match job {
                    Some(Job { request, answer }) => self.begin(request, Some(answer)),
                    None => return Ok(()),
                },
                () = &mut alarm => {
                    self.ring()?;
                    alarm.as_mut().reset(self.next_alarm());
                }
            }
        }
    }

    fn make_room(&mut self) {
        if self.decoder.buffer.capacity() - self.decoder.buffer.len() < LEAST {
            self.decoder.buffer.reserve(READ);
        }
    }

    /// Takes replies that have arrived.
    fn received(&mut self, read: io::Result<usize>) -> Result<(), LinkError> {
        match read {
            Ok(0) => Err(LinkError::Lost("the server closed it".into())),
            Ok(_) => self.hand_out(),
            Err(error) => Err(LinkError::Lost(error.to_string())),
        }
    }

    /// Reads what the server sent before it closed its side: replies that count, and maybe why it did so.
    async fn last_words(&mut self, mut incoming: ReadHalf<Stream>, error: &io::Error) -> LinkError {
        let read_on = async {
            loop {
                self.make_room();
                let read = incoming.read_buf(&mut self.decoder.buffer).await;
                if let Err(error) = self.received(read) {
                    return error;
                }
            }
        };
        match timeout(LAST_WORDS, read_on).await {
            Ok(why @ (LinkError::HungUp(_) | LinkError::Malformed(_))) => why,
            Ok(_) | Err(_) => LinkError::Lost(error.to_string()),
        }
    }

    /// Notes where the answer goes, and queues what is to be sent.
    fn begin(&mut self, request: Request, answer: Option<oneshot::Sender<Answered<LinkError>>>) {
        if self.waiting.is_empty() {
            self.moved = Instant::now();
        }
        let (parts, commands) = request.into_parts();
        let replies = Vec::with_capacity(commands.count());
        self.waiting.push_back(Waiting { replies, commands, begins: self.queued, answer });
        for part in parts.filter(|part| !part.is_empty()) {
            self.queued += part.len() as u64;
            self.outgoing.push_back(part);
        }
    }

    /// Gives replies that have arrived to the requests that wait for them.
    fn hand_out(&mut self) -> Result<(), LinkError> {
        self.moved = Instant::now();
        while let Some(reply) = self.decoder.next_reply().map_err(|error| LinkError::Malformed(error.to_string()))? {
            let Some(next) = self.waiting.front_mut() else {
                return Err(match reply.error() {
                    Some(message) => LinkError::HungUp(message),
                    None => LinkError::Malformed(format!("{} that answers no command", reply.kind())),
                });
            };
            next.replies.push(reply);
            if next.replies.len() == next.commands.count()
                && let Some(Waiting { replies, answer: Some(answer), .. }) = self.waiting.pop_front()
            {
                let sent = replies.len();
                // The caller does not wait any more if the job was stopped at once.
                answer.send(Answered { replies, sent, lost: None }).ok();
            }
        }
        Ok(())
    }

    /// Gives the requests that wait what there is.
    pub fn answer_all(&mut self, error: &LinkError) {
        for Waiting { replies, commands, begins, answer } in self.waiting.drain(..) {
            let Some(answer) = answer else { continue };
            let bytes = usize::try_from(self.sent.saturating_sub(begins)).unwrap_or(usize::MAX);
            // What was answered was sent, whatever the count of bytes says.
            let sent = commands.complete_in(bytes).max(replies.len());
            answer.send(Answered { replies, sent, lost: Some(error.clone()) }).ok();
        }
    }

    /// How long nothing may move: while replies are due, and while none are.
    fn patience(&self) -> Duration {
        if self.waiting.is_empty() { SILENCE } else { self.response_timeout }
    }

    /// When to look whether something has moved. The alarm is not set anew at every move: it rings, sees that something
    /// has, and rings later. Early enough for a request that begins in between.
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
        self.begin(request, None);
        Ok(())
    }
}

/// Sends what the stream takes now.
async fn send(stream: &mut (impl AsyncWriteExt + Unpin), parts: &mut VecDeque<Bytes>) -> io::Result<usize> {
    let Some(part) = parts.front_mut() else { return Ok(0) };
    let sent = stream.write(part).await?;
    part.advance(sent);
    if part.is_empty() {
        parts.pop_front();
    }
    Ok(sent)
}
