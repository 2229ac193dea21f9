//! A connection through a [`Gate`](super::Gate).

use std::collections::VecDeque;
use std::io::{BufReader, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::gate::{Seen, Shared};
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
    in_transaction: AtomicBool,
    /// How many counted commands the current transaction contains.
    queued: AtomicU64,
}

/// A command, as the gate sees it.
enum Request {
    /// A counted command, with its number. An `EXEC` is so many counted commands, and has the number of the last one.
    Counted {
        number: u64,
        count: u64,
    },
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
            in_transaction: AtomicBool::new(false),
            queued: AtomicU64::new(0),
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
        let request = self.seen_as(&name, words, &mut seen);
        if let Request::Counted { number, .. } = request {
            let held = shared.changed.wait_while(seen, |seen| seen.held && !seen.has_cut());
            seen = held.unwrap_or_else(PoisonError::into_inner);
            shared.cut_if_due(&mut seen);
            let is_admitted = shared.passes_all || number <= seen.limit;
            self.has_refused.fetch_or(!is_admitted, Ordering::AcqRel);
            return is_admitted.then_some(request);
        }
        (!seen.has_cut() && !self.has_refused.load(Ordering::Acquire)).then_some(request)
    }

    /// Counts a command. The replies to the commands of a transaction arrive together, with `EXEC`: it is forwarded if all
    /// of them may be.
    fn seen_as(&self, name: &str, words: &[Vec<u8>], seen: &mut Seen) -> Request {
        let is_in_transaction = self.in_transaction.load(Ordering::Acquire);
        match name {
            "MULTI" => self.in_transaction.store(true, Ordering::Release),
            "EXEC" => {
                self.in_transaction.store(false, Ordering::Release);
                let count = self.queued.swap(0, Ordering::AcqRel);
                if count > 0 {
                    let number = seen.sent;
                    seen.limit = if number > seen.limit { seen.limit.min(number - count) } else { seen.limit };
                    return Request::Counted { number, count };
                }
            }
            "SELECT" => return Request::Select(String::from_utf8_lossy(&words[1]).into_owned()),
            _ if name == self.shared.command && !words[1].starts_with(CHECKED) => {
                seen.sent += 1;
                if seen.sent > seen.limit {
                    seen.unanswered.push(words[1].clone());
                }
                if !is_in_transaction {
                    return Request::Counted { number: seen.sent, count: 1 };
                }
                self.queued.fetch_add(1, Ordering::AcqRel);
            }
            _ => {}
        }
        Request::Other
    }

    fn pass_replies(&self) {
        let mut from = BufReader::new(&*self.server);
        while let Ok(bytes) = read_reply(&mut from) {
            let request = self.due.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            match request {
                _ if self.is_silent.load(Ordering::Acquire) => {}
                Some(Request::Counted { number, .. }) if number > self.shared.lock().limit => {
                    self.is_silent.store(true, Ordering::Release);
                }
                Some(Request::Counted { count, .. }) => {
                    self.pass(&bytes);
                    let mut seen = self.shared.lock();
                    seen.replied += count;
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
