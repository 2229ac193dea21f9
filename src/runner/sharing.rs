//! Which jobs share a walk.

use std::collections::VecDeque;

use crate::error::Stop;
use crate::job::Job;

/// A job, and the next ones that share its walk.
pub fn with_sharing(job: Job, waiting: &mut VecDeque<(Job, Option<Stop>)>) -> Vec<Job> {
    let mut group = vec![job];
    while let Some((next, None)) = waiting.front()
        && may_share(&group[0], next)
    {
        group.extend(waiting.pop_front().map(|(next, _)| next));
    }
    group
}

/// Whether two jobs may share a walk: source, destination and pace are the same. With `max_source_latency`, the source
/// serves one read at a time, so each job has its own walk. A backup or a list of keys is read once for each job, and a
/// checkpoint is that of one job. Function libraries are restored
/// at the start of a walk, so only the first job may do that: otherwise their order would be open.
fn may_share(one: &Job, other: &Job) -> bool {
    let pace = |job: &Job| {
        let batches = (job.scan_batch_size, job.lanes, job.pipeline_batch_size);
        (batches, job.max_processed_existing_keys, job.sleep, job.limits)
    };
    let has_source = one.source.server().is_some() && one.source.server() == other.source.server();
    one.share_walk
        && other.share_walk
        && other.enabled
        && [one, other].iter().all(|job| job.checkpoint.is_none())
        && !other.functions
        && has_source
        && [one, other].iter().all(|job| job.keys_from.is_none())
        && one.source.databases() == other.source.databases()
        && one.destination == other.destination
        && one.rename == other.rename
        && pace(one) == pace(other)
        && one.limits.source_latency.is_none()
}
