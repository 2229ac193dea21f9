//! The lanes of a cluster: those of its nodes, and one for the slots that move meanwhile.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::masters::SourceCluster;
use crate::error::{EndpointProblem, Stop, WaitCause};
use crate::job::HostPort;
use crate::server::slot_of;
use crate::source::scan::scan_lanes;
use crate::source::{Lane, LaneId, Node, Page, ScanPlan, Source};

/// How often the nodes are asked for their slots.
const OBSERVE_EVERY: Duration = Duration::from_millis(250);
/// After a change, they are asked after every page for so long: a slot that is at another node when a page is read, and
/// back when they are asked, would not be noticed.
const RESTLESS: Duration = Duration::from_secs(2);

pub(super) fn cluster_lanes<'s>(cluster: &'s SourceCluster, plan: &'s ScanPlan) -> Vec<Box<dyn Lane + 's>> {
    let mut of_nodes = Vec::new();
    for (master, (_, node)) in cluster.masters.iter().enumerate() {
        of_nodes.extend(scan_lanes(node, plan).into_iter().map(|lane| (master, lane)));
    }
    let shared = Rc::new(Shared::new(cluster, of_nodes.len()));
    let last =
        LastLane { shared: Rc::clone(&shared), plan, id: of_nodes.len(), waiting: VecDeque::new(), current: None };
    let mut lanes: Vec<Box<dyn Lane + 's>> = Vec::new();
    for (id, (master, lane)) in of_nodes.into_iter().enumerate() {
        lanes.push(Box::new(NodeLane { shared: Rc::clone(&shared), master, id, lane }));
    }
    lanes.push(Box::new(last));
    lanes
}

/// What the lanes of a cluster share.
struct Shared<'s> {
    cluster: &'s SourceCluster,
    observed: Cell<Instant>,
    /// When a change was seen.
    changed: Cell<Option<Instant>>,
    shares: RefCell<Vec<Option<f64>>>,
    /// The lanes of nodes that have not ended.
    running: Cell<usize>,
    ended: Notify,
}

/// A lane of one node, without the keys of slots that another node has.
struct NodeLane<'s> {
    shared: Rc<Shared<'s>>,
    master: usize,
    id: LaneId,
    lane: Box<dyn Lane + 's>,
}

/// When the others have ended, walks the slots that moved meanwhile.
struct LastLane<'s> {
    shared: Rc<Shared<'s>>,
    plan: &'s ScanPlan,
    id: LaneId,
    /// Nodes, and their slots to walk.
    waiting: VecDeque<(HostPort, BTreeSet<u16>)>,
    current: Option<Again>,
}

/// The walk over some slots of a node.
struct Again {
    node: Rc<Node>,
    slots: BTreeSet<u16>,
    /// Which database of the plan, and the cursor.
    database: usize,
    cursor: u64,
}

impl<'s> Shared<'s> {
    fn new(cluster: &'s SourceCluster, lanes: usize) -> Self {
        Self {
            cluster,
            observed: Cell::new(Instant::now()),
            changed: Cell::new(None),
            shares: RefCell::new(vec![Some(0.0); lanes]),
            running: Cell::new(lanes),
            ended: Notify::new(),
        }
    }

    /// Asks the nodes for their slots, unless that was done a moment ago and nothing has changed lately.
    async fn observe(&self) -> Result<(), Stop> {
        let is_restless = self.changed.get().is_some_and(|changed| changed.elapsed() < RESTLESS);
        if !is_restless && self.observed.get().elapsed() < OBSERVE_EVERY {
            return Ok(());
        }
        self.observed.set(Instant::now());
        if self.cluster.observe().await? {
            self.changed.set(Some(Instant::now()));
        }
        Ok(())
    }

    /// How much has been walked, if lane `id` has walked so much.
    #[expect(clippy::cast_precision_loss, reason = "a share is only displayed")]
    fn share(&self, id: LaneId, share: Option<f64>) -> Option<f64> {
        let mut shares = self.shares.borrow_mut();
        shares[id] = share;
        Some(shares.iter().copied().sum::<Option<f64>>()? / shares.len() as f64)
    }

    fn lane_ended(&self) {
        self.running.set(self.running.get() - 1);
        self.ended.notify_waiters();
    }

    async fn until_others_ended(&self) {
        loop {
            let ended = self.ended.notified();
            if self.running.get() == 0 {
                return;
            }
            ended.await;
        }
    }
}

impl Lane for NodeLane<'_> {
    fn next_page(&mut self) -> LocalBoxFuture<'_, Result<Option<Page>, Stop>> {
        async {
            let Shared { cluster, .. } = *self.shared;
            let address = &cluster.masters[self.master].0;
            // Of a node without slots, nothing counts: it may have left the cluster.
            let page = if cluster.census.borrow().serves(address) {
                let scanned = async { self.lane.next_page().await };
                match cluster.nodes.unless_replaced(scanned).await? {
                    Err(_) if !cluster.nodes.uses(address) => None,
                    scanned => scanned?,
                }
            } else {
                None
            };
            self.shared.observe().await?;
            let Some(mut page) = page else {
                self.shared.lane_ended();
                return Ok(None);
            };
            let census = cluster.census.borrow();
            page.keys.retain(|key| census.is_owner(slot_of(key.key.as_bytes()), address));
            page.share = self.shared.share(self.id, page.share);
            page.lane = self.id;
            Ok(Some(page))
        }
        .boxed_local()
    }
}

impl Lane for LastLane<'_> {
    fn next_page(&mut self) -> LocalBoxFuture<'_, Result<Option<Page>, Stop>> {
        async {
            self.shared.until_others_ended().await;
            while self.current.is_none() {
                if self.waiting.is_empty() {
                    self.waiting.extend(self.moved().await?);
                }
                let Some((address, slots)) = self.waiting.pop_front() else { return Ok(None) };
                let node = self.shared.cluster.nodes.node(&address).await?;
                self.current = Some(Again { node, slots, database: 0, cursor: 0 });
            }
            let Shared { cluster, .. } = *self.shared;
            cluster.nodes.unless_replaced(self.step()).await?
        }
        .boxed_local()
    }
}

impl LastLane<'_> {
    /// The slots that have moved since they were walked, by node.
    async fn moved(&self) -> Result<Vec<(HostPort, BTreeSet<u16>)>, Stop> {
        let cluster = self.shared.cluster;
        let contact = |contacts: Vec<Rc<crate::server::Contact>>| contacts.into_iter().next();
        let patience = contact(cluster.contacts()).map_or(Duration::ZERO, |contact| contact.endpoint().retry);
        let started = Instant::now();
        loop {
            cluster.observe().await?;
            if !cluster.census.borrow().has_gaps() {
                return Ok(cluster.census.borrow_mut().take());
            }
            if started.elapsed() >= patience {
                let (cause, message) = (WaitCause::ClusterDown, "no node serves some of the slots".to_owned());
                return Err(cluster.problem(EndpointProblem::NotReady { cause, message }).into());
            }
            sleep(OBSERVE_EVERY).await;
        }
    }

    /// Walks a page further.
    async fn step(&mut self) -> Result<Option<Page>, Stop> {
        let Some(Again { node, slots, database, cursor }) = &mut self.current else { return Ok(None) };
        let db = self.plan.databases[*database].db;
        let session = node.scan_session(db).await?;
        let scanned = node.scan(&session, *cursor, &self.plan.selection, self.plan.count).await?;
        let keys = scanned.keys.into_iter().filter(|key| slots.contains(&slot_of(key.as_bytes())));
        let keys = keys.map(|key| crate::source::SourceKey { db, key, value: None }).collect();
        let reached = crate::source::Position::Cursor(scanned.cursor);
        let page = Page { lane: self.id, reached, keys, share: Some(1.0), ..Page::default() };
        *cursor = scanned.cursor;
        if scanned.cursor == 0 {
            *database += 1;
        }
        if *database == self.plan.databases.len() {
            self.current = None;
        }
        Ok(Some(page))
    }
}
