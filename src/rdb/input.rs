//! Bytes that have arrived and are not used up.

use crate::payload::Crc64;

/// How many bytes are asked for at once, at the least.
const CHUNK: usize = 256 << 10;

/// How much of a file is kept in memory, whatever it says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// The largest payload that is made; a larger value is passed over, and its key is unreadable.
    pub payload: u64,
    /// The longest key, name, function or set of template fields; a longer one is a fault. Compressed
    /// ones are measured unpacked.
    pub string: u64,
}

impl Default for ReadLimits {
    /// A server takes and holds no string of more than 512 MB (`proto-max-bulk-len`), unless told to.
    fn default() -> Self {
        const HALF_A_GIB: u64 = 512 << 20;
        Self { payload: HALF_A_GIB, string: HALF_A_GIB }
    }
}

/// A window over the file. Everything that leaves it has gone into the checksum.
#[derive(Debug)]
pub(super) struct InputWindow {
    bytes: Vec<u8>,
    /// Where the unread begins.
    at: usize,
    /// Where it ends; behind it is room.
    end: usize,
    /// Bytes that have left the window.
    gone: u64,
    checksum: Crc64,
    has_ended: bool,
}

impl InputWindow {
    /// As large as it is mostly needed, from the start: zeroed memory costs nothing until it is used.
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; 2 * CHUNK], at: 0, end: 0, gone: 0, checksum: Crc64::default(), has_ended: false }
    }

    /// What is there and not read.
    pub(super) fn unread(&self) -> &[u8] {
        &self.bytes[self.at..self.end]
    }

    /// Takes bytes as read.
    pub(super) fn read(&mut self, count: usize) {
        self.at += count;
        debug_assert!(self.at <= self.end, "what is read must be there");
    }

    /// The offset in the file of the first unread byte.
    pub(super) fn offset(&self) -> u64 {
        self.gone + self.at as u64
    }

    /// Room for more bytes. It grows only where a whole window is unread, so never faster than bytes
    /// arrive.
    pub(super) fn room(&mut self) -> &mut [u8] {
        self.settle();
        if self.bytes.len() - self.end < CHUNK {
            self.bytes.resize(self.end + self.end.max(CHUNK), 0);
        } else if self.end < CHUNK && self.bytes.len() > 4 * CHUNK {
            self.bytes.truncate(2 * CHUNK);
            self.bytes.shrink_to_fit();
        }
        &mut self.bytes[self.end..]
    }

    /// `count` bytes have been put into the room; none: the file has ended.
    pub(super) fn filled(&mut self, count: usize) {
        self.end += count;
        self.has_ended |= count == 0;
    }

    /// Whether no more bytes will come.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// The checksum of all that has been read.
    pub(super) fn checksum(&mut self) -> u64 {
        self.settle();
        self.checksum.value()
    }

    /// Lets go of what was read since the last time, many small records at once, and adds it to the
    /// checksum.
    fn settle(&mut self) {
        self.checksum.update(&self.bytes[..self.at]);
        self.gone += self.at as u64;
        self.bytes.copy_within(self.at..self.end, 0);
        self.end -= self.at;
        self.at = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::crc64;

    #[test]
    fn the_checksum_covers_what_was_read_and_nothing_else() {
        let mut input = InputWindow::new();
        for piece in [&b"1234"[..], b"56789", b"more"] {
            input.room()[..piece.len()].copy_from_slice(piece);
            input.filled(piece.len());
        }
        input.read(4);
        input.room();
        input.read(5);
        assert_eq!((input.offset(), input.unread()), (9, &b"more"[..]));
        assert_eq!(input.checksum(), crc64(b"123456789"));
    }

    #[test]
    fn room_grows_with_what_is_unread_only() {
        let mut input = InputWindow::new();
        for _ in 0..100 {
            let size = input.room().len();
            assert_eq!(size, 2 * CHUNK);
            input.filled(size);
            input.read(size);
        }
        assert!(!input.has_ended());
        input.filled(0);
        assert!(input.has_ended());
    }
}
