//! The outcome of a key, with the data for counts and reports.

use std::borrow::Cow;

use super::ticket::Ticket;
use crate::error::{FailureCode, KeyRefusal, Side};
use crate::event::SettledKey;
use crate::outcome::{Filter, How, Outcome, Verdict};

/// The outcome of a key, with the data for counts and reports.
#[derive(Debug)]
pub enum Settled<'a> {
    /// The key does not match. It is not counted as `matched`.
    Filtered(Filter),
    Existing,
    /// The key was deleted or has expired.
    Vanished,
    Written {
        /// Whether in place of the destination's own key.
        replaced: bool,
        /// As `TYPE` returns it.
        type_name: Cow<'a, str>,
        expires: bool,
        /// Payload bytes.
        bytes: usize,
        /// How the payload was changed; `None` in a dry run.
        how: Option<How>,
    },
    /// It was compared with the destination.
    Compared(Verdict),
    /// The key failed, for a reason that concerns only this key.
    Failed {
        /// The endpoint that refused it.
        side: Side,
        code: FailureCode,
        type_name: Option<String>,
        refusal: KeyRefusal,
    },
    /// This endpoint refuses every key. One warning counts all of them.
    Refused(Side),
    /// The key was sent, but no reply arrived. One warning counts all of them.
    Unanswered,
}

impl Settled<'_> {
    pub(super) fn of_key<'k>(&'k self, ticket: &'k Ticket) -> SettledKey<'k> {
        let (outcome, reason) = match self {
            Self::Filtered(_) | Self::Compared(_) => (None, None),
            Self::Existing => (Some(Outcome::Existing), None),
            Self::Vanished => (Some(Outcome::Vanished), None),
            Self::Written { replaced: true, .. } => (Some(Outcome::Replaced), None),
            Self::Written { .. } => (Some(Outcome::Copied), None),
            Self::Failed { refusal, .. } => (Some(Outcome::Failed), Some(refusal.message.as_str())),
            Self::Refused(_) | Self::Unanswered => (Some(Outcome::Failed), None),
        };
        let verdict = if let Self::Compared(verdict) = self { Some(*verdict) } else { None };
        SettledKey { id: ticket.db_key(), renamed: ticket.renamed(), outcome, verdict, reason }
    }
}
