//! A decoder and where its bytes come from.

use std::io::{self, Read};

use super::{RdbError, ReadLimits, Record, RecordDecoder};

/// Reads the records of a file, or of anything that bytes are read from. After a fault, and after
/// [`Record::End`], there are none; nothing is read that the records do not need, but for the rest of
/// a window.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    decoder: RecordDecoder,
    is_over: bool,
}

impl<R: Read> Reader<R> {
    /// Starts at the file's first byte.
    pub fn new(from: R) -> Self {
        Self::with_decoder(from, RecordDecoder::new(ReadLimits::default()))
    }

    /// The same, with a decoder that keeps more or less.
    pub fn with_decoder(from: R, decoder: RecordDecoder) -> Self {
        Self { from, decoder, is_over: false }
    }

    /// Whether payloads are made of the keys that come next; else they come without their values.
    pub fn keep_values(&mut self, keeps_values: bool) {
        self.decoder.keep_values(keeps_values);
    }

    /// How many bytes of the file have been read; of a packed one, of what it holds.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.decoder.offset()
    }

    fn read_on(&mut self) -> Result<Option<Record>, RdbError> {
        loop {
            if let Some(record) = self.decoder.next_record()? {
                return Ok(Some(record));
            }
            if self.decoder.is_done() {
                return Ok(None);
            }
            match self.from.read(self.decoder.room()) {
                Ok(count) => self.decoder.filled(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(RdbError { offset: self.decoder.offset(), fault: error.into() }),
            }
        }
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Record, RdbError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let record = self.read_on();
        self.is_over = record.is_err();
        record.transpose()
    }
}
