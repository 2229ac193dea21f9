//! RESP2 replies out of a stream of bytes, however it is cut.
//!
//! Source: the serialization protocol specification of Redis, version 2.

use bytes::{Buf, BytesMut};

use super::Reply;

/// The longest line that is a header or a status; what is longer is no RESP.
const LONGEST_LINE: usize = 64 << 10;
/// How deep lists may stand in one another.
const DEEPEST: usize = 8;
/// Room is made for at most so many bytes, or a part of that in elements, on a mere promise of theirs. Large enough
/// for the largest text that servers allow by default (`proto-max-bulk-len`), so that no room has to be moved.
const BELIEVED: usize = (512 << 20) + 2;

/// What is not RESP.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(&'static str);

/// Bytes that were read, and the lists that are not complete yet.
#[derive(Debug, Default)]
pub struct Decoder {
    /// What was read and not decoded.
    pub buffer: BytesMut,
    lists: Vec<List>,
    /// A text whose header has been read, and its length.
    text: Option<usize>,
}

#[derive(Debug)]
struct List {
    missing: usize,
    replies: Vec<Reply>,
}

enum Header {
    Whole(Reply),
    Text(usize),
    List(usize),
}

impl Decoder {
    /// The next whole reply, if it has been read.
    ///
    /// # Errors
    ///
    /// What was read is not RESP.
    pub fn next_reply(&mut self) -> Result<Option<Reply>, Malformed> {
        loop {
            let Some(reply) = self.element()? else { return Ok(None) };
            if let Some(whole) = self.collect(reply) {
                return Ok(Some(whole));
            }
        }
    }

    /// The next reply that is no list with elements.
    fn element(&mut self) -> Result<Option<Reply>, Malformed> {
        loop {
            if let Some(length) = self.text {
                return self.take_text(length);
            }
            match self.header()? {
                None => return Ok(None),
                Some(Header::Whole(reply)) => return Ok(Some(reply)),
                Some(Header::Text(length)) => self.text = Some(length),
                Some(Header::List(0)) => return Ok(Some(Reply::Array(Vec::new()))),
                Some(Header::List(missing)) => {
                    if self.lists.len() == DEEPEST {
                        return Err(Malformed("lists too deep in one another"));
                    }
                    let believed = missing.min(BELIEVED / size_of::<Reply>() / 512);
                    self.lists.push(List { missing, replies: Vec::with_capacity(believed) });
                }
            }
        }
    }

    /// Puts a reply into the list that waits for it; the outermost list, once complete, is the reply.
    fn collect(&mut self, mut reply: Reply) -> Option<Reply> {
        while let Some(list) = self.lists.last_mut() {
            list.replies.push(reply);
            list.missing -= 1;
            if list.missing > 0 {
                return None;
            }
            reply = Reply::Array(self.lists.pop().map(|list| list.replies).unwrap_or_default());
        }
        Some(reply)
    }

    fn take_text(&mut self, length: usize) -> Result<Option<Reply>, Malformed> {
        let missing = (length + 2).saturating_sub(self.buffer.len());
        if missing > 0 {
            self.buffer.reserve(missing.min(BELIEVED));
            return Ok(None);
        }
        let text = self.buffer.split_to(length).freeze();
        if !self.buffer.starts_with(b"\r\n") {
            return Err(Malformed("a text longer than it was said to be"));
        }
        self.buffer.advance(2);
        self.text = None;
        Ok(Some(Reply::Bulk(text)))
    }

    /// Reads a line. Numbers and lengths are read where they are; only texts are taken out.
    fn header(&mut self) -> Result<Option<Header>, Malformed> {
        let Some(end) = self.line_end()? else { return Ok(None) };
        let (&kind, rest) = self.buffer[..end].split_first().ok_or(Malformed("an empty line"))?;
        let header = match kind {
            b':' => Header::Whole(Reply::Int(number(rest)?)),
            b'$' => length(rest)?.map_or(Header::Whole(Reply::Nil), Header::Text),
            b'*' => length(rest)?.map_or(Header::Whole(Reply::Nil), Header::List),
            b'+' | b'-' => {
                let text = self.buffer.split_to(end + 2).freeze().slice(1..end);
                return Ok(Some(Header::Whole(if kind == b'+' { Reply::Status(text) } else { Reply::Error(text) })));
            }
            _ => return Err(Malformed("an unknown kind of reply")),
        };
        self.buffer.advance(end + 2);
        Ok(Some(header))
    }

    /// Where the next line ends: the place of its `\r\n`.
    fn line_end(&self) -> Result<Option<usize>, Malformed> {
        let Some(newline) = self.buffer.iter().position(|&byte| byte == b'\n') else {
            return if self.buffer.len() > LONGEST_LINE { Err(Malformed("a line without end")) } else { Ok(None) };
        };
        match newline.checked_sub(1) {
            Some(end) if self.buffer[end] == b'\r' => Ok(Some(end)),
            _ => Err(Malformed("a line with a wrong end")),
        }
    }
}

/// A decimal number.
fn number(digits: &[u8]) -> Result<i64, Malformed> {
    const WRONG: Malformed = Malformed("an invalid number");
    let (is_negative, digits) = match digits {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() {
        return Err(WRONG);
    }
    // Counted downwards: the lowest number has no positive counterpart.
    let mut negative = 0_i64;
    for digit in digits {
        let value = digit.wrapping_sub(b'0');
        if value > 9 {
            return Err(WRONG);
        }
        negative = negative.checked_mul(10).and_then(|tens| tens.checked_sub(value.into())).ok_or(WRONG)?;
    }
    if is_negative { Ok(negative) } else { negative.checked_neg().ok_or(WRONG) }
}

/// A length; -1 is none at all.
fn length(digits: &[u8]) -> Result<Option<usize>, Malformed> {
    match number(digits)? {
        -1 => Ok(None),
        length => usize::try_from(length).map(Some).map_err(|_| Malformed("a negative length")),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    fn encode(reply: &Reply, out: &mut Vec<u8>) {
        let line = |out: &mut Vec<u8>, kind: u8, text: &[u8]| {
            out.push(kind);
            out.extend_from_slice(text);
            out.extend_from_slice(b"\r\n");
        };
        match reply {
            Reply::Status(text) => line(out, b'+', text),
            Reply::Error(text) => line(out, b'-', text),
            Reply::Int(number) => line(out, b':', number.to_string().as_bytes()),
            Reply::Nil => line(out, b'$', b"-1"),
            Reply::Bulk(text) => {
                line(out, b'$', text.len().to_string().as_bytes());
                out.extend_from_slice(text);
                out.extend_from_slice(b"\r\n");
            }
            Reply::Array(replies) => {
                line(out, b'*', replies.len().to_string().as_bytes());
                for reply in replies {
                    encode(reply, out);
                }
            }
        }
    }

    fn replies() -> impl Strategy<Value = Vec<Reply>> {
        let text = || prop::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from);
        let leaf = prop_oneof![
            "[A-Z ]{0,20}".prop_map(|text| Reply::Status(text.into())),
            "[A-Z ]{0,20}".prop_map(|text| Reply::Error(text.into())),
            any::<i64>().prop_map(Reply::Int),
            text().prop_map(Reply::Bulk),
            Just(Reply::Nil),
        ];
        let reply = leaf.prop_recursive(3, 20, 5, |inner| prop::collection::vec(inner, 0..5).prop_map(Reply::Array));
        prop::collection::vec(reply, 1..8)
    }

    proptest! {
        #[test]
        fn replies_are_the_same_however_the_stream_is_cut(replies in replies(), cut in 1_usize..20) {
            let mut sent = Vec::new();
            for reply in &replies {
                encode(reply, &mut sent);
            }
            let mut decoder = Decoder::default();
            let mut decoded = Vec::new();
            for piece in sent.chunks(cut) {
                decoder.buffer.extend_from_slice(piece);
                while let Some(reply) = decoder.next_reply().expect("well-formed") {
                    decoded.push(reply);
                }
            }
            prop_assert_eq!(decoded, replies);
            prop_assert!(decoder.buffer.is_empty());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(prop_oneof![Just(b'*'), Just(b'$'), Just(b'\r'), Just(b'\n'), Just(b'1'), any::<u8>()], 0..60)) {
            let mut decoder = Decoder::default();
            decoder.buffer.extend_from_slice(&bytes);
            while let Ok(Some(_)) = decoder.next_reply() {}
        }
    }

    #[test]
    fn a_promise_of_much_is_not_believed() {
        let mut decoder = Decoder::default();
        decoder.buffer.extend_from_slice(b"*999999999999\r\n$9999999999999\r\n");
        assert_eq!(decoder.next_reply(), Ok(None));
        assert!(decoder.buffer.capacity() <= BELIEVED + 64);
    }

    #[test]
    fn what_is_no_resp_is_an_error() {
        for bytes in [
            "HTTP/1.1 400 Bad Request\r\n",
            "$2\r\nabc\r\n",
            ":x\r\n",
            ":\r\n",
            ":-\r\n",
            ":9223372036854775808\r\n",
            "$-2\r\n",
            "+OK\n",
            "\n",
            "\r\n",
        ] {
            let mut decoder = Decoder::default();
            decoder.buffer.extend_from_slice(bytes.as_bytes());
            assert!(decoder.next_reply().is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn numbers_are_read_up_to_their_limits() {
        for value in [0, 7, -1, i64::MAX, i64::MIN] {
            assert_eq!(number(value.to_string().as_bytes()), Ok(value));
        }
    }
}
