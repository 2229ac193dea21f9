//! Whether what both sides have of a key is the same.

use crate::engine::context::JobContext;
use crate::engine::stages::fit::fitted;
use crate::engine::stages::read::Ready;
use crate::engine::verifying::Verifying;
use crate::outcome::DifferenceKind;
use crate::payload::{Comparison, Fitted, Part, Unfit, compare, compare_at};
use crate::source::ReadResult;

/// What a comparison of one key found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    Same,
    /// One side does not have it, because it has expired there, or is about to.
    Expired,
    Differs(DifferenceKind),
}

/// Compares an entry of the source with what the destination has.
pub fn judge(context: &JobContext<'_>, verifying: &Verifying<'_>, ours: &Ready, theirs: &ReadResult) -> Judged {
    let ReadResult::Value { expires_at, payload } = theirs else {
        return if context.is_expired(ours.expires_at) {
            Judged::Expired
        } else {
            Judged::Differs(DifferenceKind::Missing)
        };
    };
    match value(context, ours, payload) {
        Judged::Same if is_close(ours.expires_at, *expires_at, verifying.tolerance_ms) => Judged::Same,
        Judged::Same => Judged::Differs(DifferenceKind::Expiry),
        other => other,
    }
}

/// Compares the values. What the destination cannot store, and the job drops on purpose, is no difference.
fn value(context: &JobContext<'_>, ours: &Ready, payload: &[u8]) -> Judged {
    if compare(&ours.payload, payload) == Comparison::Equal {
        return Judged::Same;
    }
    let now_ms = context.source.now_ms().unwrap_or(0).max(context.destination.now_ms());
    let compared = |ours: &[u8]| judged(compare_at(ours, payload, i64::try_from(now_ms).unwrap_or(i64::MAX)));
    match fitted(context, ours) {
        Ok(Fitted { payload: ours, .. }) => compared(&ours),
        Err(Unfit::AllFieldsExpired) => Judged::Expired,
        Err(_) => compared(&ours.payload),
    }
}

fn judged(comparison: Comparison) -> Judged {
    Judged::Differs(match comparison {
        Comparison::Equal => return Judged::Same,
        Comparison::Different(Part::Type) => DifferenceKind::Type,
        Comparison::Different(Part::Value) => DifferenceKind::Value,
        Comparison::Different(Part::Groups) => DifferenceKind::Groups,
        Comparison::Different(Part::FieldExpiry) => DifferenceKind::FieldExpiry,
        Comparison::NotComparable => DifferenceKind::NotComparable,
    })
}

/// Whether two expiries are equal, as far as the servers return them.
fn is_close(one: Option<u64>, other: Option<u64>, tolerance_ms: u64) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.abs_diff(other) <= tolerance_ms,
        (None, None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiries_within_the_tolerance_are_equal() {
        assert!(is_close(Some(1000), Some(1200), 200));
        assert!(is_close(Some(1200), Some(1000), 200));
        assert!(!is_close(Some(1000), Some(1201), 200));
        assert!(!is_close(Some(1000), None, u64::MAX));
        assert!(is_close(None, None, 0));
    }
}
