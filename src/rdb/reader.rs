//! A decoder together with the source of its bytes.

use std::io::{self, Read};

use super::{RdbError, ReadLimits, Record, RecordDecoder};

/// Iterates over the records of a file, or of anything else that implements [`Read`]. The iteration ends after an error
/// and after [`Record::End`]. At most one window of bytes is read ahead.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    decoder: RecordDecoder,
    is_over: bool,
}

impl<R: Read> Reader<R> {
    /// A reader that keeps values within the default limits.
    pub fn new(from: R) -> Self {
        Self::with_decoder(from, RecordDecoder::new(ReadLimits::default()))
    }

    /// A reader with a decoder that has other limits or keeps no values.
    pub fn with_decoder(from: R, decoder: RecordDecoder) -> Self {
        Self { from, decoder, is_over: false }
    }

    /// Sets whether the keys that follow come with their values.
    pub fn keep_values(&mut self, keeps_values: bool) {
        self.decoder.keep_values(keeps_values);
    }

    /// The number of bytes that the records so far take; of a packed file, unpacked.
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
