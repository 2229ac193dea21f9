//! A pipeline of commands, encoded while they are added.

use bytes::Bytes;

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
    /// The position of each command, in bytes.
    starts: Vec<usize>,
}

/// The positions of the commands of a pipeline, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands {
    starts: Vec<usize>,
    end: usize,
}

impl Commands {
    /// The number of commands.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The number of commands that are complete after `sent` bytes. A server does not execute an incomplete command.
    #[must_use]
    pub fn complete_in(&self, sent: usize) -> usize {
        if sent >= self.end {
            self.count()
        } else {
            self.starts.partition_point(|start| *start <= sent).saturating_sub(1)
        }
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

    /// The number of commands, and so of replies.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
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
        self.starts.push(self.parts_bytes + self.tail.len());
        self.header(b'*', arguments);
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

    /// The bytes to send, in order, and the positions of the commands.
    pub fn into_parts(self) -> (impl Iterator<Item = Bytes>, Commands) {
        let commands = Commands { end: self.parts_bytes + self.tail.len(), starts: self.starts };
        (self.parts.into_iter().chain([self.tail.into()]), commands)
    }

    fn header(&mut self, kind: u8, length: usize) {
        self.tail.push(kind);
        self.tail.extend_from_slice(itoa::Buffer::new().format(length).as_bytes());
        self.tail.extend_from_slice(b"\r\n");
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
        let (parts, commands) = request.into_parts();
        let bytes: Vec<u8> = parts.flatten().collect();
        let ping = b"*1\r\n$4\r\nPING\r\n".len();
        let cases = [(0, 0), (ping - 1, 0), (ping, 1), (bytes.len() - ping - 1, 1), (bytes.len() - ping, 2)];
        for (sent, complete) in cases {
            assert_eq!(commands.complete_in(sent), complete, "{sent}");
        }
        assert_eq!((commands.complete_in(bytes.len() - 1), commands.complete_in(bytes.len())), (2, 3));
    }
}
