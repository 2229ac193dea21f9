//! The beginning of a file: its header, and what it says about itself.

use super::facts::BackupFacts;
use crate::job::BackupPath;
use crate::rdb::{RdbError, RdbFault, Record};

/// The beginning of a file.
pub(super) struct Preamble {
    pub facts: BackupFacts,
    /// The record behind it, which had to be read to see where it ends.
    pub next: Option<Record>,
}

impl Preamble {
    /// Reads as far as a file speaks of itself.
    pub fn read(
        path: &BackupPath,
        size: Option<u64>,
        records: &mut impl Iterator<Item = Result<Record, RdbError>>,
    ) -> Result<Self, RdbError> {
        let Some(Record::Header(header)) = records.next().transpose()? else {
            return Err(RdbError { offset: 0, fault: RdbFault::NotRdb });
        };
        let mut facts = BackupFacts::of(path, size, header);
        for record in records {
            match record? {
                Record::Aux { name, value } => facts.note(&name, &value),
                next => return Ok(Self { facts, next: Some(next) }),
            }
        }
        Ok(Self { facts, next: None })
    }
}
