//! Compares the connections to one address, before the first key: behind a name or a balancer there may be several
//! servers.

use std::future::Future;

use super::Control;
use super::byte_stream::BoxedStream;
use super::dial::{addresses, dial, dial_address};
use crate::error::{EndpointError, EndpointProblem};

/// The number of further connections. A balancer that chooses one of two servers at random is overlooked once in 2^n
/// times, where n includes the connections that the job has.
const CONNECTIONS: usize = 6;

impl Control {
    /// Opens a connection to each address of the server's name, and further ones as the job does, one after the other; each
    /// logs in, and is closed. An address that cannot be reached, or a connection that is refused, is no problem here.
    ///
    /// # Errors
    ///
    /// [`EndpointProblem::SeveralServers`].
    pub async fn compare_connections(&self) -> Result<(), EndpointError> {
        let contact = self.contact();
        let addresses = addresses(contact).await.unwrap_or_default();
        if addresses.len() > 1 {
            for address in addresses {
                self.reaches_same_server(dial_address(contact, address)).await?;
            }
        }
        for _ in 0..CONNECTIONS {
            if !self.reaches_same_server(dial(contact)).await? {
                break;
            }
        }
        Ok(())
    }

    /// Opens and closes a connection. Returns whether the server accepted it; an error if it is another server.
    async fn reaches_same_server(
        &self,
        dialled: impl Future<Output = Result<BoxedStream, EndpointProblem>>,
    ) -> Result<bool, EndpointError> {
        let open = self.contact().open_streams.count();
        let connected = self.connect(dialled.await).await.map(drop);
        self.contact().open_streams.until_at_most(open).await;
        match connected {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.problem, EndpointProblem::SeveralServers { .. }) => Err(error),
            Err(_) => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests;
