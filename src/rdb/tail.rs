//! What may follow the end of a file.
//!
//! Nothing that follows belongs to the file, so nothing of it is moved. It may be padding (zeros, or a newline), the mark
//! at the end of a replication stream, or the commands of an AOF. Anything else is an error, above all another RDB file:
//! its keys would be lost in silence.

use super::{RdbError, RdbFault};

/// The length of the mark with which a diskless replication ends: hexadecimal digits (`getRandomHexChars` in `util.c`).
const MARK: usize = 40;

/// A reading of the bytes after the end of a file, in pieces of any size.
#[derive(Debug, Default)]
pub(super) struct Tail {
    /// Bytes that are not padding, as long as it is not known what they are.
    token: Vec<u8>,
    /// The offset of the token.
    at: u64,
    has_mark: bool,
    has_commands: bool,
}

impl Tail {
    /// Whether the commands of an AOF follow.
    pub(super) fn has_commands(&self) -> bool {
        self.has_commands
    }

    /// Reads the next bytes, which begin at this offset.
    pub(super) fn pass(&mut self, bytes: &[u8], offset: u64) -> Result<(), RdbError> {
        let mut rest = bytes;
        while !rest.is_empty() && !self.has_commands {
            if self.token.is_empty() {
                let Some(padding) = rest.iter().position(|byte| !is_padding(*byte)) else { return Ok(()) };
                rest = &rest[padding..];
                self.at = offset + (bytes.len() - rest.len()) as u64;
            }
            let (more, after) = rest.split_at(rest.len().min(MARK - self.token.len()));
            self.token.extend_from_slice(more);
            rest = after;
            if self.token.len() == MARK {
                self.decide()?;
            }
        }
        Ok(())
    }

    /// Decides what the last bytes are, because no more follow.
    pub(super) fn end(&mut self) -> Result<(), RdbError> {
        if self.token.is_empty() || self.has_commands { Ok(()) } else { self.decide() }
    }

    fn decide(&mut self) -> Result<(), RdbError> {
        let token = std::mem::take(&mut self.token);
        if begins_commands(&token) {
            self.has_commands = true;
            return Ok(());
        }
        if token.len() == MARK && token.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) && !self.has_mark {
            self.has_mark = true;
            return Ok(());
        }
        let is_rdb = token.starts_with(b"REDIS") || token.starts_with(b"VALKEY");
        let fault = if is_rdb { RdbFault::AnotherFile } else { RdbFault::BytesAfterEnd };
        Err(RdbError::here(fault).after(self.at))
    }
}

fn is_padding(byte: u8) -> bool {
    matches!(byte, 0 | b'\n' | b'\r')
}

/// A command of an AOF, or the time of one.
fn begins_commands(token: &[u8]) -> bool {
    matches!(token, [b'*', b'0'..=b'9', ..]) || token.starts_with(b"#TS:")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The result in pieces of each size: whether commands follow, or the offset of the error.
    fn read(bytes: &[u8]) -> Result<bool, (u64, bool)> {
        let mut results = [1, 3, 7, 1000].map(|size| {
            let mut tail = Tail::default();
            let mut offset = 100;
            let mut read = || {
                for piece in bytes.chunks(size) {
                    tail.pass(piece, offset)?;
                    offset += piece.len() as u64;
                }
                tail.end().map(|()| tail.has_commands())
            };
            read().map_err(|error: RdbError| (error.offset, matches!(error.fault, RdbFault::AnotherFile)))
        });
        results.sort();
        assert_eq!(results.first(), results.last(), "it depends on the pieces");
        results[0]
    }

    const MARK: &[u8] = b"0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn padding_and_a_mark_may_follow() {
        for bytes in
            [&b""[..], b"\n", b"\r\n", &[0; 5000], MARK, &[MARK, b"\r\n\0\0"].concat(), &[b"\0", MARK].concat()]
        {
            assert_eq!(read(bytes), Ok(false), "{bytes:?}");
        }
    }

    #[test]
    fn the_commands_of_an_aof_may_follow() {
        for bytes in [
            &b"*1\r\n$4\r\nPING\r\n"[..],
            b"#TS:1700000000\r\n*1\r\n",
            b"\n*2",
            &[MARK, b"*1\r\n$4\r\nPING\r\n"].concat(),
        ] {
            assert_eq!(read(bytes), Ok(true), "{bytes:?}");
        }
    }

    #[test]
    fn anything_else_is_an_error_with_its_offset() {
        let (mut rdb, mut short) = (b"\0\0REDIS0009".to_vec(), MARK.to_vec());
        assert_eq!(read(&rdb), Err((102, true)));
        rdb.splice(..2, MARK.iter().copied());
        assert_eq!(read(&rdb), Err((140, true)));
        assert_eq!(read(b"VALKEY080"), Err((100, true)));
        short.pop();
        assert_eq!(read(&short), Err((100, false)));
        assert_eq!(read(&[MARK, MARK].concat()), Err((140, false)));
        assert_eq!(read(&MARK.to_ascii_uppercase()), Err((100, false)));
        for bytes in [&b"x"[..], b"*", b"*x", b"#", b"\xff", &[0x1f, 0x8b, 8]] {
            assert_eq!(read(bytes), Err((100, false)), "{bytes:?}");
        }
    }
}
