//! The commands that a server receives, from its `MONITOR`.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::thread::{self, JoinHandle};

use super::{Server, words};

/// The last command that is recorded.
const END: &str = "the end of the recording";

/// A recording of the commands that a server receives.
pub struct Monitor<'a> {
    server: &'a Server,
    received: JoinHandle<Vec<Received>>,
}

/// A command that a server has received.
#[derive(Debug)]
pub struct Received {
    /// When it was executed, by the server's clock, in microseconds.
    pub at: u64,
    /// Its words, as the server quotes them.
    pub words: Vec<String>,
}

impl<'a> Monitor<'a> {
    /// Records from now on.
    pub fn of(server: &'a Server) -> Self {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).expect("the server listens");
        stream.write_all(b"MONITOR\r\n").expect("the server reads commands");
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        assert_eq!(lines.next().as_deref(), Some("+OK"));
        let received = thread::spawn(move || {
            lines.take_while(|line| !line.contains(END)).filter_map(|line| received(&line)).collect()
        });
        Self { server, received }
    }

    /// The `SCAN`s so far, in order. Pre-flight checks its permission with an invalid cursor: that one is left out.
    pub fn scans(self) -> Vec<Received> {
        let scans = self.calls("SCAN").into_iter();
        scans.filter(|scan| scan.words[1].parse::<u64>().is_ok()).collect()
    }

    /// The commands about a key so far, in order.
    pub fn about(self, key: &str) -> Vec<String> {
        self.server.run(words!["ECHO", END]);
        let received = self.received.join().expect("the thread only reads");
        let about =
            received.into_iter().filter(|received| received.words.get(1).is_some_and(|word| word.contains(key)));
        about.map(|received| received.words[0].clone()).collect()
    }

    /// The calls of one command so far, in order.
    fn calls(self, command: &str) -> Vec<Received> {
        self.server.run(words!["ECHO", END]);
        let received = self.received.join().expect("the thread only reads");
        received.into_iter().filter(|received| received.words[0] == command).collect()
    }
}

/// Reads `+1339518083.107412 [0 127.0.0.1:60866] "SCAN" "0"`.
fn received(line: &str) -> Option<Received> {
    let (at, rest) = line.strip_prefix('+')?.split_once(' ')?;
    let (seconds, micros) = at.split_once('.')?;
    let at = seconds.parse::<u64>().ok()? * 1_000_000 + micros.parse::<u64>().ok()?;
    let (_, words) = rest.split_once("] ")?;
    Some(Received { at, words: words.split(' ').map(|word| word.trim_matches('"').to_owned()).collect() })
}
