//! Counts the connections to a server: a proxy that forwards them.

use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A proxy that counts open connections.
pub struct Counter {
    port: u16,
    counts: Arc<Mutex<Counts>>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    open: usize,
    peak: usize,
    all: usize,
}

impl Counter {
    /// Forwards to a port of this machine until the test's process ends.
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        let counts = Arc::new(Mutex::default());
        let counter = Self { port: listener.local_addr().expect("its address").port(), counts: Arc::clone(&counts) };
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return };
                change(&counts, |counts| {
                    counts.open += 1;
                    counts.all += 1;
                    counts.peak = counts.peak.max(counts.open);
                });
                forward(client, server, Arc::clone(&counts));
            }
        });
        counter
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The most connections that were open at once, and the number of all connections, since the last call.
    pub fn take(&self) -> (usize, usize) {
        let mut taken = (0, 0);
        change(&self.counts, |counts| {
            taken = (counts.peak, counts.all);
            (counts.peak, counts.all) = (counts.open, 0);
        });
        taken
    }
}

fn change(counts: &Mutex<Counts>, change: impl FnOnce(&mut Counts)) {
    change(&mut counts.lock().unwrap_or_else(PoisonError::into_inner));
}

/// A connection is open until the server has closed it. The client learns that only after it was counted.
fn forward(client: TcpStream, server: TcpStream, counts: Arc<Mutex<Counts>>) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("an open socket");
    }
    let (mut from, mut to) = (client.try_clone().expect("a handle"), server.try_clone().expect("a handle"));
    thread::spawn(move || {
        // Either side may be closed already.
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let _ = std::io::copy(&mut &server, &mut &client);
        change(&counts, |counts| counts.open -= 1);
        let _ = client.shutdown(Shutdown::Both);
    });
}
