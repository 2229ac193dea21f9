//! A RESP2 connection over one byte stream.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::Redactor;
use super::activity::Activity;
use super::byte_stream::BoxedStream;
use super::driver::{Driver, QueuedRequest};
use super::replies::{LinkError, PipelineReplies};
use crate::budget::REQUESTS_WAITING;
use crate::resp::{Framing, Request};

/// A RESP2 connection. Replies arrive in the order of the requests; several requests may be in flight.
#[derive(Debug)]
pub struct Link {
    requests: mpsc::Sender<QueuedRequest>,
    /// The command of the frames; `None` during the login.
    pub framing: Option<Framing>,
    /// Why the link is down; set once, before waiting requests receive the error.
    down: Arc<OnceLock<LinkError>>,
}

impl Link {
    /// Starts a task that drives an open stream. See [`LinkError::TimedOut`] for `response_timeout`.
    pub fn new(
        stream: BoxedStream,
        response_timeout: Duration,
        activity: Arc<Activity>,
        redactor: Arc<Redactor>,
    ) -> Self {
        let (requests, mut queue) = mpsc::channel(REQUESTS_WAITING);
        let down = Arc::new(OnceLock::new());
        let reason = Arc::clone(&down);
        tokio::spawn(async move {
            let mut driver = Driver::new(response_timeout, activity, redactor);
            if let Err(error) = driver.run(stream, &mut queue).await {
                reason.set(error.clone()).ok();
                driver.fail_all(&error);
                queue.close();
                while let Some(queued) = queue.recv().await {
                    queued.answer.send(PipelineReplies::not_sent(error.clone())).ok();
                }
            }
        });
        Self { requests, framing: None, down }
    }

    /// Whether the connection was lost.
    pub fn is_down(&self) -> bool {
        self.down.get().is_some()
    }

    /// Sends a request, with a frame at its end, and waits for its replies: one for each command, unless the link goes
    /// down.
    pub async fn ask(&self, mut request: Request) -> PipelineReplies<LinkError> {
        if request.count() == 0 {
            return PipelineReplies { replies: Vec::new(), sent: 0, error: None };
        }
        if let Some(framing) = self.framing {
            request.frame(framing);
        }
        let (answer, answered) = oneshot::channel();
        if self.requests.send(QueuedRequest { request, answer }).await.is_ok()
            && let Ok(answered) = answered.await
        {
            return answered;
        }
        PipelineReplies::not_sent(self.down.get().cloned().unwrap_or_else(|| LinkError::Closed(String::new())))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;
    use crate::server::activity::Watched;

    const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

    /// A link, and the server's side of its stream, which buffers `room` bytes.
    fn link(room: usize) -> (Link, DuplexStream) {
        let (client, server) = duplex(room);
        (Link::new(Box::new(client), Duration::from_secs(10), Watched::default().add(), Arc::default()), server)
    }

    fn pings(count: usize) -> Request {
        let mut request = Request::default();
        for _ in 0..count {
            request.command(&[b"PING"]);
        }
        request
    }

    #[tokio::test]
    async fn replies_that_arrived_before_the_disconnection_count() {
        let (link, mut server) = link(1 << 20);
        let serve = async {
            server.read_exact(&mut [0; 5 * PING.len()]).await.unwrap();
            server.write_all(b"+PONG\r\n+PONG\r\n").await.unwrap();
            drop(server);
        };
        let (answered, ()) = tokio::join!(link.ask(pings(5)), serve);
        assert_eq!((answered.replies.len(), answered.sent), (2, 5));
        assert_eq!(answered.error, Some(LinkError::Closed(String::new())));
    }

    #[tokio::test]
    async fn a_command_counts_as_sent_when_its_last_byte_was_sent() {
        let (link, mut server) = link(2 * PING.len() + 3);
        let serve = async {
            server.read_exact(&mut [0; PING.len()]).await.unwrap();
            server.write_all(b"+PONG\r\n").await.unwrap();
            // After one command was read, the stream buffers two more and a part of a third.
            tokio::time::sleep(Duration::from_millis(50)).await;
            drop(server);
        };
        let (first, second, ()) = tokio::join!(link.ask(pings(5)), link.ask(pings(1)), serve);
        assert_eq!((first.replies.len(), first.sent, first.error.is_some()), (1, 3, true));
        assert_eq!((second.replies.len(), second.sent, second.error.is_some()), (0, 0, true));
        assert_eq!(link.ask(pings(1)).await.sent, 0);
    }

    #[tokio::test]
    async fn an_error_that_answers_no_command_is_the_reason_for_the_disconnection() {
        let (link, mut server) = link(1 << 20);
        server.write_all(b"-ERR max number of clients reached\r\n").await.unwrap();
        tokio::task::yield_now().await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let answered = link.ask(pings(1)).await;
        assert_eq!(answered.error, Some(LinkError::ClosedByServer("ERR max number of clients reached".into())));
    }

    /// The text of the frame at the end of a pipeline that the server has received.
    async fn frame(server: &mut DuplexStream, before: usize) -> Vec<u8> {
        let mut bytes = vec![0; before + b"*2\r\n$4\r\nPING\r\n$16\r\n0123456789abcdef\r\n".len()];
        server.read_exact(&mut bytes).await.unwrap();
        bytes.split_off(bytes.len() - 18)
    }

    #[tokio::test]
    async fn no_reply_is_delivered_before_the_frame_of_its_pipeline() {
        let (mut link, mut server) = link(1 << 20);
        link.framing = Some(Framing::Ping);
        let serve = async {
            let text = frame(&mut server, 2 * PING.len()).await;
            server.write_all(&[b"+PONG\r\n+PONG\r\n$16\r\n", &text[..]].concat()).await.unwrap();
            frame(&mut server, 2 * PING.len()).await;
            server.write_all(b"+PONG\r\n+PONG\r\n+PONG\r\n").await.unwrap();
            server
        };
        let asked = async { (link.ask(pings(2)).await, link.ask(pings(2)).await) };
        let ((first, second), server) = tokio::join!(asked, serve);
        assert_eq!((first.replies.len(), first.error), (2, None));
        assert_eq!((second.replies.len(), second.sent), (0, 2));
        assert!(matches!(second.error, Some(LinkError::Malformed(_))));
        assert!(matches!(link.ask(pings(1)).await.error, Some(LinkError::Malformed(_))));
        drop(server);
    }

    #[tokio::test]
    async fn if_replies_stop_only_those_before_a_frame_count() {
        let (client, mut server) = duplex(1 << 20);
        let mut link =
            Link::new(Box::new(client), Duration::from_millis(200), Watched::default().add(), Arc::default());
        link.framing = Some(Framing::Ping);
        let serve = async {
            frame(&mut server, 2 * PING.len()).await;
            server.write_all(b"+PONG\r\n").await.unwrap();
        };
        let (answered, ()) = tokio::join!(link.ask(pings(2)), serve);
        assert_eq!((answered.replies.len(), answered.sent, answered.error), (0, 2, Some(LinkError::TimedOut)));
    }
}
