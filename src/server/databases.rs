//! The sessions of an endpoint, one for each database.

use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::Mutex;

use super::{Contact, Session};
use crate::error::EndpointError;

/// When this many sessions are open, idle ones are closed, because servers limit their clients. Databases are read one
/// after the other, so an idle session is not needed soon.
const MAX_IDLE: usize = 3;

/// A session for each database, opened for its first key. Sharing one connection and selecting again
/// would use the wrong database whenever a `SELECT` failed.
#[derive(Debug)]
pub struct DatabaseSessions {
    contact: Rc<Contact>,
    /// See [`Session::to_database`].
    asks: bool,
    open: Mutex<BTreeMap<u16, Rc<Session>>>,
    /// The number of other connections to the server.
    others: usize,
}

impl DatabaseSessions {
    /// `own` is the session of the endpoint's `db`. `others` is the number of other connections to the server.
    pub fn new(contact: &Rc<Contact>, own: Rc<Session>, others: usize) -> Self {
        let open = BTreeMap::from([(contact.endpoint().db, own)]);
        Self { contact: Rc::clone(contact), asks: false, open: Mutex::new(open), others }
    }

    /// The sessions for slots that the endpoint, a node of a cluster, imports. None is open.
    pub fn asking(contact: &Rc<Contact>, others: usize) -> Self {
        Self { contact: Rc::clone(contact), asks: true, open: Mutex::default(), others }
    }

    pub async fn close(&self) {
        for session in self.open.lock().await.values() {
            session.close().await;
        }
    }

    pub async fn session(&self, db: u16) -> Result<Rc<Session>, EndpointError> {
        let mut open = self.open.lock().await;
        if let Some(session) = open.get(&db) {
            return Ok(Rc::clone(session));
        }
        if open.len() >= MAX_IDLE {
            open.retain(|_, session| Rc::strong_count(session) > 1);
            self.contact.closed_except(open.len() + self.others).await;
        }
        let session = Rc::new(Session::to_database(&self.contact, db, self.asks));
        session.ready().await?;
        open.insert(db, Rc::clone(&session));
        Ok(session)
    }
}
