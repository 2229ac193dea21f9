//! What a user has to know about a file beside its keys, each only once.

use std::collections::BTreeSet;

use super::BackupFacts;
use crate::rdb::{NotCarried, Record};

/// The notes about a file.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// The warning that commands of an AOF are not read, unless the file itself has announced them: then the user knows.
    aof: Option<String>,
    known: BTreeSet<NotCarried>,
}

impl Notes {
    pub fn of(facts: &BackupFacts) -> Self {
        Self { aof: (!facts.begins_aof).then(|| facts.aof_warning()), known: BTreeSet::new() }
    }

    /// The note about a record; `None` if there is none, or if it is known already.
    pub fn about(&mut self, record: &Record) -> Option<String> {
        match record {
            Record::Commands => self.aof.take(),
            Record::NotCarried(what) if self.known.insert(what.clone()) => Some(what.to_string()),
            _ => None,
        }
    }
}
