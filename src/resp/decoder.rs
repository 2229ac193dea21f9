//! RESP2 replies out of a stream of bytes, however it is cut.
//!
//! Source: the serialization protocol specification of Redis, version 2.

use bytes::{Buf, Bytes, BytesMut};

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

    fn header(&mut self) -> Result<Option<Header>, Malformed> {
        let Some(line) = self.line()? else { return Ok(None) };
        let (&kind, rest) = line.split_first().ok_or(Malformed("an empty line"))?;
        Ok(Some(match kind {
            b'+' => Header::Whole(Reply::Status(line.slice(1..))),
            b'-' => Header::Whole(Reply::Error(line.slice(1..))),
            b':' => Header::Whole(Reply::Int(number(rest)?)),
            b'$' => length(rest)?.map_or(Header::Whole(Reply::Nil), Header::Text),
            b'*' => length(rest)?.map_or(Header::Whole(Reply::Nil), Header::List),
            _ => return Err(Malformed("an unknown kind of reply")),
        }))
    }

    /// A line without its end.
    fn line(&mut self) -> Result<Option<Bytes>, Malformed> {
        let Some(end) = self.buffer.iter().position(|&byte| byte == b'\n') else {
            return if self.buffer.len() > LONGEST_LINE { Err(Malformed("a line without end")) } else { Ok(None) };
        };
        let line = self.buffer.split_to(end + 1).freeze();
        match line.strip_suffix(b"\r\n") {
            Some(text) => Ok(Some(line.slice(..text.len()))),
            None => Err(Malformed("a line with a wrong end")),
        }
    }
}

fn number(digits: &[u8]) -> Result<i64, Malformed> {
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or(Malformed("a number that is none"))
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
        for bytes in ["HTTP/1.1 400 Bad Request\r\n", "$2\r\nabc\r\n", ":x\r\n", "$-2\r\n", "+OK\n"] {
            let mut decoder = Decoder::default();
            decoder.buffer.extend_from_slice(bytes.as_bytes());
            assert!(decoder.next_reply().is_err(), "{bytes:?}");
        }
    }
}
