//! A bad network: forwards connections, and delays, stalls or cuts them on demand.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::Random;

/// The most bytes that pass before a connection of [`Proxy::cut_every`] is cut.
const FEW_BYTES: u64 = 20_000;

/// A proxy in front of a server.
pub struct Proxy {
    port: u16,
    link: Arc<Link>,
}

struct Link {
    /// The servers that new connections reach in turn.
    to: Mutex<VecDeque<u16>>,
    delay: Duration,
    /// The limit of bytes per second in each direction of each connection, if there is one.
    rate: Option<u32>,
    closed: AtomicBool,
    stalled: AtomicBool,
    /// Bytes that may still pass in each direction before everything is cut.
    allowances: [AtomicU64; 2],
    passed: AtomicU64,
    open: Mutex<Vec<Connection>>,
}

/// A connection of the client, and its connection to the server.
struct Connection {
    client: TcpStream,
    server: TcpStream,
    /// The client gets a reset instead of the end of the connection.
    is_reset: Arc<AtomicBool>,
}

impl Connection {
    fn close(&self) {
        // The streams may be closed already.
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}

impl Proxy {
    /// Forwards to a port of this machine without delay.
    pub fn to(port: u16) -> Self {
        Self::delayed(port, Duration::ZERO)
    }

    /// A balancer: each new connection reaches the next of these ports of this machine.
    pub fn between(ports: &[u16]) -> Self {
        let proxy = Self::to(ports[0]);
        proxy.lead_to(ports);
        proxy
    }

    /// New connections reach these ports in turn, beginning with the first.
    pub fn lead_to(&self, ports: &[u16]) {
        *self.link.to.lock().unwrap_or_else(PoisonError::into_inner) = ports.iter().copied().collect();
    }

    /// Forwards with a delay in each direction.
    pub fn delayed(port: u16, delay: Duration) -> Self {
        Self::open(port, delay, None)
    }

    /// Forwards a limited number of bytes per second, almost without buffering.
    pub fn narrow(port: u16, bytes_per_second: u32) -> Self {
        Self::open(port, Duration::ZERO, Some(bytes_per_second))
    }

    fn open(port: u16, delay: Duration, rate: Option<u32>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        let link = Arc::new(Link {
            to: Mutex::new(VecDeque::from([port])),
            delay,
            rate,
            closed: AtomicBool::new(false),
            stalled: AtomicBool::new(false),
            allowances: [const { AtomicU64::new(u64::MAX) }; 2],
            passed: AtomicU64::new(0),
            open: Mutex::new(Vec::new()),
        });
        let proxy = Self { port: listener.local_addr().expect("its address").port(), link: Arc::clone(&link) };
        thread::spawn(move || accept(&listener, &link));
        proxy
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Bytes that came from the server so far.
    pub fn passed(&self) -> u64 {
        self.link.passed.load(Ordering::SeqCst)
    }

    /// Cuts all connections once, now. New ones are let through.
    pub fn cut(&self) {
        self.link.cut();
    }

    /// Cuts one connection, the last that was opened.
    pub fn cut_last(&self) {
        if let Some(connection) = self.link.open.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            connection.close();
        }
    }

    /// Cuts all connections once, after that many further bytes from the server.
    pub fn cut_after(&self, bytes: u64) {
        self.link.cut_after(bytes, Towards::Client);
    }

    /// Cuts all connections once, after that many further bytes from the client.
    pub fn cut_after_sent(&self, bytes: u64) {
        self.link.cut_after(bytes, Towards::Server);
    }

    /// Resets all connections once, now. New ones are let through.
    pub fn reset(&self) {
        self.link.reset();
    }

    /// Cuts all connections again and again, until it is closed: at random bytes of either direction, or all at once,
    /// with FIN or RST.
    pub fn cut_every(self, interval: Duration, seed: u64) -> Self {
        let (link, mut random) = (Arc::clone(&self.link), Random::new(seed));
        thread::spawn(move || {
            while !link.is_closed() {
                thread::sleep(interval);
                match random.below(4) {
                    0 => link.cut(),
                    1 => link.reset(),
                    2 => link.cut_after(random.below(FEW_BYTES), Towards::Client),
                    _ => link.cut_after(random.below(FEW_BYTES), Towards::Server),
                }
            }
        });
        self
    }

    /// Forwards new connections to another port of this machine, and cuts the open ones.
    pub fn switch_to(&self, port: u16) {
        self.lead_to(&[port]);
        self.link.cut();
    }

    /// Cuts all connections, and every new one.
    pub fn close(&self) {
        self.link.closed.store(true, Ordering::SeqCst);
        self.link.cut();
    }

    /// Stalls: connections stay open, but no byte passes.
    pub fn stall(&self) {
        self.link.stalled.store(true, Ordering::SeqCst);
    }

    /// Ends [`Proxy::stall`]. The bytes that were held back pass.
    pub fn flow(&self) {
        self.link.stalled.store(false, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.close();
        // Wakes the thread that accepts, which then ends.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

impl Link {
    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// The server of the next connection.
    fn next(&self) -> u16 {
        let mut ports = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        let next = ports[0];
        ports.rotate_left(1);
        next
    }

    fn cut(&self) {
        for connection in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            connection.close();
        }
    }

    /// Closes the sockets of the clients without FIN: when the last handle is dropped, a reset is sent.
    fn reset(&self) {
        for Connection { client, server, is_reset } in
            self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..)
        {
            is_reset.store(true, Ordering::SeqCst);
            SockRef::from(&client).set_linger(Some(Duration::ZERO)).expect("an open socket");
            // Wakes the threads that read.
            let _ = client.shutdown(Shutdown::Read);
            let _ = server.shutdown(Shutdown::Both);
        }
    }

    fn cut_after(&self, bytes: u64, towards: Towards) {
        self.allowances[towards as usize].store(bytes, Ordering::SeqCst);
    }

    /// How many of `bytes` may pass; if that is fewer than all of them, the connections have to be cut.
    fn admit(&self, bytes: u64, towards: Towards) -> u64 {
        if towards == Towards::Client {
            self.passed.fetch_add(bytes, Ordering::SeqCst);
        }
        let allowance = &self.allowances[towards as usize];
        let take = |left: u64| (left != u64::MAX).then(|| left.saturating_sub(bytes));
        match allowance.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take) {
            Ok(left) if left < bytes => {
                allowance.store(u64::MAX, Ordering::SeqCst);
                left
            }
            _ => bytes,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Towards {
    Server,
    Client,
}

fn accept(listener: &TcpListener, link: &Arc<Link>) {
    for client in listener.incoming() {
        if link.is_closed() {
            return;
        }
        let (Ok(client), Ok(server)) = (client, TcpStream::connect((Ipv4Addr::LOCALHOST, link.next()))) else {
            continue;
        };
        let is_reset = Arc::new(AtomicBool::new(false));
        let handle = |stream: &TcpStream| stream.try_clone().expect("a handle");
        for stream in [&client, &server] {
            stream.set_nodelay(true).expect("an open socket");
        }
        let connection =
            Connection { client: handle(&client), server: handle(&server), is_reset: Arc::clone(&is_reset) };
        link.open.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        forward(link, handle(&client), handle(&server), Towards::Server, &is_reset);
        forward(link, server, client, Towards::Client, &is_reset);
    }
}

/// Two threads for each direction: one reads and records the time, the other waits and writes. So a delay costs no
/// throughput.
fn forward(link: &Arc<Link>, mut from: TcpStream, mut to: TcpStream, towards: Towards, is_reset: &Arc<AtomicBool>) {
    let ahead = if link.rate.is_some() { 0 } else { 1024 };
    let (sender, receiver) = mpsc::sync_channel::<(Instant, Vec<u8>)>(ahead);
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            if sender.send((Instant::now(), buffer[..length].to_vec())).is_err() {
                return;
            }
        }
    });
    let (link, is_reset) = (Arc::clone(link), Arc::clone(is_reset));
    thread::spawn(move || {
        while let Ok((came, bytes)) = receiver.recv() {
            thread::sleep((came + link.delay).saturating_duration_since(Instant::now()));
            while link.stalled.load(Ordering::SeqCst) && !link.is_closed() && !is_reset.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(5));
            }
            if is_reset.load(Ordering::SeqCst) || !pass(&link, &mut to, &bytes, towards) {
                break;
            }
            if let (Some(rate), Ok(length)) = (link.rate, u32::try_from(bytes.len())) {
                thread::sleep(Duration::from_secs(1) * length / rate);
            }
        }
        if !is_reset.load(Ordering::SeqCst) {
            // Forwards the end of the connection, after all its bytes.
            let _ = to.shutdown(Shutdown::Write);
        }
    });
}

/// Returns whether the connection is still open.
fn pass(link: &Link, to: &mut TcpStream, bytes: &[u8], towards: Towards) -> bool {
    let all = bytes.len() as u64;
    let admitted = link.admit(all, towards);
    let length = usize::try_from(admitted).expect("it is at most the length of a slice");
    let written = to.write_all(&bytes[..length]).is_ok();
    if admitted < all {
        link.cut();
    }
    written && admitted == all
}
