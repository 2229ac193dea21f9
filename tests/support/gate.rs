//! A server that fails at an exact command: a proxy that parses requests and replies, forwards a number of replies to
//! one command, and then ends every connection.

use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use super::gated::Connection;

/// How long a test waits for an event at the gate.
const PATIENCE: Duration = Duration::from_secs(20);
/// Time for the client to read what has arrived before a reset, because a reset may discard it.
const BEFORE_RESET: Duration = Duration::from_millis(200);

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

pub(super) struct Shared {
    to: u16,
    pub(super) command: &'static str,
    ending: Ending,
    /// Whether the server receives the commands whose replies are not forwarded.
    pub(super) passes_all: bool,
    /// Whether connections work after the cut, once [`Gate::reopen`] was called.
    may_reopen: bool,
    seen: Mutex<Seen>,
    pub(super) changed: Condvar,
}

/// What the gate has seen.
#[derive(Default)]
pub(super) struct Seen {
    /// Complete commands from the client that are counted.
    pub(super) sent: u64,
    /// How many replies to them are forwarded: fewer than the test wants, if a transaction contains the last one.
    pub(super) limit: u64,
    /// Replies to them that were forwarded.
    pub(super) replied: u64,
    pub(super) held: bool,
    /// Databases whose `SELECT` the server refused.
    pub(super) refused_databases: Vec<String>,
    /// Directions of connections that have not ended.
    pub(super) open: usize,
    phase: Phase,
    /// The keys of counted commands whose replies were not forwarded.
    pub(super) unanswered: Vec<Vec<u8>>,
    clients: Vec<Arc<TcpStream>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Counting,
    /// All connections were ended.
    Cut,
    /// New connections work.
    OpenAgain,
    /// The gate was dropped.
    Over,
}

impl Gate {
    /// Forwards a number of replies to a command (in capitals), and of a transaction all or none. When the client has received them and has sent one more
    /// such command, every connection ends, and every new one. The server receives no command beyond the replies.
    pub fn new(port: u16, command: &'static str, replies: u64, ending: Ending) -> Self {
        Self::open(port, command, replies, ending, false, false)
    }

    /// The same, but the server receives and executes everything: only the replies are lost.
    pub fn losing_replies(port: u16, command: &'static str, replies: u64) -> Self {
        Self::open(port, command, replies, Ending::Close, true, false)
    }

    /// Like [`Gate::new`] or, with `passes_all`, [`Gate::losing_replies`], but connections work again after
    /// [`Gate::reopen`]. Until then, they are closed at once.
    pub fn once(port: u16, command: &'static str, replies: u64, passes_all: bool) -> Self {
        Self::open(port, command, replies, Ending::Close, passes_all, true)
    }

    fn open(to: u16, command: &'static str, replies: u64, ending: Ending, passes_all: bool, may_reopen: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        let port = listener.local_addr().expect("its address").port();
        let (seen, changed) = (Mutex::new(Seen { limit: replies, ..Seen::default() }), Condvar::new());
        let shared = Arc::new(Shared { to, command, ending, passes_all, may_reopen, seen, changed });
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

    /// Forwards the commands and replies of new connections, after the cut.
    pub fn reopen(&self) {
        self.shared.lock().phase = Phase::OpenAgain;
    }

    /// The keys of the commands that the client has sent and that have no reply.
    pub fn unanswered(&self) -> Vec<Vec<u8>> {
        self.shared.lock().unanswered.clone()
    }

    /// Waits until all connections were ended.
    #[track_caller]
    pub fn until_cut(&self) {
        self.until("the connections are cut", Seen::has_cut);
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

    /// How many replies to counted commands were forwarded.
    pub fn replied(&self) -> u64 {
        self.shared.lock().replied
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
        seen.phase = Phase::Over;
        drop(seen);
        // Wakes the thread that accepts, which then ends.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Seen {
    pub(super) fn has_cut(&self) -> bool {
        self.phase != Phase::Counting
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all connections if the replies were forwarded and one more command has arrived.
    pub(super) fn cut_if_due(&self, seen: &mut Seen) {
        // After the cut, commands of the first connections may still arrive. The new ones stay open.
        if !seen.has_cut() && seen.replied == seen.limit && seen.sent > seen.limit {
            self.cut(seen);
        }
    }

    fn cut(&self, seen: &mut Seen) {
        if seen.phase == Phase::Counting {
            seen.phase = Phase::Cut;
        }
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
        let phase = shared.lock().phase;
        match phase {
            Phase::Counting | Phase::OpenAgain => {}
            Phase::Cut if shared.may_reopen => continue,
            Phase::Cut | Phase::Over => return,
        }
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, shared.to)).expect("the server listens");
        let (client, server) = (Arc::new(client), Arc::new(server));
        client.set_nodelay(true).expect("an open socket");
        server.set_nodelay(true).expect("an open socket");
        let mut seen = shared.lock();
        if phase == Phase::Counting && seen.has_cut() {
            continue;
        }
        seen.open += 2;
        seen.clients.push(Arc::clone(&client));
        drop(seen);
        Connection::open(Arc::clone(shared), client, server, phase == Phase::OpenAgain);
    }
}
