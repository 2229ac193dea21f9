//! Compares the connections to one address, before the first key: behind a name or a balancer there may be several
//! servers.

use std::future::Future;

use futures_util::future::join_all;

use super::Control;
use super::byte_stream::BoxedStream;
use super::dial::{addresses, dial, dial_address};
use crate::error::{EndpointError, EndpointProblem};

/// The number of further connections. A balancer that chooses one of two servers at random is overlooked once in 2^n
/// times, where n includes the connections that the job has.
const CONNECTIONS: usize = 6;

impl Control {
    /// Opens a connection to each address of the server's name, and further ones as the job does, so many `at_once`; each
    /// logs in, and is closed. An address that cannot be reached, or a connection that is refused, is no problem here.
    ///
    /// # Errors
    ///
    /// [`EndpointProblem::SeveralServers`].
    pub async fn compare_connections(&self, at_once: usize) -> Result<(), EndpointError> {
        let contact = self.contact();
        let addresses = addresses(contact).await.unwrap_or_default();
        if addresses.len() > 1 {
            for some in addresses.chunks(at_once) {
                self.reach_same_server(some.iter().map(|address| dial_address(contact, *address))).await?;
            }
        }
        let mut left = CONNECTIONS;
        while left > 0 && self.reach_same_server((0..left.min(at_once)).map(|_| dial(contact))).await? {
            left = left.saturating_sub(at_once);
        }
        Ok(())
    }

    /// Opens and closes connections. Returns whether the server accepted them all; an error if one reaches another server.
    async fn reach_same_server<D: Future<Output = Result<BoxedStream, EndpointProblem>>>(
        &self,
        dialled: impl Iterator<Item = D>,
    ) -> Result<bool, EndpointError> {
        let open = self.contact().open_streams.count();
        let connected = dialled.map(async |dialled| same_server(self.connect(dialled.await).await));
        let same = join_all(connected).await;
        self.contact().open_streams.until_at_most(open).await;
        same.into_iter().try_fold(true, |all, same| Ok(all & same?))
    }
}

/// Whether the server accepted a connection. An error if it is another server.
fn same_server<T>(connected: Result<T, EndpointError>) -> Result<bool, EndpointError> {
    match connected {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.problem, EndpointProblem::SeveralServers { .. }) => Err(error),
        Err(_) => Ok(false),
    }
}

#[cfg(test)]
mod tests;
