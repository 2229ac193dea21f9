//! The keys of one database of a node.

use std::rc::Rc;

use tokio::sync::OnceCell;

use crate::error::EndpointError;
use crate::server::{CursorOrder, Session};
use crate::source::{Node, NodePage, ScanPlan};

/// What lanes are cut from.
pub trait Keyspace {
    /// `None` if cursors are not positions.
    fn order(&self) -> Option<CursorOrder>;

    async fn scan(&self, cursor: u64) -> Result<NodePage, EndpointError>;
}

/// The keys of one database of a node.
pub struct NodeKeyspace<'s> {
    node: &'s Node,
    plan: &'s ScanPlan,
    db: u16,
    /// Opened by the first lane.
    session: OnceCell<Rc<Session>>,
}

impl<'s> NodeKeyspace<'s> {
    pub fn new(node: &'s Node, plan: &'s ScanPlan, db: u16) -> Self {
        Self { node, plan, db, session: OnceCell::new() }
    }
}

impl Keyspace for NodeKeyspace<'_> {
    fn order(&self) -> Option<CursorOrder> {
        self.node.server_facts().cursor_order()
    }

    async fn scan(&self, cursor: u64) -> Result<NodePage, EndpointError> {
        let session = self.session.get_or_try_init(|| self.node.scan_session(self.db)).await?;
        self.node.scan(session, cursor, &self.plan.selection, self.plan.count).await
    }
}
