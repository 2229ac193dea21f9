//! Estimates the size of a job before it runs.

use crate::entry::DbKey;
use crate::error::EndpointError;
use crate::job::{CharSign, Glob, Job, Lifetimes, Selection};
use crate::source::{DatabaseSize, Node, Source};

/// The `COUNT` of the sample, unless `scan_batch_size` is lower.
const SAMPLE_KEYS: u32 = 1000;
/// The most keys whose size is requested.
const MAX_MEASURED: usize = 100;

/// Estimates how many bytes of memory the keys of a job take at the source: a sample of one page of each database gives
/// the share of keys that match by name, and the sizes of some of those. `None` if the source does not report sizes.
pub async fn memory(source: &Node, job: &Job) -> Result<Option<u64>, EndpointError> {
    let mut sum = 0_u64;
    for database in source.databases().await? {
        match memory_of(source, database, job).await? {
            Some(bytes) => sum = sum.saturating_add(bytes),
            None => return Ok(None),
        }
    }
    Ok(Some(sum))
}

async fn memory_of(
    source: &Node,
    DatabaseSize { db, keys: all }: DatabaseSize,
    job: &Job,
) -> Result<Option<u64>, EndpointError> {
    let selection = &job.selection;
    // The source returns every name, so that we know the share that matches.
    let everything = Selection {
        matches: vec![Glob::new("*")],
        exclude: Vec::new(),
        types: Vec::new(),
        lifetimes: Lifetimes::default(),
        char_sign: CharSign::default(),
    };
    let session = source.scan_session(db).await?;
    let page = source.scan(&session, 0, &everything, SAMPLE_KEYS.min(job.scan_batch_size)).await?;
    let matching: Vec<DbKey<'_>> =
        page.keys.iter().filter(|key| selection.matches_name(key.as_bytes())).map(|key| DbKey { db, key }).collect();
    let measured = source.memory_usages(&matching[..matching.len().min(MAX_MEASURED)], false).await;
    if let Some(error) = measured.error {
        return Err(error);
    }
    let sizes: Vec<u64> = measured.each.into_iter().flatten().collect();
    if sizes.is_empty() {
        return Ok(if matching.is_empty() { Some(0) } else { None });
    }
    let Some(all) = all.map(u128::from) else { return Ok(None) };
    let bytes = all * matching.len() as u128 * u128::from(sizes.iter().sum::<u64>())
        / (page.keys.len() as u128 * sizes.len() as u128);
    Ok(Some(u64::try_from(bytes).unwrap_or(u64::MAX)))
}
