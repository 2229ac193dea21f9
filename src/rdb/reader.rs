//! A decoder together with the source of its bytes.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use super::tail::Tail;
use super::{NotCarried, RdbError, ReadLimits, Record, RecordDecoder};

/// Iterates over the records of a file, or of anything else that implements [`Read`]. At most one window of bytes is read
/// ahead.
///
/// After [`Record::End`], the bytes that follow the file are read to their end and checked: another file is an error, a
/// packed file has its checksum there, and the writer of a pipe gets no SIGPIPE. An error of the kind
/// [`WouldBlock`](ErrorKind::WouldBlock) means that nothing has arrived for a while. It is repeated up to the end of the
/// file, and ends the reading after it, because a writer may keep its pipe open for ever.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    decoder: RecordDecoder,
    /// What follows the file, and since when it is read.
    tail: Option<(Tail, Instant)>,
    is_over: bool,
}

/// How long the bytes that follow a file are read, if their writer never pauses. A large AOF takes seconds.
const TAIL_LASTS: Duration = Duration::from_mins(1);

impl<R: Read> Reader<R> {
    /// A reader that keeps values within the default limits.
    pub fn new(from: R) -> Self {
        Self::with_decoder(from, RecordDecoder::new(ReadLimits::default()))
    }

    /// A reader with a decoder that has other limits or keeps no values.
    pub fn with_decoder(from: R, decoder: RecordDecoder) -> Self {
        Self { from, decoder, tail: None, is_over: false }
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
                return self.read_tail();
            }
            self.fill()?;
        }
    }

    /// Reads what follows the file. Returns what there is to report, each once.
    fn read_tail(&mut self) -> Result<Option<Record>, RdbError> {
        while !self.is_over {
            let (mut tail, since) = self.tail.take().unwrap_or_else(|| (Tail::default(), Instant::now()));
            let were_known = tail.has_commands();
            tail.pass(self.decoder.unread(), self.decoder.offset())?;
            self.decoder.drop_unread();
            let is_open = since.elapsed() > TAIL_LASTS || !self.fill()?;
            self.is_over = is_open || self.decoder.has_ended();
            if self.is_over {
                tail.end()?;
            }
            let has_commands = tail.has_commands();
            self.tail = Some((tail, since));
            if has_commands && !were_known {
                return Ok(Some(Record::Commands));
            }
            if is_open && !has_commands {
                return Ok(Some(Record::NotCarried(NotCarried::OpenPipe)));
            }
        }
        Ok(None)
    }

    /// Reads more bytes into the decoder; `false` if nothing has arrived for a while.
    fn fill(&mut self) -> Result<bool, RdbError> {
        match self.from.read(self.decoder.room()) {
            Ok(count) => self.decoder.filled(count),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(RdbError { offset: self.decoder.offset(), fault: error.into() }),
        }
        Ok(true)
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Record, RdbError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let record = self.read_on();
        self.is_over |= record.is_err();
        record.transpose()
    }
}
