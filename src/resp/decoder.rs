//! Decodes RESP2 replies from a stream of bytes, which may be cut anywhere.
//!
//! See the serialization protocol specification of Redis, version 2.

use bytes::{Buf, Bytes, BytesMut};

use super::Reply;
use super::expected::Usual;
use crate::budget::LONGEST_REPLY;

/// The longest header, status or error, in bytes.
const MAX_LINE: usize = 64 << 10;
/// So many digits, and the end of their line, are decoded in one pass; they fit into 64 bits.
const MAX_SHORT: usize = 18;
/// The deepest nesting of arrays.
const MAX_DEPTH: usize = 8;
/// The most elements of an array. `SCAN` returns few more than its `COUNT`, which is at most a million.
const MAX_ELEMENTS: usize = 1_200_000;
/// A server whose reply has more bytes than this sends without end.
const ENDLESS: usize = 16 << 30;
/// The most bytes that are reserved because of a length in a header (fewer for arrays). Enough for the longest string
/// that servers allow by default (`proto-max-bulk-len`), so that its bytes are not moved again.
const MAX_RESERVED: usize = (512 << 20) + 2;

/// The bytes are not RESP2.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(&'static str);

/// Received bytes, and the arrays that are not complete yet.
#[derive(Debug)]
pub struct Decoder {
    /// Bytes that were received. The first `decoded` ones are not needed any more.
    pub buffer: BytesMut,
    /// Removing bytes takes longer than counting them, and most replies have few.
    decoded: usize,
    /// Whether the reply that is being decoded has a text: an error, or an unusual status.
    pub has_text: bool,
    /// The most bytes that one reply may have. A longer bulk string is not kept: an error reply takes its place.
    pub longest: usize,
    arrays: Vec<PartialArray>,
    /// The length of a bulk string whose header has been decoded.
    bulk: Option<usize>,
    /// The bytes of that bulk string that have been dropped.
    dropped: usize,
    /// The bytes that the incomplete arrays take in memory, with the elements that are missing, but not their texts.
    held: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        let (buffer, arrays) = (BytesMut::new(), Vec::new());
        Self { buffer, decoded: 0, has_text: false, longest: LONGEST_REPLY, arrays, bulk: None, dropped: 0, held: 0 }
    }
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

impl Header {
    /// The header of this kind with this number. The length -1 is nil.
    fn of(kind: u8, number: i64) -> Result<Self, Malformed> {
        match (kind, number) {
            (b':', number) => Ok(Self::Whole(Reply::Int(number))),
            (_, -1) => Ok(Self::Whole(Reply::Nil)),
            (kind, length) => {
                let length = usize::try_from(length).map_err(|_| Malformed("a negative length"))?;
                Ok(if kind == b'$' { Self::Bulk(length) } else { Self::Array(length) })
            }
        }
    }
}

impl Decoder {
    /// Decodes the next reply; `None` if it has not been received completely.
    ///
    /// # Errors
    ///
    /// The bytes are not RESP2.
    #[inline]
    pub fn next_reply(&mut self) -> Result<Option<Reply>, Malformed> {
        loop {
            let Some(reply) = self.element()? else {
                self.remove_decoded();
                return Ok(None);
            };
            if let Some(whole) = self.collect(reply) {
                return Ok(Some(whole));
            }
        }
    }

    /// Skips the next replies, if they are as usual. Returns how many were skipped; the header of an array counts as one.
    pub fn skip(&mut self, usual: Usual) -> usize {
        if !self.arrays.is_empty() || self.bulk.is_some() {
            return 0;
        }
        match usual {
            Usual::Ok => self.skip_each(b"+OK\r\n", 1),
            Usual::Queued(most) => self.skip_each(b"+QUEUED\r\n", most),
            Usual::Opening(opening) => opening.replies() * self.skip_each(opening.text(), 1),
        }
    }

    /// Skips a text, as often as it comes next. Returns how often.
    fn skip_each(&mut self, text: &[u8], most: usize) -> usize {
        let skipped = self.unread().chunks_exact(text.len()).take(most).take_while(|next| *next == text).count();
        self.decoded += skipped * text.len();
        skipped
    }

    /// The bytes that are not decoded yet.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        &self.buffer[self.decoded..]
    }

    fn remove_decoded(&mut self) {
        self.buffer.advance(std::mem::take(&mut self.decoded));
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
                Some(Header::Array(missing)) => self.open_array(missing)?,
            }
        }
    }

    fn open_array(&mut self, missing: usize) -> Result<(), Malformed> {
        if self.arrays.len() == MAX_DEPTH {
            return Err(Malformed("arrays nested too deeply"));
        }
        if missing > MAX_ELEMENTS {
            return Err(Malformed("an array that is too long"));
        }
        if self.arrays.is_empty() {
            self.held = 0;
        }
        self.hold(missing * size_of::<Reply>())?;
        let capacity = missing.min(MAX_RESERVED / size_of::<Reply>() / 512);
        self.arrays.push(PartialArray { missing, replies: Vec::with_capacity(capacity) });
        Ok(())
    }

    /// Counts what an array takes in memory.
    fn hold(&mut self, bytes: usize) -> Result<(), Malformed> {
        self.held += bytes;
        if self.held > self.longest { Err(Malformed("an array that is too long")) } else { Ok(()) }
    }

    /// Counts a text, if it is an element of an array.
    fn hold_text(&mut self, length: usize) -> Result<(), Malformed> {
        if self.arrays.is_empty() { Ok(()) } else { self.hold(length) }
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
        if length > self.longest {
            return self.drop_bulk(length);
        }
        self.remove_decoded();
        let missing = (length + 2).saturating_sub(self.buffer.len());
        if missing > 0 {
            self.buffer.reserve(missing.min(MAX_RESERVED));
            return Ok(None);
        }
        let text = self.buffer.split_to(length).freeze();
        self.end_bulk()?;
        self.hold_text(length)?;
        Ok(Some(Reply::Bulk(text)))
    }

    /// Drops the bytes of a bulk string that is too long.
    #[cold]
    fn drop_bulk(&mut self, length: usize) -> Result<Option<Reply>, Malformed> {
        if length > ENDLESS {
            return Err(Malformed("a bulk string that is too long"));
        }
        self.remove_decoded();
        let some = self.buffer.len().min(length - self.dropped);
        self.buffer.advance(some);
        self.dropped += some;
        if self.dropped < length || self.buffer.len() < 2 {
            return Ok(None);
        }
        self.end_bulk()?;
        self.dropped = 0;
        let limit = self.longest;
        Ok(Some(Reply::Error(
            format!("ERR its value of {length} bytes is longer than a reply may be ({limit})").into(),
        )))
    }

    fn end_bulk(&mut self) -> Result<(), Malformed> {
        if !self.unread().starts_with(b"\r\n") {
            return Err(Malformed("a bulk string that is longer than its header says"));
        }
        self.decoded += 2;
        self.bulk = None;
        Ok(())
    }

    /// Decodes a line. Numbers and lengths are parsed in the buffer; only the text of a status or an error leaves it.
    fn header(&mut self) -> Result<Option<Header>, Malformed> {
        if self.unread().starts_with(b"+OK\r\n") {
            self.decoded += b"+OK\r\n".len();
            return Ok(Some(Header::Whole(Reply::Status(Bytes::from_static(b"OK")))));
        }
        if let Some(header) = self.short_number()? {
            return Ok(Some(header));
        }
        let Some(end) = self.line_end()? else { return Ok(None) };
        let (&kind, rest) = self.unread()[..end].split_first().ok_or(Malformed("an empty line"))?;
        let header = match kind {
            b':' | b'$' | b'*' => Header::of(kind, number(rest)?)?,
            b'+' | b'-' => return self.text(kind, end).map(|reply| Some(Header::Whole(reply))),
            _ => return Err(Malformed("an unknown type of reply")),
        };
        self.decoded += end + 2;
        Ok(Some(header))
    }

    /// Decodes a number or a length in one pass. Longer or incomplete lines, and errors, are left to
    /// [`Decoder::header`].
    fn short_number(&mut self) -> Result<Option<Header>, Malformed> {
        let Some((&kind @ (b':' | b'$' | b'*'), rest)) = self.unread().split_first() else { return Ok(None) };
        let (is_negative, digits) = match rest {
            [b'-', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        let mut number = 0;
        for (count, byte) in digits.iter().take(MAX_SHORT).enumerate() {
            match byte {
                b'0'..=b'9' => number = number * 10 + i64::from(byte - b'0'),
                b'\r' if count > 0 && digits.get(count + 1) == Some(&b'\n') => {
                    self.decoded += 1 + usize::from(is_negative) + count + 2;
                    return Header::of(kind, if is_negative { -number } else { number }).map(Some);
                }
                _ => break,
            }
        }
        Ok(None)
    }

    /// Takes an error, or an unusual status, which ends at `end`.
    fn text(&mut self, kind: u8, end: usize) -> Result<Reply, Malformed> {
        self.hold_text(end)?;
        self.has_text = true;
        self.remove_decoded();
        let text = self.buffer.split_to(end + 2).freeze().slice(1..end);
        Ok(if kind == b'+' { Reply::Status(text) } else { Reply::Error(text) })
    }

    /// The position of the `\r\n` that ends the next line.
    fn line_end(&self) -> Result<Option<usize>, Malformed> {
        let unread = self.unread();
        let Some(newline) = unread.iter().position(|&byte| byte == b'\n') else {
            return if unread.len() > MAX_LINE { Err(Malformed("a line that is too long")) } else { Ok(None) };
        };
        match newline.checked_sub(1) {
            Some(end) if unread[end] == b'\r' => Ok(Some(end)),
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

#[cfg(test)]
mod tests;
