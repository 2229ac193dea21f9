//! A server that answers as the test wants: a proxy that replaces the replies of a real server.

use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::raw::{read_reply, read_request};

/// What the client receives for a command. The real server executes it in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The real reply.
    Real,
    /// These bytes instead.
    Instead(Vec<u8>),
    /// These bytes, and then the real reply.
    Before(Vec<u8>),
    /// The first half of the real reply, and then the end of the connection.
    Half,
    /// These bytes, and then the end of the connection.
    Close(Vec<u8>),
    /// These bytes, and then nothing any more.
    Silence(Vec<u8>),
    /// The first bytes once, and the second ones without end.
    Flood(Vec<u8>, Vec<u8>),
}

type Rule = dyn FnMut(&[Vec<u8>]) -> Answer + Send;

/// A proxy whose replies a rule decides. The rule receives the words of each command, in capitals the first.
pub struct Impostor {
    port: u16,
    is_closed: Arc<AtomicBool>,
}

impl Impostor {
    /// In front of a port of this machine.
    pub fn before(port: u16, rule: impl FnMut(&[Vec<u8>]) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        let rule: Arc<Mutex<Rule>> = Arc::new(Mutex::new(rule));
        let is_closed = Arc::new(AtomicBool::new(false));
        let impostor =
            Self { port: listener.local_addr().expect("its address").port(), is_closed: Arc::clone(&is_closed) };
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if is_closed.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { continue };
                connect(client, server, &rule);
            }
        });
        impostor
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Impostor {
    fn drop(&mut self) {
        self.is_closed.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts, which then ends.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

/// One thread reads requests, one writes replies in the same order. Both end when client or server disconnects.
fn connect(client: TcpStream, server: TcpStream, rule: &Arc<Mutex<Rule>>) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("an open socket");
    }
    let (client, server, rule) = (Arc::new(client), Arc::new(server), Arc::clone(rule));
    let (sender, receiver) = mpsc::channel();
    let (to_client, from_server) = (Arc::clone(&client), Arc::clone(&server));
    thread::spawn(move || {
        let _ = pass_requests(&client, &server, &sender, &rule);
        let _ = server.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let _ = pass_replies(&from_server, &to_client, &receiver);
        let _ = to_client.shutdown(Shutdown::Both);
        let _ = from_server.shutdown(Shutdown::Both);
    });
}

fn pass_requests(from: &TcpStream, mut to: &TcpStream, due: &Sender<Answer>, rule: &Mutex<Rule>) -> io::Result<()> {
    let mut from = BufReader::new(from);
    loop {
        let (mut words, bytes) = read_request(&mut from)?;
        words[0].make_ascii_uppercase();
        let answer = rule.lock().unwrap_or_else(PoisonError::into_inner)(&words);
        to.write_all(&bytes)?;
        due.send(answer).map_err(io::Error::other)?;
    }
}

fn pass_replies(from: &TcpStream, mut to: &TcpStream, due: &Receiver<Answer>) -> io::Result<()> {
    let mut from = BufReader::new(from);
    for answer in due {
        let real = read_reply(&mut from)?;
        match answer {
            Answer::Real => to.write_all(&real)?,
            Answer::Instead(bytes) => to.write_all(&bytes)?,
            Answer::Before(bytes) => to.write_all(&[bytes, real].concat())?,
            Answer::Half => return to.write_all(&real[..real.len() / 2]),
            Answer::Close(bytes) => return to.write_all(&bytes),
            Answer::Silence(bytes) => {
                to.write_all(&bytes)?;
                // Until the client has closed the connection.
                return due.iter().try_for_each(|_| read_reply(&mut from).map(drop));
            }
            Answer::Flood(first, again) => {
                to.write_all(&first)?;
                loop {
                    to.write_all(&again)?;
                }
            }
        }
    }
    Ok(())
}
