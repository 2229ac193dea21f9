//! The part of a shared walk that one job sees, as a source of its own.

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::feed::Feed;
use crate::error::Stop;
use crate::source::{Applied, Lane, OneLane, Page, Positions, Source};

struct ShareLane<'a> {
    feed: &'a Feed<'a>,
    job: usize,
}

impl Lane for ShareLane<'_> {
    fn next_page(&mut self) -> LocalBoxFuture<'_, Result<Option<Page>, Stop>> {
        self.feed.next(self.job).boxed_local()
    }
}

/// The source of one job of a shared walk: its only lane returns the keys that the feed gives to the job. `applies_types`:
/// whether the walk returns only keys of the types of the job.
pub fn share<'a>(source: &'a dyn Source, feed: &'a Feed<'a>, job: usize, applies_types: bool) -> impl Source + use<'a> {
    let lane = move |_: &Positions| Box::new(ShareLane { feed, job }) as Box<dyn Lane + 'a>;
    // The feed compares names with the patterns of the job.
    let applied = Applied { matches: true, types: applies_types };
    OneLane { source, may_repeat: source.may_repeat(), applied, lane }
}
