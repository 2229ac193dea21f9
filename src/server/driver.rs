//! Sends requests and receives replies on one byte stream, in both directions at the same time.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use super::Redactor;
use super::activity::Activity;
use super::byte_stream::BoxedStream;
use super::replies::{LinkError, PipelineReplies};
use crate::resp::{Commands, Decoder, Expected, Reply, Request};

/// The capacity that is reserved for reads.
const READ_CAPACITY: usize = 64 << 10;
/// More capacity is reserved when less than this is free. Replies are slices of the buffer and keep it alive, so
/// reserving allocates new memory.
const MIN_READ_CAPACITY: usize = 8 << 10;
/// The shortest and the longest time between two checks of the timeouts.
const CHECK_INTERVALS: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(500)];
/// How long to read after a write has failed: the last message of the server may explain why.
pub(super) const FINAL_READ: Duration = Duration::from_millis(500);

/// A request, and the sender for its replies.
pub(super) struct QueuedRequest {
    pub request: Request,
    pub answer: oneshot::Sender<PipelineReplies<LinkError>>,
}

/// A request that waits for its replies.
struct PendingRequest {
    expected: Expected,
    commands: Commands,
    /// The position of its first byte among all bytes that were ever queued.
    begins: u64,
    /// `None` for a keepalive `PING`.
    answer: Option<oneshot::Sender<PipelineReplies<LinkError>>>,
}

/// Drives one byte stream.
pub(super) struct Driver {
    response_timeout: Duration,
    decoder: Decoder,
    outgoing: VecDeque<Bytes>,
    /// All bytes that were ever queued, and those of them that were sent.
    queued: u64,
    sent: u64,
    /// In the order of their requests.
    waiting: VecDeque<PendingRequest>,
    /// When a byte was last sent or received.
    active: Instant,
    /// Since when the server owes a reply: the last byte of the oldest request was sent, and none was received.
    owes_since: Instant,
    activity: Arc<Activity>,
    redactor: Arc<Redactor>,
}

impl Driver {
    pub fn new(response_timeout: Duration, activity: Arc<Activity>, redactor: Arc<Redactor>) -> Self {
        let (outgoing, waiting) = (VecDeque::new(), VecDeque::new());
        let (decoder, active, owes_since) = (Decoder::default(), Instant::now(), Instant::now());
        Self {
            response_timeout,
            decoder,
            outgoing,
            queued: 0,
            sent: 0,
            waiting,
            active,
            owes_since,
            activity,
            redactor,
        }
    }

    /// Sends and receives until the link is dropped, or the stream fails. Sending never blocks receiving: otherwise
    /// client and server could wait for each other.
    pub async fn run(
        &mut self,
        stream: BoxedStream,
        queue: &mut mpsc::Receiver<QueuedRequest>,
    ) -> Result<(), LinkError> {
        let (mut incoming, mut outgoing) = tokio::io::split(stream);
        let timer = sleep_until(self.next_check());
        tokio::pin!(timer);
        loop {
            self.reserve_capacity();
            self.activity.record((!self.waiting.is_empty()).then_some(self.owes_since));
            tokio::select! {
                biased;
                sent = send(&mut outgoing, &mut self.outgoing), if !self.outgoing.is_empty() => match sent {
                    Ok(bytes) => self.has_sent(bytes),
                    Err(error) => return Err(self.read_final_replies(incoming, &error).await),
                },
                read = incoming.read_buf(&mut self.decoder.buffer) => self.received(read)?,
                queued = queue.recv(), if self.outgoing.is_empty() => match queued {
                    Some(QueuedRequest { request, answer }) => self.begin(request, Some(answer)),
                    None => return Ok(()),
                },
                () = &mut timer => {
                    self.check_activity()?;
                    timer.as_mut().reset(self.next_check());
                }
            }
        }
    }

    fn reserve_capacity(&mut self) {
        if self.decoder.buffer.capacity() - self.decoder.buffer.len() < MIN_READ_CAPACITY {
            self.decoder.buffer.reserve(READ_CAPACITY);
        }
    }

    /// Records that bytes were sent. Further requests are no sign that the server answers the oldest one.
    fn has_sent(&mut self, bytes: usize) {
        let oldest_ends = self.waiting.get(1).map_or(self.queued, |next| next.begins);
        let was_sent = self.sent >= oldest_ends;
        self.sent += bytes as u64;
        self.active = Instant::now();
        if !was_sent {
            self.owes_since = self.active;
        }
    }

    /// Handles the result of a read.
    fn received(&mut self, read: io::Result<usize>) -> Result<(), LinkError> {
        match read {
            Ok(0) => Err(LinkError::Closed(String::new())),
            Ok(_) => self.deliver_replies(),
            Err(error) => Err(self.closed(&error)),
        }
    }

    fn closed(&self, error: &io::Error) -> LinkError {
        let says_no_more = matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof);
        LinkError::Closed(if says_no_more { String::new() } else { self.redactor.text(error.to_string().as_bytes()) })
    }

    /// Reads what the server sent before it closed the connection: replies, and maybe the reason.
    async fn read_final_replies(&mut self, mut incoming: ReadHalf<BoxedStream>, error: &io::Error) -> LinkError {
        let read_on = async {
            loop {
                self.reserve_capacity();
                let read = incoming.read_buf(&mut self.decoder.buffer).await;
                if let Err(error) = self.received(read) {
                    return error;
                }
            }
        };
        match timeout(FINAL_READ, read_on).await {
            Ok(why @ (LinkError::ClosedByServer(_) | LinkError::Malformed(_))) => why,
            Ok(_) | Err(_) => self.closed(error),
        }
    }

    /// Queues the bytes of a request.
    fn begin(&mut self, request: Request, answer: Option<oneshot::Sender<PipelineReplies<LinkError>>>) {
        if self.waiting.is_empty() {
            (self.active, self.owes_since) = (Instant::now(), Instant::now());
        }
        let (parts, commands, expected) = request.into_parts();
        self.waiting.push_back(PendingRequest { expected, commands, begins: self.queued, answer });
        for part in parts.filter(|part| !part.is_empty()) {
            self.queued += part.len() as u64;
            self.outgoing.push_back(part);
        }
    }

    /// Passes decoded replies to the requests that wait for them.
    fn deliver_replies(&mut self) -> Result<(), LinkError> {
        (self.active, self.owes_since) = (Instant::now(), Instant::now());
        self.decoder.longest = self.activity.longest_reply();
        while let Some(mut reply) = self.next_reply()? {
            if std::mem::take(&mut self.decoder.has_text) {
                self.redactor.clean(&mut reply);
            }
            let Some(next) = self.waiting.front_mut() else {
                return Err(match reply.error() {
                    Some(message) => LinkError::ClosedByServer(message),
                    None => LinkError::Malformed(format!("{} that answers no command", reply.kind())),
                });
            };
            next.expected.accept(reply).map_err(|shifted| LinkError::Malformed(shifted.to_string()))?;
            if next.expected.is_complete()
                && let Some(PendingRequest { expected, answer: Some(answer), .. }) = self.waiting.pop_front()
            {
                let replies = expected.into_replies();
                let sent = replies.len();
                // If the job was stopped at once, the receiver was dropped.
                answer.send(PipelineReplies { replies, sent, error: None }).ok();
            }
        }
        Ok(())
    }

    fn next_reply(&mut self) -> Result<Option<Reply>, LinkError> {
        // Most replies are those of transactions.
        if let Some(PendingRequest { expected, .. }) = self.waiting.front_mut() {
            while let Some(usual) = expected.usual() {
                match self.decoder.skip(usual) {
                    0 => break,
                    skipped => expected.accept_usual(skipped),
                }
            }
        }
        self.decoder.next_reply().map_err(|error| LinkError::Malformed(error.to_string()))
    }

    /// Ends all waiting requests with the replies that have arrived, and the error.
    pub fn fail_all(&mut self, error: &LinkError) {
        for PendingRequest { expected, commands, begins, answer } in self.waiting.drain(..) {
            let Some(answer) = answer else { continue };
            let bytes = usize::try_from(self.sent.saturating_sub(begins)).unwrap_or(usize::MAX);
            // A command that has a reply was sent.
            let sent = commands.complete_in(bytes).max(expected.count());
            let replies = if error.is_loss() { expected.into_replies() } else { expected.into_framed() };
            answer.send(PipelineReplies { replies, sent, error: Some(error.clone()) }).ok();
        }
    }

    /// The longest time without activity: while replies are due, or while the connection is idle.
    fn inactivity_limit(&self) -> Duration {
        if self.waiting.is_empty() { self.activity.keepalive() } else { self.response_timeout }
    }

    /// When to check for inactivity. Resetting the timer at every byte would be slow, so it is reset only after it
    /// fires. It fires early enough for a request that begins in between.
    fn next_check(&self) -> Instant {
        let [shortest, longest] = CHECK_INTERVALS;
        let step = self.response_timeout.clamp(shortest, longest);
        (self.active + self.inactivity_limit()).min(Instant::now() + step)
    }

    fn check_activity(&mut self) -> Result<(), LinkError> {
        if self.active.elapsed() < self.inactivity_limit() {
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

/// Writes the first part, or as much of it as the stream accepts now.
async fn send(stream: &mut (impl AsyncWriteExt + Unpin), parts: &mut VecDeque<Bytes>) -> io::Result<usize> {
    let Some(part) = parts.front_mut() else { return Ok(0) };
    let sent = stream.write(part).await?;
    part.advance(sent);
    if part.is_empty() {
        parts.pop_front();
    }
    Ok(sent)
}
