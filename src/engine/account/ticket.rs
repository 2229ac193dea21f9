//! A key that was taken up and has no outcome yet.

use super::in_flight::{KeyHash, KeyId};
use super::watermark::PageId;
use crate::entry::{DbKey, Key};
use crate::source::HeldValue;

/// A key that was taken up and has no outcome yet. [`Ledger::settle`](super::Ledger::settle) gives it one,
/// [`Ledger::release`](super::Ledger::release) gives it back. A ticket that is dropped is missing in the account, which
/// then does not add up.
#[derive(Debug)]
#[must_use]
pub struct Ticket {
    id: KeyId,
    page: PageId,
    hash: KeyHash,
}

/// A ticket, and the value if the key came with it.
#[derive(Debug)]
pub struct Candidate {
    /// The key's ticket.
    pub ticket: Ticket,
    /// Its value; `None` if the source must be asked for it.
    pub value: Option<Box<HeldValue>>,
}

impl Ticket {
    pub(super) fn new(id: KeyId, page: PageId, hash: KeyHash) -> Self {
        Self { id, page, hash }
    }

    /// The key.
    pub fn key(&self) -> &Key {
        &self.id.key
    }

    /// What identifies it at the source.
    pub fn db_key(&self) -> DbKey<'_> {
        DbKey { db: self.id.db, key: &self.id.key }
    }

    pub(super) fn into_parts(self) -> (KeyId, PageId, KeyHash) {
        (self.id, self.page, self.hash)
    }
}
