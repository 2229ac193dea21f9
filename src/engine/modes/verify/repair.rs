//! Reports keys that differ, after it has copied them again if that is wanted.

use super::compared::{again, compare_again};
use super::different::Different;
use super::report::report;
use super::settle::settle;
use crate::destination::Written;
use crate::engine::account::Settled;
use crate::engine::context::JobContext;
use crate::engine::stages::write::{entry, prepare};
use crate::engine::verifying::{Repair, Verifying};
use crate::entry::Entry;
use crate::error::{Answers, Side};
use crate::job::OnExisting;
use crate::outcome::{DifferenceKind, Verdict};

/// Reports keys that differ. If they are to be repaired, those that still differ after that.
pub async fn conclude(context: &JobContext<'_>, verifying: &Verifying<'_>, different: Vec<Different>) {
    let (repairable, others): (Vec<_>, Vec<_>) =
        different.into_iter().partition(|different| is_repaired(context, verifying, different.kind));
    for different in others {
        report(context, verifying, different, None);
    }
    if !repairable.is_empty() {
        repair(context, verifying, repairable).await;
    }
}

/// Whether a key that differs in this way is copied again.
fn is_repaired(context: &JobContext<'_>, verifying: &Verifying<'_>, kind: DifferenceKind) -> bool {
    match verifying.repair {
        None => false,
        Some(_) if kind == DifferenceKind::Missing => true,
        Some(Repair::AsJob) => context.job.on_existing == OnExisting::Replace,
        Some(Repair::Replace) => true,
    }
}

async fn repair(context: &JobContext<'_>, verifying: &Verifying<'_>, different: Vec<Different>) {
    let mut sendable = Vec::new();
    for mut different in different {
        match prepare(context, &mut different.ours) {
            None => sendable.push(different),
            Some(Settled::Failed { refusal, .. }) => report(context, verifying, different, Some(refusal.message)),
            // It expires now.
            Some(_) => settle(context, verifying, different.ours.ticket, Verdict::Expired),
        }
    }
    let mut written = Vec::new();
    for (different, answer) in write_again(context, sendable).await {
        match answer {
            Written::Failed(refusal) => report(context, verifying, different, Some(refusal.message)),
            Written::Refused(problem) => context.refuse_all(different.ours.ticket, Side::Destination, problem),
            Written::NotSent => context.ledger.release(different.ours.ticket),
            _ => written.push(again(different)),
        }
    }
    for different in compare_again(context, verifying, written, Verdict::Repaired).await {
        report(context, verifying, different, Some("it differs again after it was copied".to_owned()));
    }
}

/// Writes keys: those that are missing only if they still are.
async fn write_again(context: &JobContext<'_>, different: Vec<Different>) -> Vec<(Different, Written)> {
    let mut all = Vec::with_capacity(different.len());
    let (missing, others): (Vec<_>, Vec<_>) =
        different.into_iter().partition(|different| different.kind == DifferenceKind::Missing);
    for (some, on_existing) in [(missing, OnExisting::Skip), (others, OnExisting::Replace)] {
        if some.is_empty() {
            continue;
        }
        let entries: Vec<Entry<'_>> = some.iter().map(|different| entry(context, &different.ours)).collect();
        let write = context.destination.write(&entries, on_existing);
        let Answers { mut each, error } =
            context.batch((Side::Destination, "write"), write, |_| (entries.len(), None)).await;
        if let Some(error) = error {
            context.stop.stop(error.into());
        }
        each.resize(some.len(), Written::NotSent);
        all.extend(some.into_iter().zip(each));
    }
    all
}
