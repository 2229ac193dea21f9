//! What a user has to know about a file beside its keys, each only once.

use std::collections::BTreeSet;

use crate::rdb::{NotCarried, Record};

/// The notes about a file.
#[derive(Debug, Default)]
pub(super) struct Notes {
    known: BTreeSet<NotCarried>,
}

impl Notes {
    /// The note about a record; `None` if there is none, or if it is known already.
    pub fn about(&mut self, record: &Record) -> Option<String> {
        match record {
            Record::NotCarried(what) if self.known.insert(what.clone()) => Some(what.to_string()),
            _ => None,
        }
    }
}
