//! The lanes of a cluster: those of its nodes, and one for the slots that move meanwhile.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::last_lane::LastLane;
use super::masters::SourceCluster;
use crate::error::Stop;
use crate::source::scan::scan_lanes;
use crate::source::{Lane, Page, Position, ScanPlan};

/// How often the nodes are asked for their slots.
const OBSERVE_EVERY: Duration = Duration::from_millis(250);

pub(super) fn cluster_lanes<'s>(cluster: &'s SourceCluster, plan: &'s ScanPlan) -> Vec<Box<dyn Lane + 's>> {
    let mut of_nodes: Vec<(usize, Box<dyn Lane + 's>)> = Vec::new();
    for (master, (_, node)) in cluster.masters.iter().enumerate() {
        let lanes = scan_lanes(node, plan, of_nodes.len());
        of_nodes.extend(lanes.into_iter().map(|lane| (master, lane)));
    }
    let shared = Rc::new(Shared::new(cluster, of_nodes.iter().map(|(master, _)| *master)));
    let last = LastLane::new(cluster, plan, of_nodes.len());
    let last = LastAfter { shared: Rc::clone(&shared), last };
    let mut lanes: Vec<Box<dyn Lane + 's>> = Vec::new();
    for (id, (master, lane)) in of_nodes.into_iter().enumerate() {
        let reached = plan.from.get(&id).copied().unwrap_or_default();
        lanes.push(Box::new(NodeLane { shared: Rc::clone(&shared), master, lane, reached }));
    }
    lanes.push(Box::new(last));
    lanes
}

/// What the lanes of a cluster share.
struct Shared<'s> {
    cluster: &'s SourceCluster,
    observed: Cell<Instant>,
    /// How much of each master has been walked.
    shares: RefCell<Vec<Option<f64>>>,
    /// The lanes of each master that have not ended.
    running: Vec<Cell<usize>>,
    ended: Notify,
}

/// A lane of one node, without the keys of slots that another node has, and of those that the last lane lists.
struct NodeLane<'s> {
    shared: Rc<Shared<'s>>,
    master: usize,
    lane: Box<dyn Lane + 's>,
    /// Where a later walk can continue. This stays as it is when slots begin to move: if they move back before that walk,
    /// nothing reports that keys of theirs were at the other node when the lane passed.
    reached: Position,
}

/// Begins when the others have ended.
struct LastAfter<'s> {
    shared: Rc<Shared<'s>>,
    last: LastLane<'s>,
}

impl<'s> Shared<'s> {
    /// `masters` are those of the lanes.
    fn new(cluster: &'s SourceCluster, masters: impl Iterator<Item = usize>) -> Self {
        let mut running = vec![Cell::new(0); cluster.masters.len()];
        masters.for_each(|master| *running[master].get_mut() += 1);
        Self {
            cluster,
            observed: Cell::new(Instant::now()),
            shares: RefCell::new(vec![Some(0.0); running.len()]),
            running,
            ended: Notify::new(),
        }
    }

    /// Asks the nodes for their slots, unless that was done a moment ago.
    async fn observe(&self) -> Result<(), Stop> {
        if self.observed.get().elapsed() >= OBSERVE_EVERY {
            self.observed.set(Instant::now());
            self.cluster.observe().await?;
        }
        Ok(())
    }

    /// How much has been walked, if so much of one master has.
    #[expect(clippy::cast_precision_loss, reason = "a share is only displayed")]
    fn share(&self, master: usize, share: Option<f64>) -> Option<f64> {
        let mut shares = self.shares.borrow_mut();
        shares[master] = share;
        Some(shares.iter().copied().sum::<Option<f64>>()? / shares.len() as f64)
    }

    fn lane_ended(&self, master: usize) {
        let running = self.running[master].get() - 1;
        self.running[master].set(running);
        if running == 0 {
            self.shares.borrow_mut()[master] = Some(1.0);
        }
        self.ended.notify_waiters();
    }

    async fn until_others_ended(&self) {
        loop {
            let ended = self.ended.notified();
            if self.running.iter().all(|running| running.get() == 0) {
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
                self.shared.lane_ended(self.master);
                return Ok(None);
            };
            let census = cluster.census.borrow();
            page.keys.retain(|key| census.counts(key.key.slot(), address));
            page.share = self.shared.share(self.master, page.share);
            if !census.has_new_doubts() {
                self.reached = page.reached;
            }
            page.reached = self.reached;
            Ok(Some(page))
        }
        .boxed_local()
    }
}

impl Lane for LastAfter<'_> {
    fn next_page(&mut self) -> LocalBoxFuture<'_, Result<Option<Page>, Stop>> {
        async {
            self.shared.until_others_ended().await;
            self.last.next_page().await
        }
        .boxed_local()
    }
}
