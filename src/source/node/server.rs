//! The connections to a server that keys are read from.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::one_moment::OneMoment;
use super::replies::{Expiry, pairs};
use super::scan_count::ScanCount;
use crate::entry::{DbKey, Key, SLOTS};
use crate::error::{Answers, EndpointError, WaitCause};
use crate::job::{Databases, Selection};
use crate::resp::{Reply, Request};
use crate::server::{ABOUT_A_SLOT, Answer, Clock, Contact, Control, DatabaseSessions, ServerFacts, Session, Turn};
use crate::source::KeyInfo;

/// Connections besides those that read values: the control connection, and the one that scans.
const OTHER_CONNECTIONS: usize = 2;

/// A server that keys are read from.
#[derive(Debug)]
pub struct Node {
    contact: Rc<Contact>,
    control: Control,
    /// A connection of its own, so that no `SCAN` waits for values. If the server's memory is scarce, it is that of values.
    pub(super) scan: Rc<Session>,
    count: ScanCount,
    /// The session of the source's `db`.
    pub(super) data: Rc<Session>,
    pub(super) sessions: DatabaseSessions,
    /// For slots that it imports, if it is a node of a cluster.
    pub(super) asking: DatabaseSessions,
    pub(in crate::source) databases: Databases,
    pub(super) facts: ServerFacts,
    /// Whether it returns expiries as points of time; if not, as the time that is left.
    pub(super) is_absolute: bool,
    pub(super) one_moment: Cell<OneMoment>,
    clock: Clock,
    /// The slots that it serves, in order, if it is a node of a cluster.
    slots: RefCell<Vec<u16>>,
}

/// What one `SCAN` returned.
#[derive(Debug)]
pub struct NodePage {
    /// The cursor for the next `SCAN`; 0 at the end.
    pub cursor: u64,
    /// May be empty.
    pub keys: Vec<Key>,
    /// The `COUNT` of this `SCAN`.
    pub count: u32,
}

impl Node {
    /// Connects, unless it is done already for `control`, and reads the facts and the clock of the server.
    pub async fn open(
        contact: &Rc<Contact>,
        control: Option<Control>,
        databases: &Databases,
    ) -> Result<Self, EndpointError> {
        let ((control, facts), data) = tokio::try_join!(control_and_facts(control, contact), Session::open(contact))?;
        let data = Rc::new(data);
        let scan = async {
            let is_scarce = facts.memory.room().is_some();
            if is_scarce { Ok(Rc::clone(&data)) } else { Session::open(contact).await.map(Rc::new) }
        };
        let (scan, clock, longest) = tokio::try_join!(scan, control.clock(), control.parameter("proto-max-bulk-len"))?;
        if let Some(longest) = longest.and_then(|bytes| bytes.parse().ok()) {
            contact.accept_strings(longest);
        }
        let (one_moment, is_absolute) =
            tokio::try_join!(OneMoment::of(contact, &data, &facts), data.has_pexpiretime(&facts))?;
        let (count, one_moment) = (ScanCount::new(&facts), Cell::new(one_moment));
        let sessions = DatabaseSessions::new(contact, Rc::clone(&data), OTHER_CONNECTIONS);
        let asking = DatabaseSessions::asking(contact, OTHER_CONNECTIONS);
        let (contact, databases) = (Rc::clone(contact), databases.clone());
        let slots = (0..SLOTS).collect::<Vec<_>>().into();
        Ok(Self {
            contact,
            control,
            scan,
            count,
            data,
            sessions,
            asking,
            databases,
            facts,
            is_absolute,
            one_moment,
            clock,
            slots,
        })
    }

    /// Sets which slots it serves.
    pub fn serve(&self, slots: Vec<u16>) {
        self.slots.replace(slots);
    }

    pub(in crate::source) fn slots(&self) -> Vec<u16> {
        self.slots.borrow().clone()
    }

    pub fn server_facts(&self) -> &ServerFacts {
        &self.facts
    }

    /// Whether it returns expiries as points of time.
    pub fn is_absolute(&self) -> bool {
        self.is_absolute
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn control(&self) -> &Control {
        &self.control
    }

    pub fn contact(&self) -> &Contact {
        &self.contact
    }

    /// Closes the connections. A later request opens them again.
    pub async fn close(&self) {
        self.control.close().await;
        self.scan.close().await;
        self.sessions.close().await;
        self.asking.close().await;
        self.contact.closed().await;
    }

    /// Whether the type of each key must be requested, because `SCAN` cannot filter by it.
    pub fn needs_types(&self, selection: &Selection) -> bool {
        selection.types.len() > 1 || (selection.types.len() == 1 && !self.facts.has_scan_type())
    }

    /// Runs `SCAN` from `cursor`, with the parts of the selection that `SCAN` supports. It requests `most` keys, or fewer
    /// if names are long. `session` decides the database.
    pub async fn scan(
        &self,
        session: &Session,
        cursor: u64,
        selection: &Selection,
        most: u32,
    ) -> Result<NodePage, EndpointError> {
        let scan = async |turn: &Turn<'_>| {
            let count = self.count.next(most);
            let scanned = turn.run(self.scan_command(cursor, selection, count)).await;
            if scanned.as_ref().is_err_and(|error| error.problem.wait_cause() == Some(WaitCause::Disconnected)) {
                self.count.lost(count);
            }
            scanned.map(|reply| (reply, count))
        };
        let (reply, count) = session.repeat(scan).await?;
        let unexpected = || session.address().unexpected_reply("`SCAN` without cursor and keys");
        let page = page(reply, count).ok_or_else(unexpected)?;
        self.count.returned(count, page.keys.iter().map(|key| key.as_bytes().len()).sum());
        Ok(page)
    }

    fn scan_command(&self, cursor: u64, selection: &Selection, count: u32) -> Request {
        let (cursor, count) = (cursor.to_string(), count.to_string());
        let mut scan: Vec<&[u8]> = vec![b"SCAN", cursor.as_bytes(), b"COUNT", count.as_bytes()];
        if let Some(glob) = selection.scan_match() {
            scan.extend([&b"MATCH"[..], glob.as_bytes()]);
        }
        if let Some(type_name) = selection.scan_type().filter(|_| self.facts.has_scan_type()) {
            scan.extend([&b"TYPE"[..], type_name.as_bytes()]);
        }
        let mut request = Request::default();
        request.command(&scan);
        request
    }

    pub(in crate::source) async fn key_types(&self, keys: &[DbKey<'_>], asks: bool) -> Answers<KeyInfo> {
        self.ask_each((keys, asks), &[b"TYPE"], |replies| replies.iter().map(KeyInfo::of_type).collect()).await
    }

    pub(in crate::source) async fn key_infos(&self, keys: &[DbKey<'_>], asks: bool) -> Answers<KeyInfo> {
        let (when, is_absolute): (&[u8], _) =
            (if self.is_absolute { b"PEXPIRETIME" } else { b"PTTL" }, self.is_absolute);
        let infos = |replies| {
            let now = if is_absolute { 0 } else { self.clock.now_ms() };
            pairs(replies).map(|[type_name, left]| KeyInfo::of(&type_name, Expiry::of(&left, now))).collect()
        };
        self.ask_each((keys, asks), &[b"TYPE", when], infos).await
    }

    /// Sends commands about each key, whose only argument is the key.
    async fn ask_each<T: Answer>(
        &self,
        keys: (&[DbKey<'_>], bool),
        commands: &[&[u8]],
        parse: impl Fn(Vec<Reply>) -> Vec<T>,
    ) -> Answers<T> {
        let add = |request: &mut Request, key: &[u8]| {
            for command in commands {
                request.command(&[command, key]);
            }
        };
        let attempt = async |turn: &Turn<'_>, keys: &[DbKey<'_>]| {
            let mut request = turn.pipeline(0);
            for key in keys {
                add(&mut request, key.key.as_bytes());
            }
            let answered = turn.send(request).await;
            Answers { each: parse(answered.replies), error: answered.error }
        };
        let probe = || {
            let mut request = Request::default();
            add(&mut request, &self.contact.probe_key);
            request
        };
        let ask = async |session: &Session, keys: &[DbKey<'_>]| {
            session.attribute(session.exchange(keys, &attempt).await, probe, &ABOUT_A_SLOT).await
        };
        self.in_each_database(keys, T::open, ask).await
    }

    /// The `MEMORY USAGE` of keys, in bytes; `None` for a key if the server does not report it.
    pub async fn memory_usages(&self, keys: &[DbKey<'_>], asks: bool) -> Answers<Option<u64>> {
        let bytes = |reply: &Reply| if let Reply::Int(bytes) = reply { u64::try_from(*bytes).ok() } else { None };
        let add = |request: &mut Request, key: &[u8]| {
            request.command(&[b"MEMORY", b"USAGE", key]);
        };
        self.ask_bytes((keys, asks), add, bytes).await
    }

    /// The most bytes that the payloads of keys can have: a payload is smaller than the value in memory. Without
    /// `SAMPLES 0` the server infers the size of a collection from five elements, which may all be small.
    pub(in crate::source) async fn most_bytes(&self, keys: &[DbKey<'_>], asks: bool) -> Answers<Option<u64>> {
        let bytes = |reply: &Reply| match reply {
            Reply::Int(bytes) => u64::try_from(*bytes).ok(),
            // It does not exist any more.
            Reply::Nil => Some(0),
            _ => None,
        };
        let add = |request: &mut Request, key: &[u8]| {
            request.command(&[b"MEMORY", b"USAGE", key, b"SAMPLES", b"0"]);
        };
        self.ask_bytes((keys, asks), add, bytes).await
    }

    /// Sends a command about each key.
    async fn ask_bytes(
        &self,
        keys: (&[DbKey<'_>], bool),
        add: impl Fn(&mut Request, &[u8]),
        bytes: impl Fn(&Reply) -> Option<u64>,
    ) -> Answers<Option<u64>> {
        let ask = async |session: &Session, keys: &[DbKey<'_>]| {
            let mut request = session.request();
            for key in keys {
                add(&mut request, key.key.as_bytes());
            }
            match session.ask(request).await {
                Ok(replies) => Answers { each: replies.iter().map(&bytes).collect(), error: None },
                Err(error) => Answers { each: vec![None; keys.len()], error: Some(error) },
            }
        };
        self.in_each_database(keys, || None, ask).await
    }
}

fn page(reply: Reply, count: u32) -> Option<NodePage> {
    let Reply::Array(parts) = reply else { return None };
    let [Reply::Bulk(cursor), Reply::Array(keys)] = <[Reply; 2]>::try_from(parts).ok()? else { return None };
    let keys = keys.into_iter().map(|key| match key {
        Reply::Bulk(bytes) => Some(bytes.into()),
        _ => None,
    });
    let cursor = std::str::from_utf8(&cursor).ok()?.parse().ok()?;
    Some(NodePage { cursor, keys: keys.collect::<Option<_>>()?, count })
}

/// The control connection, unless it is open already, and the facts of the server.
async fn control_and_facts(
    control: Option<Control>,
    contact: &Rc<Contact>,
) -> Result<(Control, ServerFacts), EndpointError> {
    let control = Control::or_open(control, contact).await?;
    let facts = control.facts().await?;
    Ok((control, facts))
}
