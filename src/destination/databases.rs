//! The destination's databases, each with a channel of its own.

use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::Mutex;

use crate::error::{EndpointError, Side};
use crate::job::Endpoint;
use crate::server::Channel;

/// Channels that are kept though they are not in use. A file has its databases one after the other: one that is not in
/// use now is not needed soon.
const KEPT: usize = 16;

/// A channel for each database that keys go to, opened when the first one does. One channel that selects now this one,
/// now that one would write into the wrong one where a `SELECT` is refused.
#[derive(Debug)]
pub(super) struct Databases {
    endpoint: Endpoint,
    client_name: String,
    open: Mutex<BTreeMap<u16, Rc<Channel>>>,
}

impl Databases {
    /// Those of an end. `own` is the channel of the database that the end names.
    pub fn new(endpoint: &Endpoint, client_name: &str, own: Rc<Channel>) -> Self {
        let open = BTreeMap::from([(endpoint.db, own)]);
        Self { endpoint: endpoint.clone(), client_name: client_name.to_owned(), open: Mutex::new(open) }
    }

    /// The channel of a database.
    ///
    /// # Errors
    ///
    /// The server has no such database, or cannot be reached.
    pub async fn channel(&self, db: u16) -> Result<Rc<Channel>, EndpointError> {
        let mut open = self.open.lock().await;
        if let Some(channel) = open.get(&db) {
            return Ok(Rc::clone(channel));
        }
        if open.len() >= KEPT {
            open.retain(|_, channel| Rc::strong_count(channel) > 1);
        }
        let endpoint = Endpoint { db, ..self.endpoint.clone() };
        let channel = Rc::new(Channel::open(Side::Destination, &endpoint, &self.client_name).await?);
        open.insert(db, Rc::clone(&channel));
        Ok(channel)
    }
}
