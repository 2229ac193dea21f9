//! What a job is expected to bring, before it runs.

use crate::entry::Key;
use crate::error::EndpointError;
use crate::job::{Glob, Job, Selection};
use crate::source::Server;

/// Keys that are looked at, unless a `SCAN` of the job is to take fewer.
const KEYS: u32 = 1000;
/// Keys of them that are weighed.
const WEIGHED: usize = 100;

/// Bytes of memory that the keys of a job take at the source, from a small sample: the share that
/// `match` and `exclude` take of one page of keys, and what some of those weigh. `None` where the
/// source does not say.
///
/// # Errors
///
/// The source is lost.
pub async fn memory(source: &Server, job: &Job) -> Result<Option<u64>, EndpointError> {
    let selection = &job.selection;
    // All names: what matches is told here, to know its share.
    let everything = Selection { matches: vec![Glob::new("*")], exclude: Vec::new(), types: Vec::new() };
    let page = source.scan(0, &everything, KEYS.min(job.scan_batch_size)).await?;
    let meant: Vec<&Key> = page.keys.iter().filter(|key| selection.takes_name(key.as_bytes())).collect();
    let weights = source.memory_usage(meant.iter().take(WEIGHED).copied()).await?;
    let weights: Vec<u64> = weights.into_iter().flatten().collect();
    if weights.is_empty() {
        return Ok(if meant.is_empty() { Some(0) } else { None });
    }
    let Some(all) = source.control().key_count().await?.map(u128::from) else { return Ok(None) };
    let bytes = all * meant.len() as u128 * u128::from(weights.iter().sum::<u64>())
        / (page.keys.len() as u128 * weights.len() as u128);
    Ok(Some(u64::try_from(bytes).unwrap_or(u64::MAX)))
}
