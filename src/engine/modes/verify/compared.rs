//! Compares keys.

use std::collections::VecDeque;

use super::both::{self, Both};
use super::different::Different;
use super::judge::{Judged, judge};
use super::settle::settle;
use crate::engine::account::Candidate;
use crate::engine::context::JobContext;
use crate::engine::stages::read::{NextRead, next_read};
use crate::engine::verifying::Verifying;
use crate::outcome::Verdict;

/// Reads keys at both sides. Settles those that are equal with this verdict, and returns the others.
pub async fn compare_once(
    context: &JobContext<'_>,
    verifying: &Verifying<'_>,
    next: NextRead,
    equal: Verdict,
) -> Vec<Different> {
    let Both { keys, permit } = both::read(context, verifying, next).await;
    let mut different = Vec::new();
    for (ours, theirs) in keys {
        match judge(context, verifying, &ours, &theirs) {
            Judged::Same => settle(context, verifying, ours.ticket, equal),
            Judged::Expired => settle(context, verifying, ours.ticket, Verdict::Expired),
            Judged::Differs(kind) => different.push(Different { kind, ours, theirs }),
        }
    }
    drop(permit);
    different
}

/// Compares keys again, however many bytes they have.
pub async fn compare_again(
    context: &JobContext<'_>,
    verifying: &Verifying<'_>,
    open: Vec<Candidate>,
    equal: Verdict,
) -> Vec<Different> {
    let (mut open, mut different) = (VecDeque::from(open), Vec::new());
    while !open.is_empty() {
        let next = next_read(context, &mut open).await;
        if context.stop.is_stopping() {
            context.release(next.candidates);
            context.release(open);
            break;
        }
        different.extend(compare_once(context, verifying, next, equal).await);
    }
    different
}

/// A key that is read again.
pub fn again(Different { ours, .. }: Different) -> Candidate {
    Candidate { ticket: ours.ticket, value: None, size: Some(ours.payload.len()) }
}
