//! What a server is asked, as it says itself: `MONITOR`.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::thread::{self, JoinHandle};

use super::{Server, words};

/// What a server hears last.
const END: &str = "the end of what is heard";

/// Somebody who listens to a server.
pub struct Monitor<'a> {
    server: &'a Server,
    heard: JoinHandle<Vec<Heard>>,
}

/// A command that a server was sent.
#[derive(Debug)]
pub struct Heard {
    /// When it was carried out, by the server's clock, in microseconds.
    pub at: u64,
    /// Its words, as the server quotes them.
    pub words: Vec<String>,
}

impl<'a> Monitor<'a> {
    /// Listens from now on.
    pub fn of(server: &'a Server) -> Self {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).expect("it listens");
        stream.write_all(b"MONITOR\r\n").expect("it takes a command");
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        assert_eq!(lines.next().as_deref(), Some("+OK"));
        let heard = thread::spawn(move || {
            lines.take_while(|line| !line.contains(END)).filter_map(|line| heard(&line)).collect()
        });
        Self { server, heard }
    }

    /// The `SCAN`s so far, in order, but for that of pre-flight, which only tries whether it may, with a cursor that is none.
    pub fn scans(self) -> Vec<Heard> {
        let scans = self.calls("SCAN").into_iter();
        scans.filter(|scan| scan.words[1].parse::<u64>().is_ok()).collect()
    }

    /// The calls of one command so far, in order.
    fn calls(self, command: &str) -> Vec<Heard> {
        self.server.run(words!["ECHO", END]);
        let heard = self.heard.join().expect("it only reads");
        heard.into_iter().filter(|heard| heard.words[0] == command).collect()
    }
}

/// Reads `+1339518083.107412 [0 127.0.0.1:60866] "SCAN" "0"`.
fn heard(line: &str) -> Option<Heard> {
    let (at, rest) = line.strip_prefix('+')?.split_once(' ')?;
    let (seconds, micros) = at.split_once('.')?;
    let at = seconds.parse::<u64>().ok()? * 1_000_000 + micros.parse::<u64>().ok()?;
    let (_, words) = rest.split_once("] ")?;
    Some(Heard { at, words: words.split(' ').map(|word| word.trim_matches('"').to_owned()).collect() })
}
