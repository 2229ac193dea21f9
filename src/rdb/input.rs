//! The bytes of a file that have arrived and are not read yet, and how much memory reading may take.

use crate::payload::{Crc64, Cursor};

/// The smallest room that is offered for the next bytes.
const CHUNK: usize = 256 << 10;

/// How much of a file may be kept in memory, whatever lengths it announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// The largest payload in bytes; a larger value is skipped and reported as unreadable.
    pub payload: u64,
    /// The longest key, metadata string, function library or set of template fields in bytes, unpacked; a longer one
    /// is an error.
    pub string: u64,
}

impl Default for ReadLimits {
    /// By default no server accepts a string of more than 512 MiB (`proto-max-bulk-len`).
    fn default() -> Self {
        const HALF_A_GIB: u64 = 512 << 20;
        Self { payload: HALF_A_GIB, string: HALF_A_GIB }
    }
}

/// A window that moves over the file. Bytes go into the checksum when they leave it.
#[derive(Debug)]
pub(super) struct InputWindow {
    bytes: Vec<u8>,
    /// Where the unread bytes begin.
    at: usize,
    /// Where they end and the room begins.
    end: usize,
    /// The number of bytes that have left the window.
    left: u64,
    checksum: Crc64,
    has_ended: bool,
}

impl InputWindow {
    /// Allocates the usual size at once: zeroed memory costs nothing until it is used.
    pub(super) fn new() -> Self {
        Self { bytes: vec![0; 2 * CHUNK], at: 0, end: 0, left: 0, checksum: Crc64::default(), has_ended: false }
    }

    pub(super) fn unread(&self) -> &[u8] {
        &self.bytes[self.at..self.end]
    }

    /// A cursor after the first byte of a record, which has arrived: its opcode or type.
    pub(super) fn after_first_byte(&self) -> Cursor<'_> {
        let mut cursor = Cursor::new(self.unread());
        cursor.byte().expect("the record's first byte has arrived");
        cursor
    }

    /// Marks bytes as read.
    pub(super) fn read(&mut self, count: usize) {
        self.at += count;
        debug_assert!(self.at <= self.end, "only bytes that have arrived can be read");
    }

    /// The offset in the file of the first unread byte.
    pub(super) fn offset(&self) -> u64 {
        self.left + self.at as u64
    }

    /// Room for more bytes. The window grows only if all of it is unread: memory is taken for bytes that have arrived,
    /// never for bytes that a length announces.
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

    /// Reports that `count` bytes were put into the room; 0 means the end of the file.
    pub(super) fn filled(&mut self, count: usize) {
        self.end += count;
        self.has_ended |= count == 0;
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// The checksum of all bytes that have been read.
    pub(super) fn checksum(&mut self) -> u64 {
        self.settle();
        self.checksum.value()
    }

    /// Drops the bytes that were read since the last call and adds them to the checksum: one call for many small
    /// records.
    fn settle(&mut self) {
        self.checksum.update(&self.bytes[..self.at]);
        self.left += self.at as u64;
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
    fn the_checksum_covers_exactly_the_bytes_that_were_read() {
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
    fn the_window_does_not_grow_while_its_bytes_are_read() {
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
