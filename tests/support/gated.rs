//! A connection through a [`Gate`](super::Gate).

use std::collections::VecDeque;
use std::io::{BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::gate::Shared;
use super::raw::{read_reply, read_request};

/// Commands with such keys only check permissions. They are not counted.
const CHECKED: &[u8] = b"redis-keys-migrator:";

/// A connection of the client, and its connection to the server.
pub(super) struct Connection {
    shared: Arc<Shared>,
    client: Arc<TcpStream>,
    server: Arc<TcpStream>,
    /// The requests that have no reply yet.
    due: Mutex<VecDeque<Request>>,
    /// A reply was not forwarded, so no later one may be: the client would take it for the missing one.
    is_silent: AtomicBool,
    /// The same for a command that the server did not receive.
    has_refused: AtomicBool,
    /// It was opened after the cut: everything is forwarded.
    is_late: bool,
}

/// A command, as the gate sees it.
enum Request {
    /// A counted command, with its number.
    Counted(u64),
    Select(String),
    Other,
}

impl Connection {
    /// Begins to forward. `is_late` if the connection was opened after the cut.
    pub(super) fn open(shared: Arc<Shared>, client: Arc<TcpStream>, server: Arc<TcpStream>, is_late: bool) {
        let connection = Arc::new(Self {
            shared,
            client,
            server,
            due: Mutex::default(),
            is_silent: AtomicBool::new(false),
            has_refused: AtomicBool::new(false),
            is_late,
        });
        let replies = Arc::clone(&connection);
        thread::spawn(move || replies.pass_replies());
        thread::spawn(move || connection.pass_requests());
    }

    fn pass_requests(&self) {
        let mut from = BufReader::new(&*self.client);
        // Ends when the client closes the connection or the gate resets it.
        while let Ok((words, bytes)) = read_request(&mut from) {
            if let Some(request) = self.admit(&words) {
                self.due.lock().unwrap_or_else(PoisonError::into_inner).push_back(request);
                // If the server is disconnected, the client notices it at the replies.
                let _ = (&*self.server).write_all(&bytes);
            }
        }
        // The server executes what it has received, and then closes its direction, too.
        drop(self.server.shutdown(Shutdown::Write));
        self.end_direction();
    }

    fn end_direction(&self) {
        self.shared.lock().open -= 1;
        self.shared.changed.notify_all();
    }

    /// Counts a command. Returns `None` if the server does not receive it.
    fn admit(&self, words: &[Vec<u8>]) -> Option<Request> {
        if self.is_late {
            return Some(Request::Other);
        }
        let shared = &self.shared;
        let name = String::from_utf8_lossy(&words[0]).to_ascii_uppercase();
        let mut seen = shared.lock();
        let request = if name == shared.command && !words[1].starts_with(CHECKED) {
            seen.sent += 1;
            if seen.sent > shared.replies {
                seen.unanswered.push(words[1].clone());
            }
            Request::Counted(seen.sent)
        } else if name == "SELECT" {
            Request::Select(String::from_utf8_lossy(&words[1]).into_owned())
        } else {
            Request::Other
        };
        if let Request::Counted(number) = request {
            let held = shared.changed.wait_while(seen, |seen| seen.held && !seen.has_cut());
            seen = held.unwrap_or_else(PoisonError::into_inner);
            shared.cut_if_due(&mut seen);
            let is_admitted = shared.passes_all || number <= shared.replies;
            self.has_refused.fetch_or(!is_admitted, Ordering::AcqRel);
            return is_admitted.then_some(request);
        }
        (!seen.has_cut() && !self.has_refused.load(Ordering::Acquire)).then_some(request)
    }

    fn pass_replies(&self) {
        let mut from = BufReader::new(&*self.server);
        while let Ok(bytes) = read_reply(&mut from) {
            let request = self.due.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            match request {
                _ if self.is_silent.load(Ordering::Acquire) => {}
                Some(Request::Counted(number)) if number > self.shared.replies => {
                    self.is_silent.store(true, Ordering::Release);
                }
                Some(Request::Counted(_)) => {
                    self.pass(&bytes);
                    let mut seen = self.shared.lock();
                    seen.replied += 1;
                    self.shared.cut_if_due(&mut seen);
                }
                Some(Request::Select(index)) if bytes.starts_with(b"-") => {
                    self.pass(&bytes);
                    self.shared.lock().refused_databases.push(index);
                    self.shared.changed.notify_all();
                }
                _ => self.pass(&bytes),
            }
        }
        self.end_direction();
    }

    /// Forwards a reply, unless the connection was cut: a reset comes a moment later, and no reply may come out of
    /// order.
    fn pass(&self, bytes: &[u8]) {
        if self.is_late || !self.shared.lock().has_cut() {
            // The client may have closed it already.
            let _ = (&*self.client).write_all(bytes);
        }
    }
}
