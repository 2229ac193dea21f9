//! The warning for a job that matched no key, with its likely reason.

use std::time::Duration;

use tokio::time::timeout;

use crate::engine::Ended;
use crate::event::Progress;
use crate::job::{Databases, Glob, Job, Lifetimes, Selection};
use crate::outcome::Filter;
use crate::server::KeysByDb;
use crate::source::{Positions, ScanPlan, Source};

/// The time that the search for the reason may take: the job itself has ended.
const SEARCH_TIME: Duration = Duration::from_secs(2);
/// The most patterns and databases in a warning.
const MAX_LISTED: usize = 8;

/// Why no key matched.
enum Reason {
    /// The source has no keys.
    Empty,
    /// No name matches a pattern of `match`.
    Match,
    /// Names match, but other parts of the selection remove their keys.
    Filters {
        /// The number of keys whose names match, if it is known.
        selected: Option<u64>,
        by: Vec<Filter>,
    },
    /// The search took too long.
    Unknown,
}

/// The warning for a job that was walked to its end and matched no key; `None` for another one.
pub async fn warning(job: &Job, source: &dyn Source, ended: &Ended) -> Option<String> {
    let Ended { progress, stops, .. } = ended;
    if !stops.is_empty() || progress.tally.matched > 0 {
        return None;
    }
    let reason = timeout(SEARCH_TIME, reason(job, source, progress)).await.unwrap_or(Reason::Unknown);
    let others = timeout(SEARCH_TIME, source.other_databases()).await;
    let mut text = format!("no key matched: {}", sentence(job, &reason));
    let mut hint = |hint: String| text.extend(["\n  hint: ", &hint]);
    if matches!(reason, Reason::Match | Reason::Unknown) {
        let suspicions = job.selection.matches.iter().flat_map(Glob::suspicions);
        suspicions.take(MAX_LISTED).for_each(|suspicion| hint(suspicion.to_string()));
    }
    match others {
        Ok(Ok(others)) if !others.is_empty() => hint(other_databases(&others)),
        // Without an answer, there is no hint.
        _ => {}
    }
    Some(text)
}

async fn reason(job: &Job, source: &dyn Source, progress: &Progress) -> Reason {
    let (selection, filters) = (&job.selection, progress.filters);
    let has_no_keys = match job.source.server().filter(|_| job.keys_from.is_none()) {
        Some(_) => matches!(source.key_count().await, Ok(Some(0))),
        None => progress.walk.scanned == 0,
    };
    let left_out = [
        (Filter::Exclude, filters.excluded),
        (Filter::Types, filters.of_other_types),
        (Filter::Ttl, filters.of_other_ttls),
    ];
    let selected = left_out.iter().map(|(_, keys)| keys).sum();
    match selected {
        _ if has_no_keys => Reason::Empty,
        // The source returned no key, so whether names match is not known yet.
        0 if !selection.types.is_empty() && job.keys_from.is_none() && source.applies(selection).types => {
            search(job, source).await
        }
        0 => Reason::Match,
        selected => {
            let by = left_out.into_iter().filter(|(_, keys)| *keys > 0).map(|(filter, _)| filter).collect();
            Reason::Filters { selected: Some(selected), by }
        }
    }
}

/// Scans the source again, without `types`, up to the first key whose name matches.
async fn search(job: &Job, source: &dyn Source) -> Reason {
    let selection = Selection { types: Vec::new(), ..job.selection.clone() };
    let Ok(databases) = source.databases().await else { return Reason::Unknown };
    let plan = ScanPlan { selection, count: job.scan_batch_size, lanes: 1, databases, from: Positions::default() };
    let mut excluded = 0;
    for mut lane in source.lanes(&plan) {
        loop {
            let page = match lane.next_page().await {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(_) => return Reason::Unknown,
            };
            let selected = page.keys.iter().filter(|key| job.selection.selects(key.key.as_bytes()));
            for key in selected {
                if !job.selection.excludes(key.key.as_bytes()) {
                    return Reason::Filters { selected: None, by: vec![Filter::Types] };
                }
                excluded += 1;
            }
        }
    }
    match excluded {
        0 => Reason::Match,
        _ => Reason::Filters { selected: Some(excluded), by: vec![Filter::Exclude] },
    }
}

fn sentence(job: &Job, reason: &Reason) -> String {
    let patterns = || listed(job.selection.matches.iter().map(|glob| format!("`{}`", glob.shown())));
    let source = match (&job.keys_from, job.source.databases()) {
        (Some(list), _) => list.to_string(),
        (None, Databases::All) => "the source".to_owned(),
        (None, databases) => format!("{databases} of the source"),
    };
    match reason {
        Reason::Empty if job.keys_from.is_none() && matches!(job.source.databases(), Databases::Several(_)) => {
            format!("{source} have no keys")
        }
        Reason::Empty => format!("{source} has no keys"),
        Reason::Match => format!("no name in {source} matches `match` ({})", patterns()),
        Reason::Filters { selected, by } => {
            let keys = selected.map_or_else(|| "keys".to_owned(), counted);
            let filters: Vec<String> = by.iter().map(|filter| name(*filter, &job.selection)).collect();
            let filters = filters.join(" and ");
            let leave = if filters.contains(" and ") { "leave" } else { "leaves" };
            format!("`match` selects {keys}, but {filters} {leave} none")
        }
        Reason::Unknown => {
            let types = name(Filter::Types, &job.selection);
            format!("`match` ({}) and {types} leave no key of {source}", patterns())
        }
    }
}

fn name(filter: Filter, selection: &Selection) -> String {
    match filter {
        Filter::Match => "`match`".to_owned(),
        Filter::Exclude => "`exclude`".to_owned(),
        Filter::Ttl => {
            let Lifetimes { min, max } = selection.lifetimes;
            let bound = |(name, ttl): (&str, Option<Duration>)| {
                ttl.map(|ttl| format!("`{name}` ({})", humantime::format_duration(ttl)))
            };
            let bounds: Vec<String> = [("min_ttl", min), ("max_ttl", max)].into_iter().filter_map(bound).collect();
            bounds.join(" and ")
        }
        Filter::Types => format!("`types` ({})", listed(selection.types.iter().map(|name| format!("`{name}`")))),
    }
}

fn other_databases(others: &KeysByDb) -> String {
    listed(others.iter().map(|(db, keys)| format!("database {db} has {}", counted(*keys))))
}

fn counted(keys: u64) -> String {
    if keys == 1 { "1 key".to_owned() } else { format!("{keys} keys") }
}

/// The first parts, and how many more there are.
fn listed(parts: impl ExactSizeIterator<Item = String>) -> String {
    let more = parts.len().saturating_sub(MAX_LISTED);
    let mut listed: Vec<String> = parts.take(MAX_LISTED).collect();
    listed.extend((more > 0).then(|| format!("{more} more")));
    listed.join(", ")
}
