//! A place in serialised bytes, and reading on from there without copying.

use super::Fault;

/// Reads bytes from the front to the back.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many bytes have been read.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// What has not been read.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    /// Whether everything has been read.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// The next `count` bytes. A count comes from the bytes themselves and may be any lie.
    ///
    /// # Errors
    /// There are not as many.
    pub fn take(&mut self, count: u64) -> Result<&'a [u8], Fault> {
        let taken = usize::try_from(count).ok().and_then(|count| self.rest().get(..count));
        let taken = taken.ok_or(Fault::short(self.at))?;
        self.at += taken.len();
        Ok(taken)
    }

    /// The next `N` bytes, for `from_le_bytes` and the like.
    ///
    /// # Errors
    /// There are not as many.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let taken = *self.rest().first_chunk::<N>().ok_or(Fault::short(self.at))?;
        self.at += N;
        Ok(taken)
    }

    /// The next byte.
    ///
    /// # Errors
    /// There is none.
    pub fn byte(&mut self) -> Result<u8, Fault> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A time in ms, or any eight bytes that are a signed number: little endian
    /// (`rdbLoadMillisecondTime` in `rdb.c`).
    ///
    /// # Errors
    /// There are not as many bytes.
    pub fn millis(&mut self) -> Result<i64, Fault> {
        self.array().map(i64::from_le_bytes)
    }

    /// A fault at this place.
    #[must_use]
    pub fn corrupt(&self, why: &'static str) -> Fault {
        Fault::corrupt(self.at, why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_lies_is_short_and_moves_nothing() {
        let mut cursor = Cursor::new(b"abc");
        assert_eq!(cursor.take(u64::MAX), Err(Fault::short(0)));
        assert_eq!(cursor.take(2), Ok(&b"ab"[..]));
        assert_eq!(cursor.array::<2>(), Err(Fault::short(2)));
        assert_eq!(cursor.byte(), Ok(b'c'));
        assert!(cursor.is_at_end() && cursor.rest().is_empty());
    }
}
