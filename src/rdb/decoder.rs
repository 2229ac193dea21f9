//! From bytes to records, without input or output of its own.
//!
//! The decoder is a state machine, because a file arrives in pieces that end anywhere. A record that is small is read
//! once all of it has arrived: until then nothing changes, and the next attempt starts at its first byte again. A value,
//! or any other record that may be long, is walked over along its layout as its bytes arrive, and never has to be in the
//! window as a whole. Whatever the pieces are, the records and the errors are the same.

use super::dialect::is_of_dragonfly;
use super::header::{FileHeader, HEADER};
use super::input::InputWindow;
use super::key::{Template, Templates};
use super::opcode::Opcode;
use super::part::{PartInProgress, PartKind, SLOT_IMPORT};
use super::records::{self, KeyAttributes};
use super::value::{Arena, ValueInProgress};
use super::{Checksum, Dialect, KeyRecord, NotCarried, OtherFormat, RdbError, RdbFault, ReadLimits, Record};
use crate::payload::layout::MODULE_AUX;
use crate::payload::{KEY_META_OPCODE, module_name};
use crate::version::Flavour;

/// Turns the bytes of a file into records. Put bytes into [`RecordDecoder::room`] and report them with
/// [`RecordDecoder::filled`] whenever [`RecordDecoder::next_record`] returns `None`.
#[derive(Debug)]
pub struct RecordDecoder {
    pub(super) input: InputWindow,
    pub(super) limits: ReadLimits,
    pub(super) keeps_values: bool,
    /// Where keys and payloads are assembled.
    pub(super) arena: Arena,
    pub(super) templates: Templates,
    /// What the records since the last key state about the next one.
    pub(super) attributes: KeyAttributes,
    /// The key whose value is being read, and the value. They are no part of the state, because moving them takes time.
    pub(super) key: KeyRecord,
    pub(super) value: ValueInProgress,
    pub(super) header: FileHeader,
    /// The server that wrote the file, once a record has shown that it is none of Redis and Valkey.
    pub(super) dialect: Option<Dialect>,
    pub(super) state: State,
}

/// What the next bytes are.
#[derive(Debug)]
pub(super) enum State {
    Header,
    Record,
    Value,
    /// A key and its value have been read. Only the next record shows whether more belongs to them.
    AfterValue,
    Part(Box<PartInProgress>),
    Checksum {
        computed: u64,
    },
    Done,
}

/// How far one step through the state machine got.
pub(super) enum Advance {
    /// The key is complete. It is taken where it is returned, because moving it takes time.
    Key,
    /// Another record is complete.
    Record(Record),
    /// The state has changed: go on with the bytes that are there.
    Again,
    /// More bytes are needed.
    NeedBytes,
}

impl RecordDecoder {
    /// A decoder before the first byte of a file.
    #[must_use]
    pub fn new(limits: ReadLimits) -> Self {
        Self {
            input: InputWindow::new(),
            limits,
            keeps_values: true,
            arena: Arena::new(),
            templates: Templates::default(),
            attributes: KeyAttributes::default(),
            key: KeyRecord::none(),
            value: ValueInProgress::none(),
            header: FileHeader { flavour: Flavour::Redis, version: 0 },
            dialect: None,
            state: State::Header,
        }
    }

    /// The same decoder without values: to count keys, or to check that a file is sound.
    #[must_use]
    pub fn without_values(self) -> Self {
        Self { keeps_values: false, ..self }
    }

    /// Sets whether the keys that follow come with their values.
    pub fn keep_values(&mut self, keeps_values: bool) {
        self.keeps_values = keeps_values;
    }

    /// The buffer for the next bytes of the file; never empty.
    pub fn room(&mut self) -> &mut [u8] {
        self.input.room()
    }

    /// Reports that `count` bytes were put into the [room](Self::room); 0 means the end of the file.
    pub fn filled(&mut self, count: usize) {
        self.input.filled(count);
    }

    /// How many bytes of the file have been read.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.input.offset()
    }

    /// The bytes that have arrived and are not read.
    pub(super) fn unread(&self) -> &[u8] {
        self.input.unread()
    }

    /// Passes over the bytes that have arrived, after the end of the file.
    pub(super) fn drop_unread(&mut self) {
        self.input.read(self.input.unread().len());
    }

    /// Whether no more bytes will arrive.
    pub(super) fn has_ended(&self) -> bool {
        self.input.has_ended()
    }

    /// Whether the last record, or an error, was returned.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// The next record; `None` if more bytes are needed, or if the decoder [is done](Self::is_done).
    ///
    /// # Errors
    /// The file is damaged or cannot be understood from here on.
    #[inline]
    pub fn next_record(&mut self) -> Result<Option<Record>, RdbError> {
        loop {
            let advance = match self.state {
                State::Header => self.header(),
                State::Record => self.record(),
                State::Value => self.value(),
                State::AfterValue => Ok(self.after_value()),
                State::Part(_) => self.part(),
                State::Checksum { computed } => self.checksum(computed),
                State::Done => return Ok(None),
            };
            match advance {
                Ok(Advance::Key) => return Ok(Some(Record::Key(self.take_key()))),
                Ok(Advance::Record(record)) => return Ok(Some(record)),
                Ok(Advance::Again) => {}
                Ok(Advance::NeedBytes) if !self.input.has_ended() => return Ok(None),
                // A key is returned before the error of what follows it.
                Ok(Advance::NeedBytes) if matches!(self.state, State::AfterValue) => {
                    return Ok(Some(Record::Key(self.take_key())));
                }
                Ok(Advance::NeedBytes) => return Err(self.truncated()),
                Err(error) => {
                    // The decoder has lost its place: bytes after a fault may mean anything.
                    self.state = State::Done;
                    return Err(error);
                }
            }
        }
    }

    /// The error of a file that ended where more bytes are needed.
    fn truncated(&mut self) -> RdbError {
        let is_empty = self.input.offset() == 0 && self.input.unread().is_empty();
        let fault = match self.state {
            State::Header if is_empty => RdbFault::Empty,
            State::Header => RdbFault::NotRdb,
            State::Value => RdbFault::Truncated("a value"),
            State::Checksum { .. } => RdbFault::Truncated("the checksum"),
            _ if self.input.unread().is_empty() => RdbFault::Truncated("the records"),
            _ => RdbFault::Truncated("a record"),
        };
        let other_format = if matches!(self.state, State::Header) { self.other_format() } else { None };
        self.state = State::Done;
        other_format.unwrap_or(RdbError { offset: self.input.offset() + self.input.unread().len() as u64, fault })
    }

    /// Names the format of a file that does not begin with a header.
    fn other_format(&self) -> Option<RdbError> {
        OtherFormat::of(self.input.unread()).map(|format| RdbError::here(RdbFault::OtherFormat(format)))
    }

    fn header(&mut self) -> Result<Advance, RdbError> {
        let Some(&bytes) = self.input.unread().first_chunk::<HEADER>() else { return Ok(Advance::NeedBytes) };
        let header = FileHeader::parse(bytes);
        self.header = header.map_err(|fault| self.other_format().unwrap_or(RdbError::here(fault)))?;
        self.input.read(HEADER);
        self.state = State::Record;
        Ok(Advance::Record(Record::Header(self.header)))
    }

    /// Starts a record: its first byte is an opcode, or the type of a key's value.
    fn record(&mut self) -> Result<Advance, RdbError> {
        let Some(&first) = self.input.unread().first() else { return Ok(Advance::NeedBytes) };
        let opcode = Opcode::from_byte(first, self.header.flavour, self.dialect);
        self.check_version(first, opcode.map_or(0, Opcode::since), self.header.version)?;
        match opcode {
            Some(Opcode::Eof) => Ok(self.eof()),
            Some(Opcode::ModuleAux) => self.module_data(),
            Some(Opcode::SlotImport) => {
                self.begin_part(PartKind::Skipped(SLOT_IMPORT), 1);
                Ok(Advance::Record(Record::NotCarried(NotCarried::SlotImport)))
            }
            Some(Opcode::KeyMeta) => Ok(self.begin_part(PartKind::KeyMeta, 1)),
            Some(Opcode::HashTemplate) => self.template(),
            Some(opcode) => self.small_record(opcode),
            None => self.key(first),
        }
    }

    /// Refuses an opcode or a type that is newer than the file: what it means there is unknown.
    pub(super) fn check_version(&self, byte: u8, since: u16, version: u16) -> Result<(), RdbError> {
        if since <= version {
            return Ok(());
        }
        let hint = if is_of_dragonfly(byte) { " (Dragonfly writes this byte with another meaning)" } else { "" };
        let version = self.header.version;
        Err(RdbError::here(RdbFault::NewerRecord { byte, since, version, hint }).after(self.input.offset()))
    }

    fn eof(&mut self) -> Advance {
        self.input.read(1);
        if !self.header.has_checksum() {
            self.state = State::Done;
            return Advance::Record(Record::End(Checksum::Absent));
        }
        // Computed now, because the checksum covers everything up to here and not itself.
        self.state = State::Checksum { computed: self.input.checksum() };
        Advance::Again
    }

    fn checksum(&mut self, computed: u64) -> Result<Advance, RdbError> {
        let Some(&stored) = self.input.unread().first_chunk() else { return Ok(Advance::NeedBytes) };
        let checksum = match u64::from_le_bytes(stored) {
            // `rdbchecksum no`.
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
        let mut cursor = self.input.after_first_byte();
        let read = records::read(opcode, &mut cursor, &mut self.attributes, &self.limits);
        let count = cursor.position();
        let Some(record) = self.if_complete(read, count)? else { return Ok(Advance::NeedBytes) };
        if let Some(Record::Aux { name, .. }) = &record {
            self.dialect = self.dialect.or_else(|| Dialect::of_aux(name));
        }
        Ok(record.map_or(Advance::Again, Advance::Record))
    }

    /// The data of a module: only its name is read.
    fn module_data(&mut self) -> Result<Advance, RdbError> {
        let mut cursor = self.input.after_first_byte();
        let id = cursor.rest();
        let name = cursor.length().map(|_| module_name(id).unwrap_or_else(|| "unknown".to_owned()));
        let Some(name) = self.if_complete(name.map_err(RdbError::from), 0)? else { return Ok(Advance::NeedBytes) };
        self.begin_part(PartKind::Skipped(MODULE_AUX), 1);
        Ok(Advance::Record(Record::NotCarried(NotCarried::ModuleData(name))))
    }

    /// A template: its id and the number of its fields are small, the names of its fields are not.
    fn template(&mut self) -> Result<Advance, RdbError> {
        let mut cursor = self.input.after_first_byte();
        let mut read = || {
            let id = cursor.length()?;
            let names = cursor.position();
            Ok((PartKind::Template { id, fields: cursor.length()? }, names))
        };
        let read = read();
        // The names are kept together with their number, so reading goes on before it.
        Ok(match self.if_complete(read, 0)? {
            Some((part, names)) => self.begin_part(part, names),
            None => Advance::NeedBytes,
        })
    }

    /// Begins a record that may be long, after the `count` bytes that were read of it.
    fn begin_part(&mut self, kind: PartKind, count: usize) -> Advance {
        self.input.read(count);
        self.state = State::Part(Box::new(PartInProgress::new(kind, self.input.offset())));
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

    /// Marks `count` bytes as read if reading them succeeded; `None` if more bytes are needed for that.
    #[inline]
    pub(super) fn if_complete<T>(&mut self, read: Result<T, RdbError>, count: usize) -> Result<Option<T>, RdbError> {
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
