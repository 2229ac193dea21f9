//! A dry run: everything but reading and writing values.

use std::collections::HashMap;

use super::pieces::Pieces;
use super::walk::Walk;
use crate::entry::Key;
use crate::error::Side;
use crate::job::OnExisting;
use crate::outcome::Outcome;
use crate::source::{Found, Look};

/// Keys that are looked at in one go.
const KEYS: usize = 1000;
/// One key in so many is weighed, once the first have been.
const SAMPLE_EVERY: u64 = 50;
/// So many of each type are weighed whatever comes.
const SAMPLE_FIRST: u64 = 50;

/// The sizes of some values of one type.
#[derive(Default)]
struct Samples {
    seen: u64,
    weighed: u64,
    bytes: u64,
}

/// Looks at the keys of a job and counts what a run would do with them.
pub async fn rehearse(walk: &Walk<'_>, mut pieces: Pieces<'_, '_>) {
    let mut samples: HashMap<String, Samples> = HashMap::new();
    while let Some(found) = walk.take_up(&mut pieces, KEYS).await {
        look(walk, found, &mut samples).await;
    }
    for (type_name, samples) in samples {
        // Multiplied in 128 bits: keys times bytes may pass 64.
        let bytes = u128::from(samples.seen) * u128::from(samples.bytes) / u128::from(samples.weighed.max(1));
        walk.ledger.estimate(&type_name, u64::try_from(bytes).unwrap_or(u64::MAX));
    }
}

async fn look(walk: &Walk<'_>, found: Vec<Found>, samples: &mut HashMap<String, Samples>) {
    let have = match walk.have(&found).await {
        Ok(have) => have,
        Err(error) => return walk.lose(error, &found),
    };
    let looks = match walk.source.look(&found).await {
        Ok(looks) => looks,
        Err(error) => return walk.lose(error, &found),
    };
    let mut to_weigh = Vec::new();
    for ((found, existing), look) in found.iter().zip(have).zip(looks) {
        let Some(type_name) = foresee(walk, found.key(), existing, look) else { continue };
        let seen = samples.entry(type_name.clone()).or_default();
        seen.seen += 1;
        // What a file says of its values costs nothing.
        if found.held().is_some() || seen.seen <= SAMPLE_FIRST || seen.seen.is_multiple_of(SAMPLE_EVERY) {
            to_weigh.push((found, type_name));
        }
    }
    weigh(walk, &to_weigh, samples).await;
}

/// Counts what a run would do with a key; its type, where it would be written.
fn foresee(walk: &Walk<'_>, key: &Key, existing: bool, look: Look) -> Option<String> {
    let is_left = existing && walk.job.on_existing == OnExisting::Skip;
    match look {
        Look::Vanished => walk.ledger.settle(key, Outcome::Vanished),
        // As in a run: whether it could be read is not asked.
        _ if is_left => walk.ledger.settle(key, Outcome::Existing),
        Look::Refused(refusal) => walk.refused(key, None, Side::Source, refusal),
        Look::There { type_name, expires } => {
            let outcome = if existing { Outcome::Replaced } else { Outcome::Copied };
            walk.ledger.would_write(key, &type_name, expires, outcome);
            return Some(type_name);
        }
    }
    None
}

async fn weigh(walk: &Walk<'_>, keys: &[(&Found, String)], samples: &mut HashMap<String, Samples>) {
    let found: Vec<&Found> = keys.iter().map(|(found, _)| *found).collect();
    let weights = match walk.source.weigh(&found).await {
        Ok(weights) => weights,
        Err(error) => return walk.halt.stop(error.into()),
    };
    for ((_, type_name), weight) in keys.iter().zip(weights) {
        if let (Some(bytes), Some(samples)) = (weight, samples.get_mut(type_name)) {
            samples.weighed += 1;
            samples.bytes += bytes;
        }
    }
}
