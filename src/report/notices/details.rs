//! The lines of `-v` and `-vv`.

use std::time::Duration;

use crate::entry::Key;
use crate::error::Side;
use crate::event::{Call, EndedLane, SettledKey, Watermark};
use crate::job::Job;
use crate::outcome::{Outcome, Verdict};
use crate::report::numbers;
use crate::server::{NodeFacts, ServerFacts};
use crate::source::SourceFacts;

/// A call that takes longer is called slow.
const SLOW: Duration = Duration::from_millis(500);

/// The nodes of clusters.
pub(super) fn nodes(source: &SourceFacts, destination: &ServerFacts) {
    let source = if let SourceFacts::Server(facts) = source { &facts.nodes[..] } else { &[] };
    for (side, nodes) in [(Side::Source, source), (Side::Destination, &destination.nodes[..])] {
        for NodeFacts { id, slots, facts } in nodes {
            let role = if facts.is_master() { "master" } else { "replica" };
            let ServerFacts { address, version, keys, .. } = facts;
            let (flavour, counted) = (facts.flavour.name(), numbers::count(*keys));
            let text = format!(
                "the node `{address}` of the {side}: {role}, {flavour} {version}, {slots} slots, {counted} keys, id {id}"
            );
            tracing::debug!(%text, %side, %address, role, flavour, %version, slots, keys, %id, "node");
        }
    }
}

pub(super) fn continued(job: &Job, keys: u64, is_finished: bool) {
    let (job, counted) = (&job.name, numbers::count(keys));
    let text = if is_finished {
        format!("job `{job}`: the earlier run has finished it (keys: {counted})")
    } else {
        format!("job `{job}` continues where the earlier run was (keys with an outcome: {counted})")
    };
    tracing::info!(%text, %job, keys, is_finished, "continued");
}

pub(super) fn watermarks(job: &str, watermarks: &[Watermark]) {
    for Watermark { lane, position } in watermarks {
        let text = format_args!("job `{job}`: lane {lane} is settled up to {position}");
        tracing::debug!(%text, %job, lane, %position, "lane settled");
    }
}

pub(super) fn lanes_started(job: &str, lanes: usize, count: Option<u32>) {
    let noun = if lanes == 1 { "lane" } else { "lanes" };
    let each = count.map(|count| format!(", `COUNT {count}` in each `SCAN`")).unwrap_or_default();
    let text = format!("job `{job}`: walks {lanes} {noun}{each}");
    tracing::debug!(%text, %job, lanes, count, "walk started");
}

pub(super) fn lane_ended(job: &str, EndedLane { lane, pages, keys, duration }: &EndedLane) {
    let text = format!("job `{job}`: lane {lane} ended: {pages} pages, {keys} keys, in {}", numbers::span(*duration));
    tracing::debug!(%text, %job, lane, pages, keys, seconds = duration.as_secs_f64(), "lane ended");
}

pub(super) fn called(job: &str, Call { side, action, keys, bytes, duration }: &Call) {
    let (time, seconds) = (numbers::span(*duration), duration.as_secs_f64());
    let size = bytes.map(|bytes| format!(", {}", numbers::bytes(bytes as u64))).unwrap_or_default();
    if *duration < SLOW {
        let text = format_args!("job `{job}`: {side}: {action}: {keys} keys{size}, in {time}");
        tracing::debug!(%text, %job, %side, action, keys, bytes, seconds, "batch");
    } else {
        let text = format_args!("job `{job}`: slow {side}: {action}: {keys} keys{size}, in {time}");
        tracing::debug!(%text, %job, %side, action, keys, bytes, seconds, "slow batch");
    }
}

/// A key, and its name at the destination if that is another one.
pub(super) fn key_names(key: &Key, renamed: Option<&Key>) -> String {
    match renamed {
        Some(renamed) if renamed != key => format!("{key} (at the destination {renamed})"),
        _ => key.to_string(),
    }
}

pub(super) fn key_settled(job: &str, SettledKey { id, renamed, outcome, verdict, reason }: &SettledKey<'_>) {
    let (key, db) = (id.key, id.db);
    let outcome = match outcome {
        None => verdict.map_or("filtered", Verdict::name),
        Some(Outcome::Copied) => "copied",
        Some(Outcome::Replaced) => "replaced",
        Some(Outcome::Existing) => "existing",
        Some(Outcome::Vanished) => "vanished",
        Some(Outcome::Failed) => "failed",
    };
    let why = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    let text = format_args!("job `{job}`: key {}: {outcome}{why}", key_names(key, *renamed));
    let destination_key = renamed.map(tracing::field::display);
    tracing::trace!(%text, %job, %key, destination_key, db, outcome, reason, "key");
}
