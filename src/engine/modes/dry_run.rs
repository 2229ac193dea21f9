//! A dry run: everything except writing. It reads the values that the destination may not accept, because only they show
//! whether it does.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};

use crate::budget::DRY_RUN_KEYS;
use crate::engine::account::{Candidate, Settled, Ticket};
use crate::engine::context::JobContext;
use crate::engine::stages::batches::Batches;
use crate::engine::stages::existence::{exist, leave_existing};
use crate::engine::stages::measure::measure;
use crate::engine::stages::read::{self, Ready, next_read};
use crate::engine::stages::select::take_up;
use crate::engine::stages::write::prepare;
use crate::entry::{DbKey, Key};
use crate::error::Side;
use crate::job::OnExisting;
use crate::payload::{self, may_be_unfit};
use crate::source::{KeyInfo, SourceFacts};

/// After the first keys of a type, one key in this many is measured.
const SAMPLE_EVERY: u64 = 50;
/// The first keys of each type, which are all measured.
const SAMPLE_FIRST: u64 = 50;

/// The sizes of some values of each type.
type Samples = HashMap<String, TypeSamples>;

/// The sizes of some values of one type.
#[derive(Default)]
struct TypeSamples {
    seen: u64,
    measured: u64,
    bytes: u64,
}

impl TypeSamples {
    /// Whether to measure the last value.
    fn is_due(&self) -> bool {
        self.seen <= SAMPLE_FIRST || self.seen.is_multiple_of(SAMPLE_EVERY)
    }

    fn add(&mut self, bytes: u64) {
        self.measured += 1;
        self.bytes += bytes;
    }

    /// The estimated bytes of all values; `None` if none could be measured.
    fn estimate(&self) -> Option<u64> {
        if self.measured == 0 {
            return None;
        }
        // The product of keys and bytes may exceed 64 bits.
        let bytes = u128::from(self.seen) * u128::from(self.bytes) / u128::from(self.measured);
        Some(u64::try_from(bytes).unwrap_or(u64::MAX))
    }
}

/// Keys that the destination has, and would be replaced.
type Existing = HashSet<(u16, Key)>;

/// Counts the keys of a job by the outcome that they would have in a run.
pub async fn count_keys(context: &JobContext<'_>, mut batches: Batches<'_, '_>) {
    if context.job.source.server().is_some() {
        context.ledger.estimates_memory();
    }
    let mut samples = Samples::new();
    while let Some(candidates) = take_up(context, &mut batches, DRY_RUN_KEYS).await {
        let Some((candidates, existing)) = existing(context, candidates).await else { continue };
        let (held, named): (Vec<_>, Vec<_>) = candidates.into_iter().partition(|candidate| candidate.value.is_some());
        let unsure = count_named(context, named, &existing, &mut samples).await;
        judge(context, read::held(context, held).await, &existing);
        read_values(context, unsure, &existing).await;
    }
    for (type_name, samples) in samples {
        context.ledger.estimate(&type_name, samples.estimate());
    }
}

/// Settles the keys that the destination has, or finds those that would be replaced. `None` if the destination does not
/// answer.
async fn existing(context: &JobContext<'_>, candidates: Vec<Candidate>) -> Option<(Vec<Candidate>, Existing)> {
    if context.job.on_existing == OnExisting::Skip {
        return Some((leave_existing(context, candidates).await.0, Existing::new()));
    }
    match exist(context, &candidates).await {
        Ok(exist) => {
            let found = candidates.iter().zip(exist).filter(|(_, exists)| *exists);
            let existing = found.map(|(candidate, _)| id(&candidate.ticket)).collect();
            Some((candidates, existing))
        }
        Err(error) => {
            context.stop_and_release(error, candidates);
            None
        }
    }
}

fn id(ticket: &Ticket) -> (u16, Key) {
    let DbKey { db, key } = ticket.db_key();
    (db, key.clone())
}

/// Settles the keys whose outcome does not depend on their values. Returns the others.
async fn count_named(
    context: &JobContext<'_>,
    named: Vec<Candidate>,
    existing: &Existing,
    samples: &mut Samples,
) -> VecDeque<Candidate> {
    let (infos, sizes) = (infos(context, &named).await, sizes(context, &named).await);
    let (mut unsure, mut to_measure) = (VecDeque::new(), Vec::new());
    for ((mut candidate, info), size) in named.into_iter().zip(infos).zip(sizes) {
        let is_too_long = size.is_some_and(|bytes| context.destination.reject_reason(bytes).is_some());
        let (db, key) = id(&candidate.ticket);
        let type_name = match info {
            KeyInfo::There { type_name, .. }
                if is_too_long || may_be_unfit(&type_name, context.origin, context.destination.target()) =>
            {
                candidate.size = size;
                unsure.push_back(candidate);
                type_name
            }
            info => {
                let is_replaced = existing.contains(&(db, key.clone()));
                let predicted = predict(context, candidate.ticket, is_replaced, info).await;
                let Some(type_name) = predicted else { continue };
                type_name
            }
        };
        let seen = samples.entry(type_name.clone()).or_default();
        seen.seen += 1;
        if seen.is_due() {
            to_measure.push((db, key, type_name));
        }
    }
    sample(context, &to_measure, samples).await;
    unsure
}

fn db_keys(candidates: &[Candidate]) -> Vec<DbKey<'_>> {
    candidates.iter().map(|candidate| candidate.ticket.db_key()).collect()
}

async fn infos(context: &JobContext<'_>, candidates: &[Candidate]) -> Vec<KeyInfo> {
    if candidates.is_empty() {
        return Vec::new();
    }
    let keys = db_keys(candidates);
    let asked = context.source.inspect(&keys);
    let answers = context.batch((Side::Source, "inspect"), asked, |_| (keys.len(), None)).await;
    if let Some(error) = answers.error {
        context.stop.stop(error.into());
    }
    let missing = candidates.len() - answers.each.len();
    answers.each.into_iter().chain((0..missing).map(|_| KeyInfo::NotRead)).collect()
}

/// The most bytes that each value can have, if the source has so much data that one may be too long for the destination.
async fn sizes(context: &JobContext<'_>, candidates: &[Candidate]) -> Vec<Option<usize>> {
    let dataset = match context.source.facts() {
        SourceFacts::Server(facts) => facts.memory.dataset.and_then(|bytes| usize::try_from(bytes).ok()),
        SourceFacts::Backup(_) => None,
    };
    let may_be_too_long = dataset.is_some_and(|bytes| context.destination.reject_reason(bytes).is_some());
    if !may_be_too_long || candidates.is_empty() {
        return vec![None; candidates.len()];
    }
    let keys = db_keys(candidates);
    let asked = context.source.measure(&keys);
    let answers = context.batch((Side::Source, "measure"), asked, |_| (keys.len(), None)).await;
    if let Some(error) = answers.error {
        context.stop.stop(error.into());
    }
    let mut sizes: Vec<Option<usize>> =
        answers.each.into_iter().map(|bytes| bytes.and_then(|bytes| usize::try_from(bytes).ok())).collect();
    sizes.resize(candidates.len(), None);
    sizes
}

/// Settles a key with the outcome that it would have in a run; returns its type if it would be written.
async fn predict(context: &JobContext<'_>, ticket: Ticket, replaced: bool, info: KeyInfo) -> Option<String> {
    match info {
        KeyInfo::NotRead => context.ledger.release(ticket),
        KeyInfo::Vanished => context.ledger.settle(ticket, Settled::Vanished),
        KeyInfo::Refused(refusal) => context.refuse_read(ticket, refusal).await,
        KeyInfo::There { type_name, expires_at } => {
            // It may have changed since it was selected.
            if let Some(filter) = context.filter(&type_name, expires_at) {
                context.ledger.settle(ticket, Settled::Filtered(filter));
                return None;
            }
            let expires = expires_at.is_some();
            let name = Cow::Borrowed(type_name.as_str());
            let settled = Settled::Written { replaced, type_name: name, expires, bytes: 0, how: None };
            context.ledger.settle(ticket, settled);
            return Some(type_name);
        }
    }
    None
}

async fn sample(context: &JobContext<'_>, keys: &[(u16, Key, String)], samples: &mut Samples) {
    let ids: Vec<DbKey<'_>> = keys.iter().map(|(db, key, _)| DbKey { db: *db, key }).collect();
    let asked = context.source.memory_usage(&ids);
    let answers = context.batch((Side::Source, "measure"), asked, |_| (ids.len(), None)).await;
    if let Some(error) = answers.error {
        context.stop.stop(error.into());
    }
    for ((_, _, type_name), bytes) in keys.iter().zip(answers.each) {
        if let (Some(bytes), Some(samples)) = (bytes, samples.get_mut(type_name)) {
            samples.add(bytes);
        }
    }
}

/// Reads keys as a run does.
async fn read_values(context: &JobContext<'_>, mut candidates: VecDeque<Candidate>, existing: &Existing) {
    measure(context, candidates.make_contiguous()).await;
    while !candidates.is_empty() {
        let next = next_read(context, &mut candidates).await;
        if context.stop.is_stopping() {
            context.release(next.candidates);
            return context.release(candidates);
        }
        let permit = context.in_flight[0].reserve(next.bytes).await;
        let loaded = read::read(context, next, permit).await;
        judge(context, loaded.entries, existing);
    }
}

/// Settles entries as if they were written.
fn judge(context: &JobContext<'_>, entries: Vec<Ready>, existing: &Existing) {
    for ready in entries {
        settle(context, ready, existing);
    }
}

fn settle(context: &JobContext<'_>, mut ready: Ready, existing: &Existing) {
    if context.stop.has_reached_limit() {
        return context.ledger.release(ready.ticket);
    }
    let settled = prepare(context, &mut ready).unwrap_or_else(|| Settled::Written {
        replaced: existing.contains(&id(&ready.ticket)),
        type_name: payload::type_name(&ready.payload),
        expires: ready.expires_at.is_some(),
        // Few values of a server are read, so its memory is estimated instead.
        bytes: if context.job.source.server().is_some() { 0 } else { ready.payload.len() },
        how: None,
    });
    context.ledger.settle(ready.ticket, settled);
}
