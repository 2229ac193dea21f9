//! Compares the connections to one address, before the first key: behind a name or a balancer there may be several
//! servers.

use futures_util::future::join_all;

use super::Control;
use super::dial::{addresses, dial, dial_address};
use crate::error::{EndpointError, EndpointProblem};

/// The number of further connections. A balancer that chooses one of two servers at random is overlooked once in 2^n
/// times, where n includes the connections that the job has.
const CONNECTIONS: usize = 6;

impl Control {
    /// Opens a connection to each address of the server's name, and further ones as the job does; each logs in, and is
    /// closed. An address that cannot be reached, or a connection that is refused, is no problem here.
    ///
    /// # Errors
    ///
    /// [`EndpointProblem::SeveralServers`].
    pub async fn compare_connections(&self) -> Result<(), EndpointError> {
        let contact = self.contact();
        let addresses = addresses(contact).await.unwrap_or_default();
        if addresses.len() > 1 {
            let reached = addresses
                .into_iter()
                .map(async |address| same_server(self.connect(dial_address(contact, address).await).await));
            join_all(reached).await.into_iter().collect::<Result<Vec<bool>, _>>()?;
        }
        let mut opened = 0;
        while opened < CONNECTIONS && same_server(self.connect(dial(contact).await).await)? {
            opened += 1;
        }
        Ok(())
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
