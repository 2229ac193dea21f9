//! Bytes in, records out.

use super::header::{FileHeader, HEADER};
use super::input::InputWindow;
use super::key::{KeyHeader, Template, Templates};
use super::opcode::Opcode;
use super::part::{PartInProgress, PartKind, SLOT_IMPORT};
use super::records::{self, KeyAttributes};
use super::value::{Arena, ValueInProgress};
use super::{Checksum, KeyRecord, RdbError, RdbFault, ReadLimits, Record};
use crate::payload::layout::MODULE_AUX;
use crate::payload::{Cursor, KEY_META_OPCODE, ValueType};
use crate::version::Flavour;

/// Reads a file's bytes as they come. Give it bytes ([`RecordDecoder::room`], [`RecordDecoder::filled`]) whenever
/// [`RecordDecoder::next_record`] has none left to give.
#[derive(Debug)]
pub struct RecordDecoder {
    input: InputWindow,
    limits: ReadLimits,
    keeps_values: bool,
    arena: Arena,
    templates: Templates,
    attributes: KeyAttributes,
    header: FileHeader,
    state: State,
}

/// What comes next.
#[derive(Debug)]
enum State {
    Header,
    Record,
    Value(KeyRecord, ValueInProgress),
    Part(PartInProgress),
    Checksum { computed: u64 },
    Done,
}

/// What a look at the bytes gave.
enum Advance {
    Record(Record),
    Again,
    /// More bytes are needed.
    NeedBytes,
}

impl RecordDecoder {
    /// Starts at a file's first byte.
    #[must_use]
    pub fn new(limits: ReadLimits) -> Self {
        Self {
            input: InputWindow::new(),
            limits,
            keeps_values: true,
            arena: Arena::new(),
            templates: Templates::default(),
            attributes: KeyAttributes::default(),
            header: FileHeader { flavour: Flavour::Redis, version: 0 },
            state: State::Header,
        }
    }

    /// The same, making no payloads: to count, or to look whether a file is sound.
    #[must_use]
    pub fn without_values(self) -> Self {
        Self { keeps_values: false, ..self }
    }

    /// Whether payloads are made of the keys that come next.
    pub fn keep_values(&mut self, keeps_values: bool) {
        self.keeps_values = keeps_values;
    }

    /// Where the next bytes are put; never empty.
    pub fn room(&mut self) -> &mut [u8] {
        self.input.room()
    }

    /// `count` bytes have been put into the [room](Self::room); 0: there are no more.
    pub fn filled(&mut self, count: usize) {
        self.input.filled(count);
    }

    /// How many bytes of the file have been read.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.input.offset()
    }

    /// Whether the last record was given.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// The next record; `None` where more bytes are needed, or the last one was given.
    ///
    /// # Errors
    /// The file cannot be read on.
    pub fn next_record(&mut self) -> Result<Option<Record>, RdbError> {
        loop {
            let turn = match self.state {
                State::Header => self.header(),
                State::Record => self.record(),
                State::Value(..) => self.value(),
                State::Part(_) => self.part(),
                State::Checksum { computed } => self.checksum(computed),
                State::Done => return Ok(None),
            };
            match turn {
                Ok(Advance::Record(record)) => return Ok(Some(record)),
                Ok(Advance::Again) => {}
                Ok(Advance::NeedBytes) if self.input.has_ended() => return Err(self.truncated()),
                Ok(Advance::NeedBytes) => return Ok(None),
                Err(error) => {
                    // What comes after a fault is not to be believed.
                    self.state = State::Done;
                    return Err(error);
                }
            }
        }
    }

    fn truncated(&mut self) -> RdbError {
        let is_empty = self.input.offset() == 0 && self.input.unread().is_empty();
        let fault = match self.state {
            State::Header if is_empty => RdbFault::Empty,
            State::Header => RdbFault::NotRdb,
            State::Value(..) => RdbFault::Truncated("a value"),
            State::Checksum { .. } => RdbFault::Truncated("the checksum"),
            _ if self.input.unread().is_empty() => RdbFault::Truncated("the records"),
            _ => RdbFault::Truncated("a record"),
        };
        self.state = State::Done;
        RdbError { offset: self.input.offset() + self.input.unread().len() as u64, fault }
    }

    fn header(&mut self) -> Result<Advance, RdbError> {
        let Some(&bytes) = self.input.unread().first_chunk::<HEADER>() else { return Ok(Advance::NeedBytes) };
        self.header = FileHeader::parse(bytes).map_err(RdbError::here)?;
        self.input.read(HEADER);
        self.state = State::Record;
        Ok(Advance::Record(Record::Header(self.header)))
    }

    /// A record from its first byte on.
    fn record(&mut self) -> Result<Advance, RdbError> {
        let Some(&first) = self.input.unread().first() else { return Ok(Advance::NeedBytes) };
        match Opcode::from_byte(first, self.header.flavour) {
            Some(Opcode::Eof) => Ok(self.eof()),
            Some(Opcode::ModuleAux) => Ok(self.begin_part(PartKind::Skipped(MODULE_AUX), 1)),
            Some(Opcode::SlotImport) => Ok(self.begin_part(PartKind::Skipped(SLOT_IMPORT), 1)),
            Some(Opcode::KeyMeta) => Ok(self.begin_part(PartKind::KeyMeta, 1)),
            Some(Opcode::HashTemplate) => self.template(),
            Some(opcode) => self.small_record(opcode),
            None => self.key(first),
        }
    }

    fn eof(&mut self) -> Advance {
        self.input.read(1);
        if !self.header.has_checksum() {
            self.state = State::Done;
            return Advance::Record(Record::End(Checksum::Absent));
        }
        self.state = State::Checksum { computed: self.input.checksum() };
        Advance::Again
    }

    fn checksum(&mut self, computed: u64) -> Result<Advance, RdbError> {
        let Some(&stored) = self.input.unread().first_chunk() else { return Ok(Advance::NeedBytes) };
        let checksum = match u64::from_le_bytes(stored) {
            0 => Checksum::Off,
            stored if stored == computed => Checksum::Right,
            stored => {
                let fault = RdbFault::Checksum { stored, computed };
                return Err(RdbError::here(fault).after(self.input.offset()));
            }
        };
        self.input.read(stored.len());
        self.state = State::Done;
        Ok(Advance::Record(Record::End(checksum)))
    }

    fn small_record(&mut self, opcode: Opcode) -> Result<Advance, RdbError> {
        let mut cursor = behind_first(&self.input);
        let read = records::read(opcode, &mut cursor, &mut self.attributes, &self.limits);
        let count = cursor.position();
        let record = self.taken(read, count)?;
        Ok(record.map_or(Advance::NeedBytes, |record| record.map_or(Advance::Again, Advance::Record)))
    }

    fn key(&mut self, first: u8) -> Result<Advance, RdbError> {
        let offset = self.input.offset();
        let value_type = ValueType::from_byte(first, self.header.flavour);
        let value_type = value_type.ok_or(RdbError::here(RdbFault::UnknownRecord(first)).after(offset))?;
        let Self { templates, limits, keeps_values, input, arena, attributes, .. } = self;
        let header = KeyHeader { value_type, templates, limits, keeps_values: *keeps_values };
        let mut cursor = behind_first(input);
        let read = header.read(&mut cursor, arena, attributes);
        let count = cursor.position();
        let Some((record, passing)) = self.taken(read, count)? else { return Ok(Advance::NeedBytes) };
        self.state = State::Value(record, ValueInProgress { start: offset + passing.start, ..passing });
        Ok(Advance::Again)
    }

    fn value(&mut self) -> Result<Advance, RdbError> {
        let State::Value(_, passing) = &mut self.state else { return Ok(Advance::Again) };
        if !passing.pass(&mut self.input, &mut self.arena, &self.limits)? {
            return Ok(Advance::NeedBytes);
        }
        let value = passing.finish(&mut self.arena);
        let length = passing.walk.position();
        let State::Value(record, _) = std::mem::replace(&mut self.state, State::Record) else {
            return Ok(Advance::Again);
        };
        Ok(Advance::Record(Record::Key(KeyRecord { length, value, ..record })))
    }

    /// The id of a template and how many fields it has; they follow as a part.
    fn template(&mut self) -> Result<Advance, RdbError> {
        let mut cursor = behind_first(&self.input);
        let mut read = || {
            let id = cursor.length()?;
            let names = cursor.position();
            Ok((PartKind::Template { id, fields: cursor.length()? }, names))
        };
        let read = read();
        Ok(match self.taken(read, 0)? {
            Some((part, names)) => self.begin_part(part, names),
            None => Advance::NeedBytes,
        })
    }

    fn begin_part(&mut self, kind: PartKind, count: usize) -> Advance {
        self.input.read(count);
        self.state = State::Part(PartInProgress::new(kind, self.input.offset()));
        Advance::Again
    }

    fn part(&mut self) -> Result<Advance, RdbError> {
        let State::Part(part) = &mut self.state else { return Ok(Advance::Again) };
        if !part.advance(&mut self.input, self.limits.string)? {
            return Ok(Advance::NeedBytes);
        }
        let kept = std::mem::take(&mut part.kept);
        match part.kind {
            PartKind::Skipped(_) => {}
            PartKind::KeyMeta => self.attributes.key_meta = [&[KEY_META_OPCODE], &kept[..]].concat(),
            PartKind::Template { id, fields } => self.templates.insert(id, Template { fields, names: kept }),
        }
        self.state = State::Record;
        Ok(Advance::Again)
    }

    /// Takes what was read of a record as read; `None` where it is not there as a whole.
    fn taken<T>(&mut self, read: Result<T, RdbError>, count: usize) -> Result<Option<T>, RdbError> {
        match read {
            Ok(read) => {
                self.input.read(count);
                Ok(Some(read))
            }
            Err(error) if error.is_short() => Ok(None),
            Err(error) => Err(error.after(self.input.offset())),
        }
    }
}

/// What is unread, without the byte that tells what it is.
fn behind_first(input: &InputWindow) -> Cursor<'_> {
    let mut cursor = Cursor::new(input.unread());
    cursor.byte().expect("the record's first byte was seen");
    cursor
}
