//! The beginning of a file: header and auxiliary fields.

use super::facts::BackupFacts;
use crate::job::BackupPath;
use crate::rdb::{RdbError, RdbFault, Record};

pub(super) struct Preamble {
    pub facts: BackupFacts,
    /// The first record after the preamble, which was read to find the end of the preamble.
    pub next: Option<Record>,
}

impl Preamble {
    /// Reads up to the first record that is not an auxiliary field.
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
                Record::Aux { name, value } => facts.read_aux(&name, &value),
                next => return Ok(Self { facts, next: Some(next) }),
            }
        }
        Ok(Self { facts, next: None })
    }
}
