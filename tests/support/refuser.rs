//! A server that refuses commands for a while: a proxy that answers them itself, with an error. It can also change
//! replies.

use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::raw::{read_reply, read_request};

/// A proxy that can refuse commands.
pub struct Refuser {
    port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Forwards,
    /// Answers a command, if its first key begins with a text, with an error.
    Refuses(&'static str, &'static str, &'static str),
    /// Replaces a text in replies by another one of the same length.
    Rewrites(&'static str, &'static str),
    Closed,
}

impl Refuser {
    /// Forwards to a port of this machine.
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
        let state = Arc::new(Mutex::new(State::Forwards));
        let refuser = Self { port: listener.local_addr().expect("its address").port(), state: Arc::clone(&state) };
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if get(&state) == State::Closed {
                    return;
                }
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the server listens");
                connect(client, server, &state);
            }
        });
        refuser
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on, answers a command (in capitals) with an error, such as `TRYAGAIN later`.
    pub fn refuse(&self, command: &'static str, error: &'static str) {
        self.refuse_keys(command, "", error);
    }

    /// The same for keys that begin with a text.
    pub fn refuse_keys(&self, command: &'static str, prefix: &'static str, error: &'static str) {
        self.set(State::Refuses(command, prefix, error));
    }

    /// From now on, replaces a text in replies by another one of the same length.
    pub fn rewrite(&self, from: &'static str, to: &'static str) {
        assert_eq!(from.len(), to.len());
        self.set(State::Rewrites(from, to));
    }

    /// Ends what was begun.
    pub fn forward_all(&self) {
        self.set(State::Forwards);
    }

    fn set(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

impl Drop for Refuser {
    fn drop(&mut self) {
        self.set(State::Closed);
        // Wakes the thread that accepts, which then ends.
        drop(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)));
    }
}

fn get(state: &Mutex<State>) -> State {
    *state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the reply to a request comes from.
enum Due {
    Server,
    Refusal(&'static str),
}

/// One thread reads requests, one writes replies in the same order. Both end when client or server disconnects.
fn connect(client: TcpStream, server: TcpStream, state: &Arc<Mutex<State>>) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("an open socket");
    }
    let (client, server, state) = (Arc::new(client), Arc::new(server), Arc::clone(state));
    let (sender, receiver) = mpsc::channel();
    let (to_client, from_server, of_replies) = (Arc::clone(&client), Arc::clone(&server), Arc::clone(&state));
    thread::spawn(move || {
        let _ = pass_requests(&client, &server, &sender, &state);
        let _ = server.shutdown(Shutdown::Write);
    });
    thread::spawn(move || {
        let _ = pass_replies(&from_server, &to_client, &receiver, &of_replies);
        let _ = to_client.shutdown(Shutdown::Both);
    });
}

fn pass_requests(from: &TcpStream, mut to: &TcpStream, due: &Sender<Due>, state: &Mutex<State>) -> io::Result<()> {
    let mut from = BufReader::new(from);
    loop {
        let (words, bytes) = read_request(&mut from)?;
        let is = |command: &str| words[0].eq_ignore_ascii_case(command.as_bytes());
        let begins = |prefix: &str| words.get(1).is_none_or(|key| key.starts_with(prefix.as_bytes()));
        let sent = match get(state) {
            State::Refuses(command, prefix, error) if is(command) && begins(prefix) => due.send(Due::Refusal(error)),
            _ => {
                to.write_all(&bytes)?;
                due.send(Due::Server)
            }
        };
        sent.map_err(io::Error::other)?;
    }
}

fn pass_replies(from: &TcpStream, mut to: &TcpStream, due: &Receiver<Due>, state: &Mutex<State>) -> io::Result<()> {
    let mut from = BufReader::new(from);
    for due in due {
        match due {
            Due::Server => {
                let mut reply = read_reply(&mut from)?;
                if let State::Rewrites(old, new) = get(state) {
                    rewrite(&mut reply, old.as_bytes(), new.as_bytes());
                }
                to.write_all(&reply)?;
            }
            Due::Refusal(error) => to.write_all(format!("-{error}\r\n").as_bytes())?,
        }
    }
    Ok(())
}

fn rewrite(reply: &mut [u8], old: &[u8], new: &[u8]) {
    let found: Vec<usize> = (0..reply.len()).filter(|at| reply[*at..].starts_with(old)).collect();
    for at in found {
        reply[at..at + new.len()].copy_from_slice(new);
    }
}
