//! A server or a cluster, as the source of the keys that a file lists.

use super::lane::ListLane;
use super::line::Listing;
use crate::job::Job;
use crate::source::{Applied, Lane, OneLane, Positions, Source, offset};

/// The source of a job with a list of keys; `None` for another job. Its only lane walks the file.
pub fn listed<'a>(source: &'a dyn Source, job: &'a Job) -> Option<impl Source + use<'a>> {
    let list = job.keys_from.as_ref()?;
    let listing = Listing { list, job: &job.name, databases: job.source.databases() };
    let lane = move |from: &Positions| Box::new(ListLane::new(listing, offset(from, 0))) as Box<dyn Lane + 'a>;
    // Names in a file are compared with nothing, and a file may name a key twice.
    let applied = Applied { matches: false, types: job.selection.types.is_empty() };
    Some(OneLane { source, may_repeat: true, applied, lane })
}
