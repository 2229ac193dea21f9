//! A data connection, which sends pipelines, and reconnects.

use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::{RwLock, RwLockWriteGuard};

use super::dial::{dial, dial_patiently};
use super::framing::framing;
use super::link::Link;
use super::login::log_in;
use super::patience::Patience;
use super::turn::{Slot, Turn};
use super::{Address, Contact};
use crate::error::{EndpointError, WaitCause};
use crate::resp::{Reply, Request};

/// A connection that sends pipelines. It is logged in, and its database is selected. When it is lost, the next request
/// that is repeated opens it again.
#[derive(Debug)]
pub struct Session {
    pub(super) contact: Rc<Contact>,
    db: u16,
    /// Whether requests about keys are for slots that the server, a node of a cluster, imports. See [`Request::asking`].
    asks: bool,
    link: RwLock<Option<Link>>,
}

impl Session {
    /// Connects and logs in.
    pub async fn open(contact: &Rc<Contact>) -> Result<Self, EndpointError> {
        let session = Self::to_database(contact, contact.endpoint.db, false);
        let mut patience = Patience::new(contact);
        loop {
            match session.connect(true).await {
                Ok(link) => {
                    patience.answered();
                    *session.link.write().await = Some(link);
                    return Ok(session);
                }
                Err(error) => patience.pause(error).await?,
            }
        }
    }

    /// A session that is connected when it is first used.
    pub fn to_database(contact: &Rc<Contact>, db: u16, asks: bool) -> Self {
        Self { contact: Rc::clone(contact), db, asks, link: RwLock::new(None) }
    }

    pub fn address(&self) -> &Address {
        &self.contact.address
    }

    /// See [`Contact::probe_key`].
    pub fn probe_key(&self) -> &[u8] {
        &self.contact.probe_key
    }

    /// Connects, unless it is connected.
    pub async fn ready(&self) -> Result<(), EndpointError> {
        let mut patience = Patience::new(&self.contact);
        while let Err(error) = self.alone(false).await.map(drop) {
            patience.pause(error).await?;
        }
        patience.answered();
        Ok(())
    }

    /// Closes the connection. The next request that is repeated opens it again.
    pub async fn close(&self) {
        *self.link.write().await = None;
    }

    /// The use of the connection, beside other requests. It may be lost.
    pub async fn beside_others(&self) -> Turn<'_> {
        Turn { slot: Slot::Shared(self.link.read().await), address: self.address(), asks: self.asks }
    }

    /// The use of the connection alone. Opens it if it is lost; with `again`, in any case.
    pub(super) async fn alone(&self, again: bool) -> Result<Turn<'_>, EndpointError> {
        let mut link = self.link.write().await;
        if again || link.as_ref().is_none_or(Link::is_down) {
            *link = None;
            self.reconnect(&mut link).await?;
        }
        Ok(Turn { slot: Slot::Alone(link), address: self.address(), asks: self.asks })
    }

    async fn reconnect(&self, link: &mut RwLockWriteGuard<'_, Option<Link>>) -> Result<(), EndpointError> {
        **link = Some(self.connect(false).await?);
        Ok(())
    }

    async fn connect(&self, is_first: bool) -> Result<Link, EndpointError> {
        let endpoint = &self.contact.endpoint;
        let dialled = if is_first { dial_patiently(&self.contact).await } else { dial(&self.contact).await };
        let stream = dialled.map_err(|problem| self.address().problem(problem))?;
        let stream = log_in(stream, &self.contact, self.db).await?;
        let (activity, redactor) = (self.contact.watched.add(), Arc::clone(&self.address().redactor));
        let mut link = Link::new(stream, endpoint.response_timeout, activity, redactor);
        link.framing = Some(framing(&link, self.address()).await?);
        Ok(link)
    }

    /// Calls `attempt` until it succeeds, or waiting for the server does not help any more.
    pub async fn repeat<T>(
        &self,
        attempt: impl AsyncFn(&Turn<'_>) -> Result<T, EndpointError>,
    ) -> Result<T, EndpointError> {
        let mut error = match attempt(&self.beside_others().await).await {
            Ok(result) => return Ok(result),
            Err(error) => error,
        };
        let mut patience = Patience::new(&self.contact);
        loop {
            let again = error.problem.wait_cause() == Some(WaitCause::ReadOnly);
            patience.pause(error.clone()).await?;
            let attempted = async { attempt(&self.alone(again).await?).await };
            match self.contact.unless_given_up(attempted).await {
                Some(Ok(result)) => {
                    patience.answered();
                    return Ok(result);
                }
                Some(Err(next)) => error = next,
                None => return Err(error),
            }
        }
    }

    /// An empty pipeline of commands about keys.
    pub fn request(&self) -> Request {
        Request::default().asking(self.asks)
    }

    /// Sends commands that may be repeated; returns all replies.
    pub async fn ask(&self, request: Request) -> Result<Vec<Reply>, EndpointError> {
        self.repeat(async |turn| turn.ask(request.clone()).await).await
    }
}
