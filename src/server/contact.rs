//! What the connections to one server have in common: which process they reach, and what they wait for.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;

use super::activity::Watched;
use super::identity::Mismatch;
use super::open_streams::OpenStreams;
use super::password::Password;
use super::resolve::{Resolve, SystemResolver};
use super::waits::{EndedWait, Waits};
use super::{ABOUT_A_SLOT, Address, Identity, SLOT_ELSEWHERE};
use crate::error::{EndpointError, EndpointProblem, Side, WaitCause};
use crate::job::{Endpoint, HostPort, Secret};
use crate::server::Wait;

/// A key name that no user has, for commands that only test permissions.
pub const PROBE_KEY: &[u8] = b"redis-keys-migrator:probe:3f1b0a52-2c36-4d0e-9d0a-6b7c35c2f1aa";

/// A server of a job, as all connections to it see it.
#[derive(Debug)]
pub struct Contact {
    pub(super) endpoint: Endpoint,
    pub(super) client_name: String,
    /// A name that no user's key has, for commands that only test permissions. A cluster node has its slot.
    pub probe_key: Vec<u8>,
    pub(super) address: Address,
    password: Password,
    pub(super) watched: Watched,
    pub(super) open_streams: OpenStreams,
    waits: RefCell<Waits>,
    /// The server that the connections reach.
    identity: RefCell<Identity>,
    pub(super) resolver: Box<dyn Resolve>,
    /// The replica that the connections use, if Sentinels name several.
    pub(super) replica: RefCell<Option<HostPort>>,
    /// Whether the job has begun: then connections reconnect for as long as `retry`.
    has_begun: Cell<bool>,
    /// Whether the server is a node of a cluster.
    pub(super) is_cluster_node: Cell<bool>,
    reconnects: Cell<u64>,
    has_given_up: Cell<bool>,
    given_up: Notify,
}

impl Contact {
    pub fn new(side: Side, endpoint: &Endpoint, client_name: &str) -> Rc<Self> {
        Self::with_resolver(side, endpoint, client_name, PROBE_KEY.to_vec(), SystemResolver)
    }

    /// A node of a cluster, which has the slot of the probe key.
    pub fn of_member(side: Side, endpoint: &Endpoint, client_name: &str, probe_key: Vec<u8>) -> Rc<Self> {
        Self::with_resolver(side, endpoint, client_name, probe_key, SystemResolver)
    }

    pub(super) fn with_resolver(
        side: Side,
        endpoint: &Endpoint,
        client_name: &str,
        probe_key: Vec<u8>,
        resolver: impl Resolve + 'static,
    ) -> Rc<Self> {
        Rc::new(Self {
            address: Address::of(side, endpoint),
            password: Password::of(endpoint),
            endpoint: endpoint.clone(),
            client_name: client_name.to_owned(),
            probe_key,
            watched: Watched::default(),
            open_streams: OpenStreams::default(),
            waits: RefCell::default(),
            identity: RefCell::default(),
            resolver: Box::new(resolver),
            replica: RefCell::default(),
            has_begun: Cell::new(false),
            is_cluster_node: Cell::new(false),
            reconnects: Cell::new(0),
            has_given_up: Cell::new(false),
            given_up: Notify::new(),
        })
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The replies to commands with the probe key that are about its slot. The cluster of a node that has it serves it.
    pub fn replies_about_a_slot(&self) -> &'static [&'static str] {
        if self.probe_key == PROBE_KEY { &ABOUT_A_SLOT } else { &SLOT_ELSEWHERE }
    }

    /// The job begins. From now on an outage may last as long as `retry`, and another process is a replacement.
    pub fn begin(&self) {
        self.has_begun.set(true);
    }

    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.get()
    }

    /// The server's strings may be as long as this, in bytes.
    pub fn accept_strings(&self, longest: usize) {
        self.watched.accept_strings(longest);
    }

    /// The password for a connection. It may have changed since the job began.
    pub(super) async fn password(&self) -> Result<Option<Secret>, EndpointError> {
        let fetched = Box::pin(self.password.get(self.has_begun.get(), &self.address)).await;
        fetched.map_err(|problem| self.address.problem(problem))
    }

    /// Waits until the server has closed every connection that is not used any more.
    pub async fn closed(&self) {
        self.closed_except(0).await;
    }

    /// The same if so many are still used.
    pub async fn closed_except(&self, used: usize) {
        self.open_streams.until_at_most(used).await;
    }

    /// Nothing waits for the server any more, because the job is stopping.
    pub fn give_up(&self) {
        self.has_given_up.set(true);
        self.given_up.notify_waiters();
    }

    /// How long connections wait for this cause. Before the job begins, only a disconnected server is waited for.
    pub(super) fn patience(&self, cause: WaitCause) -> Duration {
        let Endpoint { retry, connect_timeout, .. } = self.endpoint;
        match (self.has_begun.get(), cause) {
            (true, _) => retry,
            (false, WaitCause::Disconnected) => connect_timeout.min(retry),
            (false, _) => Duration::ZERO,
        }
    }

    /// Waits for `work`; `None` as soon as the job is stopping.
    pub(super) async fn unless_given_up<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let given_up = self.given_up.notified();
        if self.has_given_up.get() {
            return None;
        }
        tokio::select! {
            biased;
            () = given_up => None,
            done = work => Some(done),
        }
    }

    /// A connection was opened.
    pub(super) fn connected(&self) {
        self.reconnects.set(self.reconnects.get() + u64::from(self.has_begun.get()));
    }

    /// The server that the connections reach.
    pub fn identity(&self) -> Identity {
        self.identity.borrow().clone()
    }

    /// Checks that a connection reaches the same server as the others.
    pub fn recognise(&self, found: &Identity) -> Result<(), EndpointError> {
        let mut known = self.identity.borrow_mut();
        let Err(Mismatch { field, before, now }) = known.compare(found) else {
            let run_id = if found.run_id.is_empty() { known.run_id.clone() } else { found.run_id.clone() };
            let is_newer = !found.histories[0].is_empty();
            let histories = if is_newer { found.histories.clone() } else { known.histories.clone() };
            *known = Identity { run_id, histories };
            return Ok(());
        };
        Err(self.address.problem(if self.has_begun.get() {
            EndpointProblem::Replaced { field, before, now }
        } else {
            EndpointProblem::SeveralServers { field, one: before, other: now }
        }))
    }

    /// Whether the server is a node of a cluster. Known as soon as a connection was opened.
    pub fn is_cluster_node(&self) -> bool {
        self.is_cluster_node.get()
    }

    /// Whether a connection was opened again, and it is unknown whether it reaches the same process.
    pub fn may_be_another(&self) -> bool {
        self.reconnects.get() > 0 && self.identity.borrow().run_id.is_empty()
    }

    /// A connection begins to wait.
    pub(super) fn begin_wait(&self, cause: WaitCause) {
        let since = match cause {
            WaitCause::NoAnswer => self.endpoint.response_timeout,
            _ => Duration::ZERO,
        };
        self.waits.borrow_mut().begin(cause, since);
    }

    /// A connection waits for another cause than before.
    pub(super) fn change_wait(&self, cause: WaitCause) {
        self.waits.borrow_mut().change(cause);
    }

    /// A connection does not wait any more; `is_over` if the server has answered.
    pub(super) fn end_wait(&self, is_over: bool) {
        self.waits.borrow_mut().end(is_over);
    }

    /// What the connections wait for now, and for how long already. Called regularly.
    pub fn current_wait(&self) -> Option<(WaitCause, Duration)> {
        self.waits.borrow_mut().current(self.watched.silence())
    }

    /// Returns the waits that have ended since the last call.
    pub fn ended_waits(&self) -> Vec<Wait> {
        let ended = self.waits.borrow_mut().take_ended();
        let wait = |EndedWait { cause, duration, is_over }| Wait {
            side: self.address.side,
            server: self.address.server.clone(),
            cause,
            duration,
            is_over,
        };
        ended.into_iter().map(wait).collect()
    }
}
