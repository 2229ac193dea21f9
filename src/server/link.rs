//! A connection that speaks RESP2 over one byte stream.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::answered::{Answered, LinkError};
use super::dial::Stream;
use super::line::{Job, Line};
use crate::budget::REQUESTS_WAITING;
use crate::resp::Request;

/// A connection that speaks RESP2. Requests are answered in order; several may be in flight.
#[derive(Debug)]
pub struct Link {
    jobs: mpsc::Sender<Job>,
    /// Why the link is down; set once, before the requests that wait get their answers.
    down: Arc<OnceLock<LinkError>>,
}

impl Link {
    /// Speaks over an open stream; `response_timeout` is how long nothing may move while a reply is due.
    pub fn over(stream: Stream, response_timeout: Duration) -> Self {
        let (jobs, mut to_do) = mpsc::channel(REQUESTS_WAITING);
        let down = Arc::new(OnceLock::new());
        let reason = Arc::clone(&down);
        tokio::spawn(async move {
            let mut line = Line::new(response_timeout);
            if let Err(error) = line.serve(stream, &mut to_do).await {
                reason.set(error.clone()).ok();
                line.answer_all(&error);
                to_do.close();
                while let Some(job) = to_do.recv().await {
                    job.answer.send(not_sent(error.clone())).ok();
                }
            }
        });
        Self { jobs, down }
    }

    /// Sends a request and waits for its replies; as many as it has commands, unless the link goes down.
    pub async fn ask(&self, request: Request) -> Answered<LinkError> {
        if request.count() == 0 {
            return Answered { replies: Vec::new(), sent: 0, lost: None };
        }
        let (answer, answered) = oneshot::channel();
        if self.jobs.send(Job { request, answer }).await.is_ok()
            && let Ok(answered) = answered.await
        {
            return answered;
        }
        not_sent(self.down.get().cloned().unwrap_or_else(|| LinkError::Lost("closed".into())))
    }
}

fn not_sent(error: LinkError) -> Answered<LinkError> {
    Answered { replies: Vec::new(), sent: 0, lost: Some(error) }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

    /// A link, and the server's side of its stream, which takes so many bytes before it is read.
    fn link(room: usize) -> (Link, DuplexStream) {
        let (ours, theirs) = duplex(room);
        (Link::over(Box::new(ours), Duration::from_secs(10)), theirs)
    }

    fn pings(count: usize) -> Request {
        let mut request = Request::default();
        for _ in 0..count {
            request.command(&[b"PING"]);
        }
        request
    }

    #[tokio::test]
    async fn replies_that_arrived_before_the_connection_was_lost_count() {
        let (link, mut server) = link(1 << 20);
        let serve = async {
            server.read_exact(&mut [0; 5 * PING.len()]).await.unwrap();
            server.write_all(b"+PONG\r\n+PONG\r\n").await.unwrap();
            drop(server);
        };
        let (answered, ()) = tokio::join!(link.ask(pings(5)), serve);
        assert_eq!((answered.replies.len(), answered.sent), (2, 5));
        assert_eq!(answered.lost, Some(LinkError::Lost("the server closed it".into())));
    }

    #[tokio::test]
    async fn a_command_that_was_not_sent_to_its_last_byte_does_not_count_as_sent() {
        let (link, mut server) = link(2 * PING.len() + 3);
        let serve = async {
            server.read_exact(&mut [0; PING.len()]).await.unwrap();
            server.write_all(b"+PONG\r\n").await.unwrap();
            // Beside the one that was read, two commands and a part of a third fit into the stream.
            tokio::time::sleep(Duration::from_millis(50)).await;
            drop(server);
        };
        let (first, second, ()) = tokio::join!(link.ask(pings(5)), link.ask(pings(1)), serve);
        assert_eq!((first.replies.len(), first.sent, first.lost.is_some()), (1, 3, true));
        assert_eq!((second.replies.len(), second.sent, second.lost.is_some()), (0, 0, true));
        assert_eq!(link.ask(pings(1)).await.sent, 0);
    }

    #[tokio::test]
    async fn an_error_that_answers_no_command_is_why_the_server_hung_up() {
        let (link, mut server) = link(1 << 20);
        server.write_all(b"-ERR max number of clients reached\r\n").await.unwrap();
        tokio::task::yield_now().await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let answered = link.ask(pings(1)).await;
        assert_eq!(answered.lost, Some(LinkError::HungUp("ERR max number of clients reached".into())));
    }
}
