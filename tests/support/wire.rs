//! A small blocking client. It shares no code with the program, because the program must not check itself.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use super::shown;

/// A server's reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `+OK`.
    Status(String),
    /// `-ERR …`.
    Error(String),
    /// `:1`.
    Integer(i64),
    /// A string.
    Bulk(Vec<u8>),
    /// A missing string or array.
    Nil,
    /// A list of replies.
    Array(Vec<Reply>),
}

impl Reply {
    /// The bytes of a string or a status.
    #[track_caller]
    pub fn bytes(self) -> Vec<u8> {
        match self {
            Self::Bulk(bytes) => bytes,
            Self::Status(text) => text.into_bytes(),
            other => panic!("expected a string, got {other:?}"),
        }
    }

    /// The bytes of a string, as text.
    #[track_caller]
    pub fn text(self) -> String {
        String::from_utf8(self.bytes()).expect("text that is UTF-8")
    }

    /// A number.
    #[track_caller]
    pub fn integer(self) -> i64 {
        match self {
            Self::Integer(number) => number,
            other => panic!("expected an integer, got {other:?}"),
        }
    }

    /// The replies in a list.
    #[track_caller]
    pub fn array(self) -> Vec<Reply> {
        match self {
            Self::Array(items) => items,
            other => panic!("expected an array, got {other:?}"),
        }
    }
}

/// A type that can be a word of a command.
pub trait Word {
    /// Its bytes on the wire.
    fn word(&self) -> Vec<u8>;
}

macro_rules! word_by_display {
    ($($kind:ty),*) => {$(
        impl Word for $kind {
            fn word(&self) -> Vec<u8> {
                self.to_string().into_bytes()
            }
        }
    )*};
}
word_by_display!(str, String, u16, i32, u32, i64, u64, usize, f64);

impl Word for [u8] {
    fn word(&self) -> Vec<u8> {
        self.to_vec()
    }
}

impl Word for Vec<u8> {
    fn word(&self) -> Vec<u8> {
        self.clone()
    }
}

impl<const N: usize> Word for [u8; N] {
    fn word(&self) -> Vec<u8> {
        self.to_vec()
    }
}

impl<W: Word + ?Sized> Word for &W {
    fn word(&self) -> Vec<u8> {
        (**self).word()
    }
}

/// The words of one command: text, bytes and numbers mixed.
macro_rules! words {
    ($($word:expr),+ $(,)?) => {
        [$($crate::support::Word::word(&$word)),+]
    };
}
pub(crate) use words;

/// Commands that are sent together.
#[derive(Default)]
pub struct Pipeline {
    bytes: Vec<u8>,
    commands: usize,
}

impl Pipeline {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many commands there are.
    pub fn len(&self) -> usize {
        self.commands
    }

    /// Adds a command.
    pub fn add(&mut self, words: impl AsRef<[Vec<u8>]>) {
        let words = words.as_ref();
        self.bytes.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
        for word in words {
            self.bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            self.bytes.extend_from_slice(word);
            self.bytes.extend_from_slice(b"\r\n");
        }
        self.commands += 1;
    }
}

/// A connection.
pub struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    /// Connects to a port of this machine. A reply that takes longer than a minute is an error.
    pub fn connect(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        Ok(Self { stream: BufReader::with_capacity(1 << 16, stream) })
    }

    /// Sends a command that must succeed.
    #[track_caller]
    pub fn run(&mut self, words: impl AsRef<[Vec<u8>]>) -> Reply {
        let words = words.as_ref();
        match self.ask(words) {
            Reply::Error(error) => {
                panic!("{} failed: {error}", words.iter().map(|word| shown(word)).collect::<Vec<_>>().join(" "))
            }
            reply => reply,
        }
    }

    /// Sends a command that may fail.
    #[track_caller]
    pub fn ask(&mut self, words: impl AsRef<[Vec<u8>]>) -> Reply {
        let mut pipeline = Pipeline::new();
        pipeline.add(words);
        self.send(&pipeline).expect("a reply").pop().expect("one reply to one command")
    }

    /// Sends many commands at once, all of which must succeed.
    #[track_caller]
    pub fn run_all(&mut self, pipeline: &Pipeline) -> Vec<Reply> {
        let replies = self.send(pipeline).expect("replies");
        if let Some(at) = replies.iter().position(|reply| matches!(reply, Reply::Error(_))) {
            panic!("command {at} of a pipeline failed: {:?}", replies[at]);
        }
        replies
    }

    /// Sends commands and reads a reply to each.
    pub fn send(&mut self, pipeline: &Pipeline) -> io::Result<Vec<Reply>> {
        self.stream.get_mut().write_all(&pipeline.bytes)?;
        (0..pipeline.commands).map(|_| self.read()).collect()
    }

    /// Sends commands and reads replies until the connection ends.
    pub fn send_until_lost(&mut self, pipeline: &Pipeline) -> Vec<Reply> {
        // If the connection ends during the write, the replies that came before can still be read.
        let _ = self.stream.get_mut().write_all(&pipeline.bytes);
        (0..pipeline.commands).map_while(|_| self.read().ok()).collect()
    }

    fn read(&mut self) -> io::Result<Reply> {
        let mut line = Vec::with_capacity(32);
        self.stream.read_until(b'\n', &mut line)?;
        let Some((kind, rest)) = line.strip_suffix(b"\r\n").and_then(<[u8]>::split_first) else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        let rest = std::str::from_utf8(rest).map_err(io::Error::other)?;
        Ok(match kind {
            b'+' => Reply::Status(rest.to_owned()),
            b'-' => Reply::Error(rest.to_owned()),
            b':' => Reply::Integer(rest.parse().map_err(io::Error::other)?),
            b'$' => self.read_bulk(rest.parse().map_err(io::Error::other)?)?,
            b'*' => self.read_array(rest.parse().map_err(io::Error::other)?)?,
            other => return Err(io::Error::other(format!("a reply begins with {}", char::from(*other)))),
        })
    }

    fn read_bulk(&mut self, length: i64) -> io::Result<Reply> {
        let Ok(length) = usize::try_from(length) else { return Ok(Reply::Nil) };
        let mut bytes = vec![0; length + 2];
        self.stream.read_exact(&mut bytes)?;
        bytes.truncate(length);
        Ok(Reply::Bulk(bytes))
    }

    fn read_array(&mut self, length: i64) -> io::Result<Reply> {
        let Ok(length) = usize::try_from(length) else { return Ok(Reply::Nil) };
        (0..length).map(|_| self.read()).collect::<io::Result<_>>().map(Reply::Array)
    }
}
