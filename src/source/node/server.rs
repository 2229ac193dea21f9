//! The connections to a server that keys are read from.

use super::replies::{key_infos, key_type};
use crate::entry::{DbKey, Key};
use crate::error::{Answers, EndpointError, Side};
use crate::job::{Endpoint, Selection};
use crate::resp::{Reply, Request};
use crate::server::{Clock, Control, Refusal, ServerFacts, Session};
use crate::source::KeyInfo;

/// A server that keys are read from. Values have a separate connection, so that no `SCAN` waits for them.
#[derive(Debug)]
pub struct Node {
    control: Control,
    scan: Session,
    pub(super) data: Session,
    pub(super) facts: ServerFacts,
    clock: Clock,
    db: u16,
    /// The user that we are logged in as.
    pub(super) user: String,
}

/// What one `SCAN` returned.
#[derive(Debug)]
pub struct NodePage {
    /// The cursor for the next `SCAN`; 0 at the end.
    pub cursor: u64,
    /// May be empty.
    pub keys: Vec<Key>,
}

impl Node {
    /// Connects, and reads the facts and the clock of the server.
    pub async fn open(endpoint: &Endpoint, client_name: &str) -> Result<Self, EndpointError> {
        let (control, scan, data) = tokio::try_join!(
            Control::open(Side::Source, endpoint, client_name),
            Session::open(Side::Source, endpoint, client_name),
            Session::open(Side::Source, endpoint, client_name),
        )?;
        let (facts, clock) = tokio::try_join!(control.facts(), control.clock())?;
        let user = endpoint.username.clone().unwrap_or_else(|| "default".to_owned());
        Ok(Self { control, scan, data, facts, clock, db: endpoint.db, user })
    }

    pub fn server_facts(&self) -> &ServerFacts {
        &self.facts
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn control(&self) -> &Control {
        &self.control
    }

    pub fn db(&self) -> u16 {
        self.db
    }

    /// Whether the type of each key must be requested, because `SCAN` cannot filter by it.
    pub fn needs_types(&self, selection: &Selection) -> bool {
        selection.types.len() > 1 || (selection.types.len() == 1 && !self.facts.has_scan_type())
    }

    /// Runs `SCAN` from `cursor`, with the parts of the selection that `SCAN` supports.
    pub async fn scan(&self, cursor: u64, selection: &Selection, count: u32) -> Result<NodePage, EndpointError> {
        let (cursor, count) = (cursor.to_string(), count.to_string());
        let mut scan: Vec<&[u8]> = vec![b"SCAN", cursor.as_bytes(), b"COUNT", count.as_bytes()];
        if let Some(glob) = selection.scan_match() {
            scan.extend([&b"MATCH"[..], glob.as_str().as_bytes()]);
        }
        if let Some(type_name) = selection.scan_type().filter(|_| self.facts.has_scan_type()) {
            scan.extend([&b"TYPE"[..], type_name.as_bytes()]);
        }
        let reply = self.scan.run(&scan).await?;
        page(reply).ok_or_else(|| self.scan.address().unexpected_reply("`SCAN` without cursor and keys"))
    }

    pub(in crate::source) async fn key_types(&self, keys: &[DbKey<'_>]) -> Answers<Result<Option<String>, Refusal>> {
        let answered = self.data.send(about_each(keys, |request, key| request.command(&[b"TYPE", key]))).await;
        let each = answered.replies.iter().map(key_type).collect();
        Answers { each, error: answered.error }
    }

    pub(in crate::source) async fn key_infos(&self, keys: &[DbKey<'_>]) -> Answers<KeyInfo> {
        let request = about_each(keys, |request, key| request.command(&[b"TYPE", key]).command(&[b"PTTL", key]));
        let answered = self.data.send(request).await;
        let mut each: Vec<KeyInfo> = key_infos(answered.replies).collect();
        each.resize_with(keys.len(), || KeyInfo::NotRead);
        Answers { each, error: answered.error }
    }

    /// The `MEMORY USAGE` of keys, in bytes; `None` for a key if the server does not report it.
    pub async fn memory_usages(&self, keys: &[DbKey<'_>]) -> Answers<Option<u64>> {
        let request = about_each(keys, |request, key| request.command(&[b"MEMORY", b"USAGE", key]));
        let answered = self.data.send(request).await;
        let bytes = |reply: &Reply| if let Reply::Int(bytes) = reply { u64::try_from(*bytes).ok() } else { None };
        let mut each: Vec<Option<u64>> = answered.replies.iter().map(bytes).collect();
        each.resize(keys.len(), None);
        Answers { each, error: answered.error }
    }
}

fn about_each(keys: &[DbKey<'_>], add: impl for<'r> Fn(&'r mut Request, &[u8]) -> &'r mut Request) -> Request {
    let mut request = Request::default();
    for key in keys {
        add(&mut request, key.key.as_bytes());
    }
    request
}

fn page(reply: Reply) -> Option<NodePage> {
    let Reply::Array(parts) = reply else { return None };
    let [Reply::Bulk(cursor), Reply::Array(keys)] = <[Reply; 2]>::try_from(parts).ok()? else { return None };
    let keys = keys.into_iter().map(|key| match key {
        Reply::Bulk(bytes) => Some(Key(bytes)),
        _ => None,
    });
    let cursor = std::str::from_utf8(&cursor).ok()?.parse().ok()?;
    Some(NodePage { cursor, keys: keys.collect::<Option<_>>()? })
}
