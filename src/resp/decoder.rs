//! Decodes RESP2 replies from a stream of bytes, which may be cut anywhere.
//!
//! See the serialization protocol specification of Redis, version 2.

use bytes::{Buf, Bytes, BytesMut};

use super::Reply;

/// The longest header, status or error, in bytes.
const MAX_LINE: usize = 64 << 10;
/// The deepest nesting of arrays.
const MAX_DEPTH: usize = 8;
/// The most bytes that are reserved because of a length in a header (fewer for arrays). Enough for the longest string
/// that servers allow by default (`proto-max-bulk-len`), so that its bytes are not moved again.
const MAX_RESERVED: usize = (512 << 20) + 2;

/// The bytes are not RESP2.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(&'static str);

/// Received bytes, and the arrays that are not complete yet.
#[derive(Debug, Default)]
pub struct Decoder {
    /// Bytes that were received and not decoded yet.
    pub buffer: BytesMut,
    arrays: Vec<PartialArray>,
    /// The length of a bulk string whose header has been decoded.
    bulk: Option<usize>,
}

#[derive(Debug)]
struct PartialArray {
    missing: usize,
    replies: Vec<Reply>,
}

enum Header {
    Whole(Reply),
    Bulk(usize),
    Array(usize),
}

impl Decoder {
    /// Decodes the next reply; `None` if it has not been received completely.
    ///
    /// # Errors
    ///
    /// The bytes are not RESP2.
    pub fn next_reply(&mut self) -> Result<Option<Reply>, Malformed> {
        loop {
            let Some(reply) = self.element()? else { return Ok(None) };
            if let Some(whole) = self.collect(reply) {
                return Ok(Some(whole));
            }
        }
    }

    /// Decodes the next reply, or the next element of an array.
    fn element(&mut self) -> Result<Option<Reply>, Malformed> {
        loop {
            if let Some(length) = self.bulk {
                return self.take_bulk(length);
            }
            match self.header()? {
                None => return Ok(None),
                Some(Header::Whole(reply)) => return Ok(Some(reply)),
                Some(Header::Bulk(length)) => self.bulk = Some(length),
                Some(Header::Array(0)) => return Ok(Some(Reply::Array(Vec::new()))),
                Some(Header::Array(missing)) => {
                    if self.arrays.len() == MAX_DEPTH {
                        return Err(Malformed("arrays nested too deeply"));
                    }
                    let capacity = missing.min(MAX_RESERVED / size_of::<Reply>() / 512);
                    self.arrays.push(PartialArray { missing, replies: Vec::with_capacity(capacity) });
                }
            }
        }
    }

    /// Adds a reply to the innermost incomplete array, and returns the outermost array when it is complete.
    fn collect(&mut self, mut reply: Reply) -> Option<Reply> {
        while let Some(array) = self.arrays.last_mut() {
            array.replies.push(reply);
            array.missing -= 1;
            if array.missing > 0 {
                return None;
            }
            reply = Reply::Array(self.arrays.pop().map(|array| array.replies).unwrap_or_default());
        }
        Some(reply)
    }

    fn take_bulk(&mut self, length: usize) -> Result<Option<Reply>, Malformed> {
        let missing = (length + 2).saturating_sub(self.buffer.len());
        if missing > 0 {
            self.buffer.reserve(missing.min(MAX_RESERVED));
            return Ok(None);
        }
        let text = self.buffer.split_to(length).freeze();
        if !self.buffer.starts_with(b"\r\n") {
            return Err(Malformed("a bulk string that is longer than its header says"));
        }
        self.buffer.advance(2);
        self.bulk = None;
        Ok(Some(Reply::Bulk(text)))
    }

    /// Decodes a line. Numbers and lengths are parsed in the buffer; only the text of a status or an error leaves it.
    fn header(&mut self) -> Result<Option<Header>, Malformed> {
        if let Some(status) = self.usual_status() {
            return Ok(Some(Header::Whole(status)));
        }
        let Some(end) = self.line_end()? else { return Ok(None) };
        let (&kind, rest) = self.buffer[..end].split_first().ok_or(Malformed("an empty line"))?;
        let header = match kind {
            b':' => Header::Whole(Reply::Int(number(rest)?)),
            b'$' => length(rest)?.map_or(Header::Whole(Reply::Nil), Header::Bulk),
            b'*' => length(rest)?.map_or(Header::Whole(Reply::Nil), Header::Array),
            b'+' | b'-' => {
                let text = self.buffer.split_to(end + 2).freeze().slice(1..end);
                return Ok(Some(Header::Whole(if kind == b'+' { Reply::Status(text) } else { Reply::Error(text) })));
            }
            _ => return Err(Malformed("an unknown type of reply")),
        };
        self.buffer.advance(end + 2);
        Ok(Some(header))
    }

    /// Decodes a status that most commands have. It needs no part of the buffer.
    fn usual_status(&mut self) -> Option<Reply> {
        const USUAL: [(&[u8], &[u8]); 2] = [(b"+OK\r\n", b"OK"), (b"+QUEUED\r\n", b"QUEUED")];
        let (line, text) = USUAL.into_iter().find(|(line, _)| self.buffer.starts_with(line))?;
        self.buffer.advance(line.len());
        Some(Reply::Status(Bytes::from_static(text)))
    }

    /// The position of the `\r\n` that ends the next line.
    fn line_end(&self) -> Result<Option<usize>, Malformed> {
        let Some(newline) = self.buffer.iter().position(|&byte| byte == b'\n') else {
            return if self.buffer.len() > MAX_LINE { Err(Malformed("a line that is too long")) } else { Ok(None) };
        };
        match newline.checked_sub(1) {
            Some(end) if self.buffer[end] == b'\r' => Ok(Some(end)),
            _ => Err(Malformed("a line that does not end with CR LF")),
        }
    }
}

/// A decimal number.
fn number(digits: &[u8]) -> Result<i64, Malformed> {
    const INVALID: Malformed = Malformed("an invalid number");
    let (is_negative, digits) = match digits {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() {
        return Err(INVALID);
    }
    // Counted downwards, because the lowest number has no positive counterpart.
    let mut negative = 0_i64;
    for digit in digits {
        let value = digit.wrapping_sub(b'0');
        if value > 9 {
            return Err(INVALID);
        }
        negative = negative.checked_mul(10).and_then(|tens| tens.checked_sub(value.into())).ok_or(INVALID)?;
    }
    if is_negative { Ok(negative) } else { negative.checked_neg().ok_or(INVALID) }
}

/// A length; `None` for -1, which is nil.
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
        fn replies_do_not_depend_on_where_the_stream_is_cut(replies in replies(), cut in 1_usize..20) {
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
        fn no_input_makes_the_decoder_panic(bytes in prop::collection::vec(prop_oneof![Just(b'*'), Just(b'$'), Just(b'\r'), Just(b'\n'), Just(b'1'), any::<u8>()], 0..60)) {
            let mut decoder = Decoder::default();
            decoder.buffer.extend_from_slice(&bytes);
            while let Ok(Some(_)) = decoder.next_reply() {}
        }
    }

    #[test]
    fn a_huge_length_does_not_reserve_memory() {
        let mut decoder = Decoder::default();
        decoder.buffer.extend_from_slice(b"*999999999999\r\n$9999999999999\r\n");
        assert_eq!(decoder.next_reply(), Ok(None));
        assert!(decoder.buffer.capacity() <= MAX_RESERVED + 64);
    }

    #[test]
    fn input_that_is_not_resp_is_an_error() {
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
    fn numbers_are_decoded_up_to_their_limits() {
        for value in [0, 7, -1, i64::MAX, i64::MIN] {
            assert_eq!(number(value.to_string().as_bytes()), Ok(value));
        }
    }
}
