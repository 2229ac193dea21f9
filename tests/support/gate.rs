//! A server that fails at an exact command: a proxy that parses requests and replies, forwards a number of replies to
//! one command, and then ends every connection.

use std::collections::VecDeque;
use std::io::{BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use super::raw::{read_reply, read_request};

/// How long a test waits for an event at the gate.
const PATIENCE: Duration = Duration::from_secs(20);
/// Time for the client to read what has arrived before a reset, because a reset may discard it.
const BEFORE_RESET: Duration = Duration::from_millis(200);
/// Commands with such keys only check permissions. They are not counted.
const CHECKED: &[u8] = b"redis-keys-migrator:";

/// How connections end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The server closes its direction (FIN). Later bytes of the client are read, counted and dropped.
    Close,
    /// The connection is reset (RST).
    Reset,
}

/// A proxy whose connections end after a number of replies to one command.
pub struct Gate {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    to: u16,
    command: &'static str,
    /// How many replies to the command are forwarded.
    replies: u64,
    ending: Ending,
    /// Whether the server receives the commands whose replies are not forwarded.
    passes_all: bool,
    seen: Mutex<Seen>,
    changed: Condvar,
}

/// What the gate has seen.
#[derive(Default)]
struct Seen {
    /// Complete commands from the client that are counted.
    sent: u64,
    /// Replies to them that were forwarded.
    replied: u64,
    held: bool,
    /// Databases whose `SELECT` the server refused.
    refused_databases: Vec<String>,
    /// Directions of connections that have not ended.
    open: usize,
    has_cut: bool,
    clients: Vec<Arc<TcpStream>>,
}

impl Gate {
    /// Forwards a number of replies to a command (in capitals). When the client has received them and has sent one more
    /// such command, every connection ends, and every new one. The server receives no command beyond the replies.
    pub fn new(port: u16, command: &'static str, replies: u64, ending: Ending) -> Self {
        Self::open(port, command, replies, ending, false)
    }

    /// The same, but the server receives and executes everything: only the replies are lost.
    pub fn losing_replies(port: u16, command: &'static str, replies: u64) -> Self {
        Self::open(port, command, replies, Ending::Close, true)
    }

    fn open(to: u16, command: &'static str, replies: u64, ending: Ending, passes_all: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        let port = listener.local_addr().expect("its address").port();
        let (seen, changed) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { to, command, replies, ending, passes_all, seen, changed });
        let gate = Self { port, shared: Arc::clone(&shared) };
        thread::spawn(move || accept(&listener, &shared));
        gate
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Holds the counted commands until [`Gate::release`].
    pub fn hold(self) -> Self {
        self.shared.lock().held = true;
        self
    }

    /// Ends [`Gate::hold`].
    pub fn release(&self) {
        self.shared.lock().held = false;
        self.shared.changed.notify_all();
    }

    /// Waits until all connections were ended.
    #[track_caller]
    pub fn until_cut(&self) {
        self.until("the connections are cut", |seen| seen.has_cut);
    }

    /// Waits until the server has refused to select a database.
    #[track_caller]
    pub fn until_refused_database(&self, index: u16) {
        let index = index.to_string();
        self.until("the database is refused", |seen| seen.refused_databases.contains(&index));
    }

    /// How many counted commands the client has sent. Waits until all its connections have ended.
    #[track_caller]
    pub fn sent(&self) -> u64 {
        self.until("the client has closed its connections", |seen| seen.open == 0);
        self.shared.lock().sent
    }

    #[track_caller]
    fn until(&self, what: &str, condition: impl Fn(&Seen) -> bool) {
        let seen = self.shared.lock();
        let waited = self.shared.changed.wait_timeout_while(seen, PATIENCE, |seen| !condition(seen));
        let (seen, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(
            !timeout.timed_out(),
            "timed out after {PATIENCE:?} before {what}; {} sent, {} replied",
            seen.sent,
            seen.replied
        );
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let mut seen = self.shared.lock();
        seen.held = false;
        self.shared.cut(&mut seen);
        drop(seen);
        // Wakes the thread that accepts, which then ends.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all connections if the replies were forwarded and one more command has arrived.
    fn cut_if_due(&self, seen: &mut Seen) {
        if seen.replied == self.replies && seen.sent > self.replies {
            self.cut(seen);
        }
    }

    fn cut(&self, seen: &mut Seen) {
        seen.has_cut = true;
        for client in seen.clients.drain(..) {
            match self.ending {
                // The client may have closed it already.
                Ending::Close => drop(client.shutdown(Shutdown::Write)),
                Ending::Reset => reset_later(client),
            }
        }
        self.changed.notify_all();
    }
}

/// Closes a socket without FIN: its last owner's drop sends a reset.
fn reset_later(client: Arc<TcpStream>) {
    thread::spawn(move || {
        thread::sleep(BEFORE_RESET);
        SockRef::from(&*client).set_linger(Some(Duration::ZERO)).expect("an open socket");
        // Wakes the thread that reads.
        drop(client.shutdown(Shutdown::Read));
    });
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming().map_while(Result::ok) {
        if shared.lock().has_cut {
            return;
        }
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, shared.to)).expect("the server listens");
        let (client, server) = (Arc::new(client), Arc::new(server));
        client.set_nodelay(true).expect("an open socket");
        server.set_nodelay(true).expect("an open socket");
        let mut seen = shared.lock();
        seen.open += 2;
        seen.clients.push(Arc::clone(&client));
        drop(seen);
        let connection = Arc::new(Connection {
            shared: Arc::clone(shared),
            client,
            server,
            due: Mutex::default(),
            is_silent: AtomicBool::new(false),
            has_refused: AtomicBool::new(false),
        });
        let replies = Arc::clone(&connection);
        thread::spawn(move || replies.pass_replies());
        thread::spawn(move || connection.pass_requests());
    }
}

/// A connection of the client, and its connection to the server.
struct Connection {
    shared: Arc<Shared>,
    client: Arc<TcpStream>,
    server: Arc<TcpStream>,
    /// The requests that have no reply yet.
    due: Mutex<VecDeque<Request>>,
    /// A reply was not forwarded, so no later one may be: the client would take it for the missing one.
    is_silent: AtomicBool,
    /// The same for a command that the server did not receive.
    has_refused: AtomicBool,
}

/// A command, as the gate sees it.
enum Request {
    /// A counted command, with its number.
    Counted(u64),
    Select(String),
    Other,
}

impl Connection {
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
        let shared = &self.shared;
        let name = String::from_utf8_lossy(&words[0]).to_ascii_uppercase();
        let mut seen = shared.lock();
        let request = if name == shared.command && !words[1].starts_with(CHECKED) {
            seen.sent += 1;
            Request::Counted(seen.sent)
        } else if name == "SELECT" {
            Request::Select(String::from_utf8_lossy(&words[1]).into_owned())
        } else {
            Request::Other
        };
        if let Request::Counted(number) = request {
            let held = shared.changed.wait_while(seen, |seen| seen.held && !seen.has_cut);
            seen = held.unwrap_or_else(PoisonError::into_inner);
            shared.cut_if_due(&mut seen);
            let is_admitted = shared.passes_all || number <= shared.replies;
            self.has_refused.fetch_or(!is_admitted, Ordering::AcqRel);
            return is_admitted.then_some(request);
        }
        (!seen.has_cut && !self.has_refused.load(Ordering::Acquire)).then_some(request)
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
        if !self.shared.lock().has_cut {
            // The client may have closed it already.
            let _ = (&*self.client).write_all(bytes);
        }
    }
}
