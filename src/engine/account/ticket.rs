//! A key that was taken up and has no outcome yet.

use super::in_flight::{KeyHash, KeyId};
use super::watermark::PageId;
use crate::entry::{DbKey, Key};
use crate::source::HeldValue;

/// A key that was taken up and has no outcome yet. [`Ledger::settle`](super::Ledger::settle) gives it one,
/// [`Ledger::release`](super::Ledger::release) gives it back. If a ticket is dropped, the outcomes do not add up.
#[derive(Debug)]
#[must_use]
pub struct Ticket {
    id: KeyId,
    page: PageId,
    hash: KeyHash,
    /// The name at the destination, if it is another one. In a box, because most jobs do not rename keys.
    renamed: Option<Box<Key>>,
}

/// A ticket, and the value if the source returned it with the key.
#[derive(Debug)]
pub struct Candidate {
    pub ticket: Ticket,
    /// `None` if the source must be asked for the value.
    pub value: Option<Box<HeldValue>>,
    /// The most payload bytes that the value can have, if it was measured.
    pub size: Option<usize>,
}

impl Candidate {
    /// Bytes of the name.
    pub fn name_bytes(&self) -> usize {
        self.ticket.key().as_bytes().len()
    }

    /// Bytes of the value, if they are known.
    pub fn known_bytes(&self) -> Option<usize> {
        self.value.as_ref().map(|value| value.bytes()).or(self.size)
    }

    pub fn is_measured(&self) -> bool {
        self.value.is_some() || self.size.is_some()
    }
}

impl Ticket {
    pub(super) fn new(id: KeyId, page: PageId, hash: KeyHash, renamed: Option<Box<Key>>) -> Self {
        Self { id, page, hash, renamed }
    }

    pub fn key(&self) -> &Key {
        &self.id.key
    }

    /// The key and its database at the source.
    pub fn db_key(&self) -> DbKey<'_> {
        DbKey { db: self.id.db, key: &self.id.key }
    }

    /// The name at the destination, if it is another one.
    pub fn renamed(&self) -> Option<&Key> {
        self.renamed.as_deref()
    }

    pub(super) fn into_parts(self) -> (KeyId, PageId, KeyHash, Option<Box<Key>>) {
        (self.id, self.page, self.hash, self.renamed)
    }
}
