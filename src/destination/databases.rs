//! The destination's databases, each with a session of its own.

use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::Mutex;

use crate::error::{EndpointError, Side};
use crate::job::Endpoint;
use crate::server::Session;

/// Sessions that are kept though they are not in use. A file has its databases one after the other: one that is not in
/// use now is not needed soon.
const KEPT: usize = 16;

/// A session for each database that keys go to, opened for the first one. Sharing one connection and selecting again
/// would write to the wrong database whenever a `SELECT` failed.
#[derive(Debug)]
pub(super) struct Databases {
    endpoint: Endpoint,
    client_name: String,
    open: Mutex<BTreeMap<u16, Rc<Session>>>,
}

impl Databases {
    /// Those of an endpoint. `own` is the session of the database that the endpoint names.
    pub fn new(endpoint: &Endpoint, client_name: &str, own: Rc<Session>) -> Self {
        let open = BTreeMap::from([(endpoint.db, own)]);
        Self { endpoint: endpoint.clone(), client_name: client_name.to_owned(), open: Mutex::new(open) }
    }

    /// The session of a database.
    ///
    /// # Errors
    ///
    /// The server has no such database, or cannot be reached.
    pub async fn session(&self, db: u16) -> Result<Rc<Session>, EndpointError> {
        let mut open = self.open.lock().await;
        if let Some(session) = open.get(&db) {
            return Ok(Rc::clone(session));
        }
        if open.len() >= KEPT {
            open.retain(|_, session| Rc::strong_count(session) > 1);
        }
        let endpoint = Endpoint { db, ..self.endpoint.clone() };
        let session = Rc::new(Session::open(Side::Destination, &endpoint, &self.client_name).await?);
        open.insert(db, Rc::clone(&session));
        Ok(session)
    }
}
