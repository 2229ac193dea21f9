//! Keys that the servers evicted during a job.

use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::time::timeout;

use super::endpoints::Endpoints;
use crate::error::{Side, Stop};
use crate::event::Evicted;

/// How long to wait for the number of evicted keys.
const EVICTED_TIMEOUT: Duration = Duration::from_secs(5);

/// Asks the servers how many keys they have evicted, except those that are the reason why the job ended.
pub async fn evicted(endpoints: &Endpoints, stops: &[Stop]) -> Evicted {
    let has_failed = |side| stops.iter().any(|stop| matches!(stop, Stop::Endpoint(error) if error.side == side));
    let of = async |side, evicted: LocalBoxFuture<'_, Option<u64>>| {
        if has_failed(side) { None } else { timeout(EVICTED_TIMEOUT, evicted).await.ok().flatten() }
    };
    let (source, destination) = tokio::join!(
        of(Side::Source, endpoints.source().evicted()),
        of(Side::Destination, endpoints.destination.evicted())
    );
    Evicted { source, destination }
}

pub fn eviction_warnings(Evicted { source, destination }: Evicted) -> impl Iterator<Item = String> {
    let keys = |count: u64| if count == 1 { "1 key".to_owned() } else { format!("{count} keys") };
    let [source, destination] = [source, destination].map(|count| count.filter(|count| *count > 0).map(keys));
    let source = source
        .map(|keys| format!("the source evicted {keys} during the run: keys that were not read before are not copied"));
    let destination =
        destination.map(|keys| format!("the destination evicted {keys} during the run: copied keys may be among them"));
    source.into_iter().chain(destination)
}
