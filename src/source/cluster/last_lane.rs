//! The lane of the slots that may not have been walked completely, because they moved: it lists their keys.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::masters::SourceCluster;
use crate::entry::{DbKey, Key};
use crate::error::{EndpointProblem, Stop, WaitCause};
use crate::job::HostPort;
use crate::server::Held;
use crate::source::node::ListedSlot;
use crate::source::{KeyInfo, LaneId, Node, Page, Position, ScanPlan, Source, SourceKey};

/// So many slots are listed at once.
const AT_ONCE: usize = 64;
/// The pause before slots are listed again that were not whole at any moment.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct LastLane<'s> {
    cluster: &'s SourceCluster,
    plan: &'s ScanPlan,
    id: LaneId,
    /// Nodes, and their slots to list.
    waiting: VecDeque<(HostPort, Vec<u16>)>,
    listed: VecDeque<SourceKey>,
    /// How many slots were in doubt at the last look, and when they became fewer.
    doubtful: usize,
    progressed: Instant,
}

impl<'s> LastLane<'s> {
    pub fn new(cluster: &'s SourceCluster, plan: &'s ScanPlan, id: LaneId) -> Self {
        let (waiting, listed) = (VecDeque::new(), VecDeque::new());
        Self { cluster, plan, id, waiting, listed, doubtful: usize::MAX, progressed: Instant::now() }
    }

    /// The next keys; `None` if no slot is in doubt.
    pub async fn next_page(&mut self) -> Result<Option<Page>, Stop> {
        while self.listed.is_empty() {
            if self.waiting.is_empty() && !self.look().await? {
                return Ok(None);
            }
            if let Some((owner, slots)) = self.waiting.pop_front() {
                let nodes = &self.cluster.nodes;
                let listed = nodes.unless_replaced(self.list(&owner, &slots)).await?;
                match listed {
                    Err(_) if !nodes.uses(&owner) => {}
                    listed => self.listed.extend(listed?),
                }
            }
        }
        let count = self.listed.len().min(usize::try_from(self.plan.count).unwrap_or(usize::MAX));
        let keys = self.listed.drain(..count).collect();
        let keys = self.selected(keys).await?;
        // A later walk lists all slots again that are in doubt then.
        Ok(Some(Page { lane: self.id, reached: Position::default(), keys, share: Some(1.0), ..Page::default() }))
    }

    /// Looks which slots are in doubt. Returns whether there are some.
    async fn look(&mut self) -> Result<bool, Stop> {
        self.cluster.observe().await?;
        let (doubtful, by_owner) = {
            let census = self.cluster.census.borrow();
            (census.doubtful().len(), census.doubtful_by_owner())
        };
        if doubtful < self.doubtful {
            self.progressed = Instant::now();
        } else if doubtful > 0 {
            self.check_patience()?;
            sleep(PAUSE).await;
        }
        self.doubtful = doubtful;
        let batches = by_owner.iter().flat_map(|(owner, slots)| slots.chunks(AT_ONCE).map(move |slots| (owner, slots)));
        self.waiting.extend(batches.map(|(owner, slots)| (owner.clone(), slots.to_vec())));
        Ok(doubtful > 0)
    }

    fn check_patience(&self) -> Result<(), Stop> {
        let contacts = self.cluster.contacts();
        let patience = contacts.iter().map(|contact| contact.endpoint().retry).max().unwrap_or_default();
        if self.progressed.elapsed() < patience {
            return Ok(());
        }
        let (census, cause) = (self.cluster.census.borrow(), WaitCause::ClusterDown);
        let message = match census.doubtful().iter().find(|slot| !census.has_owner(**slot)) {
            Some(slot) => format!("no node serves slot {slot}"),
            None => format!("the keys of {} slots are at two nodes that do not agree on them", census.doubtful().len()),
        };
        Err(self.cluster.problem(EndpointProblem::NotReady { cause, message }).into())
    }

    /// Lists slots at the node that serves them, and those that are moving at the other node, too.
    async fn list(&self, owner: &HostPort, slots: &[u16]) -> Result<Vec<SourceKey>, Stop> {
        let node = self.cluster.nodes.node(owner).await?;
        let (mut keys, mut whole) = (Vec::new(), slots.to_vec());
        for database in &self.plan.databases {
            let session = node.scan_session(database.db).await?;
            for listed in node.list_slots(&session, slots).await? {
                let rest = match &listed.held {
                    Held::Whole => Some(Vec::new()),
                    Held::SomeTo(Some(to)) => self.rest(&node, &listed, to, database.db).await?,
                    Held::SomeTo(None) | Held::Some | Held::None => None,
                };
                match rest {
                    Some(rest) => {
                        let all = listed.keys.into_iter().chain(rest);
                        keys.extend(all.map(|key| SourceKey { db: database.db, key, value: None }));
                    }
                    None => whole.retain(|slot| *slot != listed.slot),
                }
            }
        }
        let mut census = self.cluster.census.borrow_mut();
        for slot in whole {
            census.list(slot);
        }
        Ok(keys)
    }

    /// Lists what another node has got of a slot after the node that serves it was listed. Keys only move from one to the
    /// other, unless the slot has come back meanwhile, which gives the node a new epoch: then nothing is certain.
    async fn rest(
        &self,
        from: &Rc<Node>,
        listed: &ListedSlot,
        to: &HostPort,
        db: u16,
    ) -> Result<Option<Vec<Key>>, Stop> {
        let to = self.cluster.nodes.node(&self.cluster.nodes.import_to(to)).await?;
        let got = to.list_slots(&*to.scan_session(db).await?, &[listed.slot]).await?.pop();
        let Some(got) = got.filter(|got| matches!(got.held, Held::Some | Held::Whole)) else { return Ok(None) };
        let is_certain = got.held == Held::Whole || {
            let later = from.control().claim().await?;
            later.epoch == listed.epoch && matches!(later.held(listed.slot), Held::SomeTo(_))
        };
        Ok(is_certain.then_some(got.keys))
    }

    /// The keys that `SCAN` would return.
    async fn selected(&self, mut keys: Vec<SourceKey>) -> Result<Vec<SourceKey>, Stop> {
        let (selection, applied) = (&self.plan.selection, self.cluster.applies(&self.plan.selection));
        if applied.matches {
            keys.retain(|key| selection.selects(key.key.as_bytes()));
        }
        if !applied.types || selection.types.is_empty() {
            return Ok(keys);
        }
        let asked: Vec<DbKey<'_>> = keys.iter().map(|key| DbKey { db: key.db, key: &key.key }).collect();
        let answers = self.cluster.types(&asked).await;
        if let Some(error) = answers.error {
            return Err(error.into());
        }
        let is_wanted =
            |info: &KeyInfo| !matches!(info, KeyInfo::There { type_name, .. } if !selection.matches_type(type_name));
        Ok(keys.into_iter().zip(answers.each).filter(|(_, info)| is_wanted(info)).map(|(key, _)| key).collect())
    }
}
