//! Reading serialised bytes without copying them.

use super::Fault;

/// A position in serialised bytes. A read that fails with [`Short`](super::FaultKind::Short) can be repeated with more
/// bytes, from a clone of the cursor before it.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// A cursor before the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The number of bytes that have been read.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The bytes that have not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Reads the next `count` bytes. The count was read from the bytes as well, so it may be any number.
    pub(crate) fn take(&mut self, count: u64) -> Result<&'a [u8], Fault> {
        let taken = usize::try_from(count).ok().and_then(|count| self.rest().get(..count));
        let taken = taken.ok_or(Fault::short(self.at))?;
        self.at += taken.len();
        Ok(taken)
    }

    /// Reads the next `N` bytes, for `from_le_bytes` and the like.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let taken = *self.rest().first_chunk::<N>().ok_or(Fault::short(self.at))?;
        self.at += N;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Fault> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Reads a time in ms, or any other signed number of eight bytes, little endian (`rdbLoadMillisecondTime` in `rdb.c`).
    pub(crate) fn millis(&mut self) -> Result<i64, Fault> {
        self.array().map(i64::from_le_bytes)
    }

    /// Checks that nothing follows.
    pub(crate) fn expect_end(&self) -> Result<(), Fault> {
        if self.is_at_end() { Ok(()) } else { Err(self.corrupt("bytes follow the value")) }
    }

    /// A fault at this position.
    pub(crate) fn corrupt(&self, why: &'static str) -> Fault {
        Fault::corrupt(self.at, why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_is_too_large_is_short_and_moves_nothing() {
        let mut cursor = Cursor::new(b"abc");
        assert_eq!(cursor.take(u64::MAX), Err(Fault::short(0)));
        assert_eq!(cursor.take(2), Ok(&b"ab"[..]));
        assert_eq!(cursor.array::<2>(), Err(Fault::short(2)));
        assert_eq!(cursor.byte(), Ok(b'c'));
        assert!(cursor.is_at_end() && cursor.rest().is_empty());
    }
}
