//! A pipeline of commands, encoded while they are added.

use bytes::Bytes;

use super::expected::{Expected, Step};
use super::frame::{FrameText, Framing};

/// A frame follows after so many commands. A reply too many and another too few between two frames are not noticed.
const FRAME_EVERY: usize = 32;
/// A payload of at least this size is sent from its own buffer instead of being copied.
const MIN_UNCOPIED: usize = 16 << 10;

/// A pipeline of commands, ready to be sent.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The bytes before `tail`, in order.
    parts: Vec<Bytes>,
    /// The number of bytes in `parts`.
    parts_bytes: usize,
    tail: Vec<u8>,
    commands: Commands,
    /// Whether the last command may get further arguments.
    is_open: bool,
    is_in_transaction: bool,
    /// The command of the frames between commands; `None` for a pipeline without them.
    framing: Option<Framing>,
    /// Whether each command is for a slot that the node imports.
    asks: bool,
    steps: Vec<Step>,
}

/// Where the commands of a pipeline end, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands {
    ends: Vec<usize>,
}

impl Commands {
    /// The number of commands that are complete after `sent` bytes. A server does not execute an incomplete command.
    #[must_use]
    pub fn complete_in(&self, sent: usize) -> usize {
        self.ends.partition_point(|end| *end <= sent)
    }
}

impl Request {
    /// An empty pipeline with capacity for `bytes` bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self { tail: Vec::with_capacity(bytes), ..Self::default() }
    }

    /// The bytes that a payload takes in the buffer of the commands: none if it is not copied.
    #[must_use]
    pub fn room(payload: &Bytes) -> usize {
        if payload.len() < MIN_UNCOPIED { payload.len() } else { 0 }
    }

    /// Adds frames between the commands that follow.
    #[must_use]
    pub fn framed(self, framing: Option<Framing>) -> Self {
        Self { framing, ..self }
    }

    /// Sends `ASKING` before each command, and before each transaction: a cluster node that imports a slot serves it only
    /// to clients that ask for it so.
    #[must_use]
    pub fn asking(self, asks: bool) -> Self {
        Self { asks, ..self }
    }

    fn ask(&mut self) {
        if self.asks && !self.is_in_transaction {
            self.tail.extend_from_slice(b"*1\r\n$6\r\nASKING\r\n");
            self.steps.push(Step::Asking);
        }
    }

    /// The number of commands of the caller, and so of replies.
    #[must_use]
    pub fn count(&self) -> usize {
        self.commands.ends.len() + usize::from(self.is_open)
    }

    /// Adds a whole command.
    pub fn command(&mut self, arguments: &[&[u8]]) -> &mut Self {
        self.begin(arguments.len());
        for argument in arguments {
            self.argument(argument);
        }
        self
    }

    /// Begins a command of `arguments` arguments, including its name. The caller adds them.
    pub fn begin(&mut self, arguments: usize) -> &mut Self {
        self.close();
        if let (Some(framing), Some(Step::Replies(FRAME_EVERY))) = (self.framing, self.steps.last()) {
            self.frame(framing);
        }
        self.ask();
        match self.steps.last_mut() {
            Some(Step::Transaction(count)) if self.is_in_transaction => *count += 1,
            Some(Step::Replies(count)) => *count += 1,
            _ => self.steps.push(Step::Replies(1)),
        }
        self.is_open = true;
        self.header(b'*', arguments);
        self
    }

    /// Adds commands that the server runs without a break: nothing changes between them.
    pub fn transaction(&mut self, add: impl FnOnce(&mut Self)) -> &mut Self {
        self.close();
        self.ask();
        self.steps.push(Step::Transaction(0));
        self.is_in_transaction = true;
        self.tail.extend_from_slice(b"*1\r\n$5\r\nMULTI\r\n");
        add(self);
        self.close();
        self.tail.extend_from_slice(b"*1\r\n$4\r\nEXEC\r\n");
        self.is_in_transaction = false;
        self
    }

    /// Adds a frame: a reply too many or too few before it is noticed.
    pub fn frame(&mut self, framing: Framing) -> &mut Self {
        self.close();
        let text = FrameText::next();
        self.header(b'*', 2);
        self.argument(framing.command()).argument(text.as_bytes());
        self.steps.push(Step::Frame(text));
        self
    }

    /// The last command is complete.
    fn close(&mut self) {
        if std::mem::take(&mut self.is_open) {
            self.commands.ends.push(self.parts_bytes + self.tail.len());
        }
    }

    /// Adds arguments that are encoded already.
    pub fn encoded(&mut self, arguments: &[u8]) -> &mut Self {
        self.tail.extend_from_slice(arguments);
        self
    }

    /// Adds an argument.
    pub fn argument(&mut self, bytes: &[u8]) -> &mut Self {
        self.header(b'$', bytes.len());
        self.tail.extend_from_slice(bytes);
        self.tail.extend_from_slice(b"\r\n");
        self
    }

    /// Adds a number as an argument.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.argument(itoa::Buffer::new().format(number).as_bytes())
    }

    /// Adds an argument that may be large: see [`Request::room`].
    pub fn payload(&mut self, payload: &Bytes) -> &mut Self {
        if payload.len() < MIN_UNCOPIED {
            return self.argument(payload);
        }
        self.header(b'$', payload.len());
        self.parts_bytes += self.tail.len() + payload.len();
        self.parts.push(std::mem::take(&mut self.tail).into());
        self.parts.push(payload.clone());
        self.tail.extend_from_slice(b"\r\n");
        self
    }

    /// The bytes to send, in order, where the commands end, and the replies that they expect.
    pub fn into_parts(mut self) -> (impl Iterator<Item = Bytes>, Commands, Expected) {
        self.close();
        let expected = Expected::new(self.steps, self.commands.ends.len());
        (self.parts.into_iter().chain([self.tail.into()]), self.commands, expected)
    }

    /// Adds `*3` or `$12`. Most lengths have one or two digits.
    fn header(&mut self, kind: u8, length: usize) {
        match u8::try_from(length) {
            Ok(length @ 0..10) => self.tail.extend_from_slice(&[kind, b'0' + length, b'\r', b'\n']),
            Ok(length @ 10..100) => {
                self.tail.extend_from_slice(&[kind, b'0' + length / 10, b'0' + length % 10, b'\r', b'\n']);
            }
            _ => {
                self.tail.push(kind);
                self.tail.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
                self.tail.extend_from_slice(b"\r\n");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(request: Request) -> Vec<u8> {
        request.into_parts().0.flatten().collect()
    }

    #[test]
    fn commands_are_encoded_in_order() {
        let mut request = Request::default();
        request.command(&[b"TYPE", b"a\r\nb"]).begin(2).argument(b"SELECT").number(12);
        assert_eq!(request.count(), 2);
        assert_eq!(sent(request), b"*2\r\n$4\r\nTYPE\r\n$4\r\na\r\nb\r\n*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n");
    }

    #[test]
    fn lengths_are_written_in_decimal() {
        for length in [0, 1, 9, 10, 11, 99, 100, 101, 255, 256, 1000] {
            let mut request = Request::default();
            request.begin(length).argument(&vec![b'x'; length]);
            let text = "x".repeat(length);
            assert_eq!(sent(request), format!("*{length}\r\n${length}\r\n{text}\r\n").into_bytes());
        }
    }

    #[test]
    fn a_large_payload_is_not_copied() {
        let payload = Bytes::from(vec![b'x'; MIN_UNCOPIED]);
        let mut request = Request::default();
        request.begin(2).argument(b"ECHO").payload(&payload);
        let parts: Vec<Bytes> = request.into_parts().0.collect();
        assert_eq!(parts[1].as_ptr(), payload.as_ptr());
        assert_eq!(parts[0], "*2\r\n$4\r\nECHO\r\n$16384\r\n");
        assert_eq!(parts[2], "\r\n");
    }

    #[test]
    fn a_command_is_complete_when_its_last_byte_was_sent() {
        let payload = Bytes::from(vec![b'x'; MIN_UNCOPIED]);
        let mut request = Request::default();
        request.command(&[b"PING"]).begin(2).argument(b"ECHO").payload(&payload).command(&[b"PING"]);
        let (parts, commands, _) = request.into_parts();
        let bytes: Vec<u8> = parts.flatten().collect();
        let ping = b"*1\r\n$4\r\nPING\r\n".len();
        let cases = [(0, 0), (ping - 1, 0), (ping, 1), (bytes.len() - ping - 1, 1), (bytes.len() - ping, 2)];
        for (sent, complete) in cases {
            assert_eq!(commands.complete_in(sent), complete, "{sent}");
        }
        assert_eq!((commands.complete_in(bytes.len() - 1), commands.complete_in(bytes.len())), (2, 3));
    }
}
