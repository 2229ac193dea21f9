//! Settles keys that were compared.

use crate::engine::account::{Settled, Ticket};
use crate::engine::context::JobContext;
use crate::engine::verifying::Verifying;
use crate::outcome::{DifferenceKind, Verdict};

/// Settles a key that was compared, and notes that both servers have it, if they do.
pub fn settle(context: &JobContext<'_>, verifying: &Verifying<'_>, ticket: Ticket, verdict: Verdict) {
    if !matches!(verdict, Verdict::Different(DifferenceKind::Missing) | Verdict::Expired) {
        verifying.common.add(ticket.db_key());
    }
    context.ledger.settle(ticket, Settled::Compared(verdict));
}
