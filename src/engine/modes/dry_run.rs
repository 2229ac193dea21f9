//! A dry run: everything except reading and writing values.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::budget::DRY_RUN_KEYS;
use crate::engine::account::{Candidate, Settled};
use crate::engine::context::JobContext;
use crate::engine::stages::batches::Batches;
use crate::engine::stages::existence::exist;
use crate::engine::stages::select::take_up;
use crate::entry::{DbKey, Key};
use crate::error::Side;
use crate::job::OnExisting;
use crate::outcome::Filter;
use crate::source::KeyInfo;

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

    /// The estimated bytes of all values.
    fn estimate(&self) -> u64 {
        // The product of keys and bytes may exceed 64 bits.
        let bytes = u128::from(self.seen) * u128::from(self.bytes) / u128::from(self.measured.max(1));
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

/// Counts the keys of a job by the outcome that they would have in a run.
pub async fn count_keys(context: &JobContext<'_>, mut batches: Batches<'_, '_>) {
    let mut samples = Samples::new();
    while let Some(mut candidates) = take_up(context, &mut batches, DRY_RUN_KEYS).await {
        while !candidates.is_empty() {
            let at_risk = context.ledger.margin.read(candidates.len()).await;
            if context.stop.has_reached_limit() {
                context.release(std::mem::take(&mut candidates));
                break;
            }
            let rest = candidates.split_off(at_risk.keys());
            count_batch(context, std::mem::replace(&mut candidates, rest), &mut samples).await;
        }
    }
    for (type_name, samples) in samples {
        context.ledger.estimate(&type_name, samples.estimate());
    }
}

async fn count_batch(context: &JobContext<'_>, candidates: Vec<Candidate>, samples: &mut Samples) {
    let exist = match exist(context, &candidates).await {
        Ok(exist) => exist,
        Err(error) => return context.stop_and_release(error, candidates),
    };
    let infos = infos(context, &candidates).await;
    let mut to_measure = Vec::new();
    for ((candidate, existing), info) in candidates.into_iter().zip(exist).zip(infos) {
        let (id, length) = (candidate.ticket.db_key(), candidate.value.as_ref().map(|value| value.length));
        let (db, key) = (id.db, id.key.clone());
        let Some(type_name) = predict(context, candidate, existing, info) else { continue };
        let seen = samples.entry(type_name.clone()).or_default();
        seen.seen += 1;
        match length {
            // A file contains the sizes of its values.
            Some(bytes) => seen.add(bytes),
            None if seen.is_due() => to_measure.push((db, key, type_name)),
            None => {}
        }
    }
    measure(context, &to_measure, samples).await;
}

/// Inspects each key: by the value that the source returned with it, or by a request.
async fn infos(context: &JobContext<'_>, candidates: &[Candidate]) -> Vec<KeyInfo> {
    let named = candidates.iter().filter(|candidate| candidate.value.is_none());
    let keys: Vec<DbKey<'_>> = named.map(|candidate| candidate.ticket.db_key()).collect();
    let mut of_source = Vec::new().into_iter();
    if !keys.is_empty() {
        let answers = context.source.inspect(&keys).await;
        if let Some(error) = answers.error {
            context.stop.stop(error.into());
        }
        of_source = answers.each.into_iter();
    }
    let mut info = |candidate: &Candidate| match &candidate.value {
        Some(value) => value.info(),
        None => of_source.next().unwrap_or(KeyInfo::NotRead),
    };
    candidates.iter().map(&mut info).collect()
}

/// Settles a key with the outcome that it would have in a run; returns its type if it would be written.
fn predict(context: &JobContext<'_>, candidate: Candidate, existing: bool, info: KeyInfo) -> Option<String> {
    let is_left = existing && context.job.on_existing == OnExisting::Skip;
    let ticket = candidate.ticket;
    match info {
        KeyInfo::NotRead => context.ledger.release(ticket),
        KeyInfo::Vanished => context.ledger.settle(ticket, Settled::Vanished),
        // As in a run, it does not matter whether the key could be read.
        _ if is_left => context.ledger.settle(ticket, Settled::Existing),
        KeyInfo::Refused(refusal) => context.refuse(ticket, Side::Source, refusal),
        // It has changed since its type was requested.
        KeyInfo::There { type_name, .. } if !context.job.selection.matches_type(&type_name) => {
            context.ledger.settle(ticket, Settled::Filtered(Filter::Types));
        }
        KeyInfo::There { type_name, expires } => {
            let name = Cow::Borrowed(type_name.as_str());
            let settled = Settled::Written { replaced: existing, type_name: name, expires, bytes: 0, how: None };
            context.ledger.settle(ticket, settled);
            return Some(type_name);
        }
    }
    None
}

async fn measure(context: &JobContext<'_>, keys: &[(u16, Key, String)], samples: &mut Samples) {
    let ids: Vec<DbKey<'_>> = keys.iter().map(|(db, key, _)| DbKey { db: *db, key }).collect();
    let answers = context.source.memory_usage(&ids).await;
    if let Some(error) = answers.error {
        context.stop.stop(error.into());
    }
    for ((_, _, type_name), bytes) in keys.iter().zip(answers.each) {
        if let (Some(bytes), Some(samples)) = (bytes, samples.get_mut(type_name)) {
            samples.add(bytes);
        }
    }
}
