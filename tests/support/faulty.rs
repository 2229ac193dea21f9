//! A faulty proxy: it sends a reply too many or too few.

use std::collections::BTreeMap;
use std::io::{BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::raw::read_reply;

/// What happens to a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyFault {
    /// It comes twice.
    Twice,
    /// The one before it and itself come twice, in this order.
    PairTwice,
    Dropped,
    /// Another reply comes before it.
    After(&'static [u8]),
}

/// A proxy with faults at the replies of these numbers, counted over all its connections.
pub struct Faulty {
    port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    faults: BTreeMap<u64, ReplyFault>,
    /// The replies that were forwarded or dropped so far.
    replies: u64,
    to: Option<u16>,
}

impl Faulty {
    /// Forwards to a port of this machine.
    pub fn to(port: u16, faults: impl IntoIterator<Item = (u64, ReplyFault)>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        let state = State { faults: faults.into_iter().collect(), replies: 0, to: Some(port) };
        let port = listener.local_addr().expect("its address").port();
        let proxy = Self { port, state: Arc::new(Mutex::new(state)) };
        let state = Arc::clone(&proxy.state);
        thread::spawn(move || accept(&listener, &state));
        proxy
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many replies have come from the server.
    pub fn replies(&self) -> u64 {
        lock(&self.state).replies
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        lock(&self.state).to = None;
        // Wakes the thread that accepts, which then ends.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, state: &Arc<Mutex<State>>) {
    for client in listener.incoming().map_while(Result::ok) {
        let Some(to) = lock(state).to else { return };
        let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)) else { continue };
        for stream in [&client, &server] {
            stream.set_nodelay(true).expect("an open socket");
        }
        let (mut from, mut requests) = (client.try_clone().expect("a handle"), server.try_clone().expect("a handle"));
        let state = Arc::clone(state);
        thread::spawn(move || {
            // Either side may be closed already.
            let _ = std::io::copy(&mut from, &mut requests);
            let _ = requests.shutdown(Shutdown::Write);
        });
        thread::spawn(move || {
            pass_replies(&server, &client, &state);
            let _ = client.shutdown(Shutdown::Write);
        });
    }
}

fn pass_replies(server: &TcpStream, mut client: &TcpStream, state: &Mutex<State>) {
    let mut from = BufReader::with_capacity(1 << 16, server);
    let (mut previous, mut out) = (Vec::new(), Vec::new());
    while let Ok(reply) = read_reply(&mut from) {
        let fault = {
            let mut state = lock(state);
            state.replies += 1;
            state.faults.get(&(state.replies - 1)).copied()
        };
        let parts: &[&[u8]] = match fault {
            None => &[&reply],
            Some(ReplyFault::Twice) => &[&reply, &reply],
            Some(ReplyFault::PairTwice) => &[&reply, &previous, &reply],
            Some(ReplyFault::Dropped) => &[],
            Some(ReplyFault::After(other)) => &[other, &reply],
        };
        out.extend(parts.iter().copied().flatten());
        previous = reply;
        if from.buffer().is_empty() {
            if client.write_all(&out).is_err() {
                return;
            }
            out.clear();
        }
    }
}
