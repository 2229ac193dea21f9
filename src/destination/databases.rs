//! One session for each database of the destination.

use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::Mutex;

use crate::error::{EndpointError, Side};
use crate::job::Endpoint;
use crate::server::Session;

/// When this many sessions are open, idle ones are closed. A file contains its databases one after the other, so an
/// idle session is not needed soon.
const MAX_IDLE: usize = 16;

/// A session for each database, opened for its first key. Sharing one connection and selecting again
/// would write to the wrong database whenever a `SELECT` failed.
#[derive(Debug)]
pub(super) struct DatabaseSessions {
    endpoint: Endpoint,
    client_name: String,
    open: Mutex<BTreeMap<u16, Rc<Session>>>,
}

impl DatabaseSessions {
    /// `own` is the session of the endpoint's `db`.
    pub fn new(endpoint: &Endpoint, client_name: &str, own: Rc<Session>) -> Self {
        let open = BTreeMap::from([(endpoint.db, own)]);
        Self { endpoint: endpoint.clone(), client_name: client_name.to_owned(), open: Mutex::new(open) }
    }

    pub async fn session(&self, db: u16) -> Result<Rc<Session>, EndpointError> {
        let mut open = self.open.lock().await;
        if let Some(session) = open.get(&db) {
            return Ok(Rc::clone(session));
        }
        if open.len() >= MAX_IDLE {
            open.retain(|_, session| Rc::strong_count(session) > 1);
        }
        let endpoint = Endpoint { db, ..self.endpoint.clone() };
        let session = Rc::new(Session::open(Side::Destination, &endpoint, &self.client_name).await?);
        open.insert(db, Rc::clone(&session));
        Ok(session)
    }
}
