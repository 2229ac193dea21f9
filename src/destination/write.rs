//! An entry on its way to the destination.

use std::cell::Cell;
use std::time::Instant;

use super::Written;
use crate::entry::Entry;
use crate::error::{Answers, EndpointError};

/// An entry that is written, perhaps again.
#[derive(Clone, Copy)]
pub(super) struct Write<'a> {
    pub entry: &'a Entry<'a>,
    /// Whether it was sent without a reply. Another node of a cluster may have its slot since then.
    pub may_be_there: &'a Cell<bool>,
    /// It was not sent before.
    pub since: Instant,
}

impl<'a> Write<'a> {
    /// Entries, and for each whether it was sent without a reply.
    pub fn each(entries: &'a [Entry<'a>], may_be_there: &'a [Cell<bool>]) -> Vec<Self> {
        let since = Instant::now();
        entries.iter().zip(may_be_there).map(|(entry, may_be_there)| Self { entry, may_be_there, since }).collect()
    }
}

/// The answers for entries that are not sent.
pub(super) fn not_sent(writes: &[Write<'_>], error: Option<EndpointError>) -> Answers<Written> {
    let open = |write: &Write<'_>| if write.may_be_there.get() { Written::Unanswered } else { Written::NotSent };
    Answers { each: writes.iter().map(open).collect(), error }
}
