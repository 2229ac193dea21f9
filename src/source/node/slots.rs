//! Lists the keys of slots.

use super::Node;
use crate::entry::Key;
use crate::error::EndpointError;
use crate::resp::{Reply, Request};
use crate::server::{Claim, Held, Refusal, Session};

/// Most slots have fewer keys. A slot with more is listed alone, with a higher limit.
const MOST: usize = 1000;
const GROWTH: usize = 16;

/// The keys of a slot that a node had at one moment.
#[derive(Debug)]
pub struct ListedSlot {
    pub slot: u16,
    /// What the node had of the slot at that moment.
    pub held: Held,
    /// The epoch of the node at that moment.
    pub epoch: u64,
    pub keys: Vec<Key>,
}

impl Node {
    /// Lists the keys of slots. The keys of a slot, and what the node says of it, are of one moment.
    pub async fn list_slots(&self, session: &Session, slots: &[u16]) -> Result<Vec<ListedSlot>, EndpointError> {
        let mut listed = list(session, slots, MOST).await?;
        for one in &mut listed {
            let mut most = MOST;
            while one.keys.len() == most {
                most *= GROWTH;
                if let Some(longer) = list(session, &[one.slot], most).await?.pop() {
                    *one = longer;
                }
            }
        }
        Ok(listed)
    }
}

async fn list(session: &Session, slots: &[u16], most: usize) -> Result<Vec<ListedSlot>, EndpointError> {
    let most = most.to_string();
    let mut request = Request::default();
    request.transaction(|request| {
        request.command(&[b"CLUSTER", b"NODES"]);
        for slot in slots {
            request.command(&[b"CLUSTER", b"GETKEYSINSLOT", slot.to_string().as_bytes(), most.as_bytes()]);
        }
    });
    session
        .repeat(async |turn| {
            let replies = turn.ask(request.clone()).await?;
            if let Some(message) = replies.iter().find_map(Reply::error) {
                return Err(session.address().problem(Refusal::of_server(&message)));
            }
            let unexpected = || session.address().unexpected_reply("`CLUSTER GETKEYSINSLOT` without keys");
            parse(slots, replies).ok_or_else(unexpected)
        })
        .await
}

fn parse(slots: &[u16], replies: Vec<Reply>) -> Option<Vec<ListedSlot>> {
    let mut replies = replies.into_iter();
    let Reply::Bulk(nodes) = replies.next()? else { return None };
    let claim = Claim::parse(std::str::from_utf8(&nodes).ok()?)?;
    let listed = slots.iter().zip(replies).map(|(slot, reply)| {
        let Reply::Array(keys) = reply else { return None };
        let key = |key| if let Reply::Bulk(bytes) = key { Some(bytes.into()) } else { None };
        let keys = keys.into_iter().map(key).collect::<Option<_>>()?;
        Some(ListedSlot { slot: *slot, held: claim.held(*slot), epoch: claim.epoch, keys })
    });
    listed.collect()
}
