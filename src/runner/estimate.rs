//! What a job is expected to bring, before it runs.

use crate::entry::DbKey;
use crate::error::EndpointError;
use crate::job::{Glob, Job, Selection};
use crate::source::Node;

/// Keys that are looked at, unless a `SCAN` of the job is to take fewer.
const KEYS: u32 = 1000;
/// Keys of them whose size is asked for.
const MEASURED: usize = 100;

/// Bytes of memory that the keys of a job take at the source, from a small sample: the share that
/// `match` and `exclude` select of one page of keys, and the sizes of some of those. `None` if the source does not
/// report them.
///
/// # Errors
///
/// The source is lost.
pub async fn memory(source: &Node, job: &Job) -> Result<Option<u64>, EndpointError> {
    let selection = &job.selection;
    // All names: they are matched here, to know the share of those that match.
    let everything = Selection { matches: vec![Glob::new("*")], exclude: Vec::new(), types: Vec::new() };
    let page = source.scan(0, &everything, KEYS.min(job.scan_batch_size)).await?;
    let matching: Vec<DbKey<'_>> = page
        .keys
        .iter()
        .filter(|key| selection.takes_name(key.as_bytes()))
        .map(|key| DbKey { db: source.db(), key })
        .collect();
    let measured = source.memory_usages(&matching[..matching.len().min(MEASURED)]).await;
    if let Some(error) = measured.lost {
        return Err(error);
    }
    let sizes: Vec<u64> = measured.each.into_iter().flatten().collect();
    if sizes.is_empty() {
        return Ok(if matching.is_empty() { Some(0) } else { None });
    }
    let Some(all) = source.control().key_count().await?.map(u128::from) else { return Ok(None) };
    let bytes = all * matching.len() as u128 * u128::from(sizes.iter().sum::<u64>())
        / (page.keys.len() as u128 * sizes.len() as u128);
    Ok(Some(u64::try_from(bytes).unwrap_or(u64::MAX)))
}
