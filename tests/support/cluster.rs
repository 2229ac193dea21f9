//! Real clusters.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use super::{Client, Kind, Pipeline, Reading, Reply, Server, Word, words};

/// The number of slots.
pub const SLOTS: u16 = 16_384;
/// How long nodes may take to agree.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a node may be silent before the others count it as failed, in ms. Longer than a busy machine is silent.
const NODE_TIMEOUT: &str = "5000";
/// Keys that are read and written together.
const CHUNK: usize = 250;

/// Three masters, each perhaps with a replica. They are stopped when this is dropped.
pub struct Cluster {
    /// The masters, then their replicas.
    nodes: Vec<Server>,
}

/// What a node says of itself: only that is never out of date.
pub struct OwnLine {
    pub id: String,
    /// The slots that it serves; none for a replica.
    pub slots: Vec<u16>,
}

impl Cluster {
    /// Three masters. Each has a third of the slots.
    pub fn start(kind: Kind) -> Self {
        Self::with(kind, false, &[])
    }

    /// Three masters with a replica each.
    pub fn with_replicas(kind: Kind) -> Self {
        Self::with(kind, true, &[])
    }

    /// The same with further arguments for each node.
    pub fn with(kind: Kind, has_replicas: bool, arguments: &[&str]) -> Self {
        let own = ["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout"];
        let arguments = [&own, &[NODE_TIMEOUT][..], arguments].concat();
        let count = if has_replicas { 6 } else { 3 };
        let cluster = Self { nodes: (0..count).map(|_| Server::with(kind, &arguments)).collect() };
        cluster.assign_slots();
        cluster.introduce();
        for (master, replica) in cluster.nodes[3..].iter().enumerate() {
            let id = own_line(&cluster.nodes[master]).expect("a node").id;
            // Until it knows the master, it refuses.
            until("it is a replica", || {
                !matches!(replica.client().ask(words!["CLUSTER", "REPLICATE", id]), Reply::Error(_))
            });
        }
        cluster.until_ready();
        cluster
    }

    fn assign_slots(&self) {
        for (master, slots) in self.nodes.iter().zip([0..5461, 5461..10_923, 10_923..SLOTS]) {
            let slots = slots.map(|slot| slot.word());
            let words: Vec<Vec<u8>> = words!["CLUSTER", "ADDSLOTS"].into_iter().chain(slots).collect();
            master.run(words);
        }
    }

    fn introduce(&self) {
        for (number, node) in self.nodes.iter().enumerate() {
            // Different from the beginning: nodes take a while to notice that theirs are the same.
            node.run(words!["CLUSTER", "SET-CONFIG-EPOCH", number + 1]);
        }
        for node in &self.nodes[1..] {
            self.nodes[0].run(words!["CLUSTER", "MEET", "127.0.0.1", node.port()]);
        }
        until("they know each other", || {
            self.nodes.iter().all(|node| {
                let known = node.run(words!["CLUSTER", "NODES"]).text();
                known.lines().count() == self.nodes.len() && !known.contains("handshake")
            })
        });
    }

    /// Waits until every node serves requests, and every replica is linked.
    pub fn until_ready(&self) {
        for node in self.running() {
            node.until_reply_has("cluster_state:ok", words!["CLUSTER", "INFO"]);
            let replication = node.run(words!["INFO", "replication"]).text();
            if replication.contains("role:slave") {
                node.until_reply_has("master_link_status:up", words!["INFO", "replication"]);
            }
        }
    }

    /// Waits until every node knows the epochs and the slots of all: a slot that moves earlier can be given back to the
    /// node that it has left, and then loses its keys.
    pub fn until_agreed(&self) {
        until("the nodes agree", || {
            let views: BTreeSet<Vec<String>> = self.running().map(view).collect();
            views.len() == 1
        });
    }

    /// The nodes that run.
    fn running(&self) -> impl Iterator<Item = &Server> {
        self.nodes.iter().filter(|node| Client::connect(node.port()).is_ok())
    }

    /// A node: the masters of the beginning are 0, 1 and 2, their replicas 3, 4 and 5.
    pub fn node(&self, number: usize) -> &Server {
        &self.nodes[number]
    }

    /// The nodes that serve slots now.
    pub fn masters(&self) -> Vec<&Server> {
        self.running().filter(|node| own_line(node).is_some_and(|line| !line.slots.is_empty())).collect()
    }

    /// The port of one of its nodes.
    pub fn seed(&self) -> u16 {
        self.nodes[0].port()
    }

    /// The setting that makes it an endpoint of a job.
    pub fn setting(&self, side: &str) -> String {
        format!("{side}.port={}", self.seed())
    }

    /// The node that serves a slot now.
    #[track_caller]
    pub fn owner(&self, slot: u16) -> &Server {
        let is_owner = |node: &&Server| own_line(node).is_some_and(|line| line.slots.contains(&slot));
        self.running().find(is_owner).unwrap_or_else(|| panic!("no node serves slot {slot}"))
    }

    /// The slot of a key.
    pub fn slot(&self, key: impl Word) -> u16 {
        let slot = self.nodes[1].run(words!["CLUSTER", "KEYSLOT", key]).integer();
        u16::try_from(slot).expect("a slot")
    }

    /// Sends a command to the node that serves the slot of a key.
    #[track_caller]
    pub fn run_on_owner(&self, key: impl Word, words: impl AsRef<[Vec<u8>]>) -> Reply {
        self.owner(self.slot(key)).run(words)
    }

    /// Writes everything that database 0 of a server holds, as it is.
    pub fn load(&self, from: &Server) {
        let (mut source, reading) = (from.client(), from.reading());
        let masters = self.masters();
        let owners: BTreeMap<u16, usize> = (0..masters.len())
            .flat_map(|master| {
                own_line(masters[master]).expect("a master").slots.into_iter().map(move |slot| (slot, master))
            })
            .collect();
        let keys: Vec<_> = reading.0.iter().collect();
        for chunk in keys.chunks(CHUNK) {
            let (mut dumps, mut slots) = (Pipeline::new(), Pipeline::new());
            for (key, _) in chunk {
                dumps.add(words!["DUMP", key]);
                slots.add(words!["CLUSTER", "KEYSLOT", key]);
            }
            let slots = self.nodes[1].client().run_all(&slots);
            let mut writes: Vec<Pipeline> = masters.iter().map(|_| Pipeline::new()).collect();
            for (((key, read), dump), slot) in chunk.iter().zip(source.run_all(&dumps)).zip(slots) {
                let owner = owners[&u16::try_from(slot.integer()).expect("a slot")];
                writes[owner].add(words!["RESTORE", key, read.expires_at.unwrap_or(0), dump.bytes(), "ABSTTL"]);
            }
            for (master, writes) in masters.iter().zip(&writes) {
                master.client().run_all(writes);
            }
        }
    }

    /// Everything that database 0 of its masters holds.
    pub fn reading(&self) -> Reading {
        self.reading_of(0)
    }

    /// Everything that a database of its masters holds.
    pub fn reading_of(&self, db: u16) -> Reading {
        Reading(self.masters().iter().flat_map(|master| Reading::of(&mut master.db(db)).0).collect())
    }

    /// How many keys database 0 of its masters holds.
    pub fn size(&self) -> i64 {
        self.masters().iter().map(|master| master.size()).sum()
    }

    /// Kills a master, and makes its replica take its place. Waits until it has.
    pub fn kill_master(&self, number: usize) {
        self.nodes[number].stop();
        self.promote(number);
    }

    /// Makes the replica of a master take its place. Waits until it has.
    pub fn promote(&self, number: usize) {
        let replica = &self.nodes[number + 3];
        // It may refuse for a moment, or lose the vote.
        until("the replica serves the slots", || {
            replica.client().ask(words!["CLUSTER", "FAILOVER", "FORCE"]);
            thread::sleep(Duration::from_millis(300));
            own_line(replica).is_some_and(|line| !line.slots.is_empty())
        });
        // Another process may have the port of a master that was killed.
        for node in self.running().filter(|node| node.port() != self.nodes[number].port()) {
            node.until_reply_has("cluster_state:ok", words!["CLUSTER", "INFO"]);
        }
    }
}

/// What a node says of itself; `None` if it does not run.
pub fn own_line(node: &Server) -> Option<OwnLine> {
    let nodes = Client::connect(node.port()).ok()?.run(words!["CLUSTER", "NODES"]).text();
    let line = nodes.lines().find(|line| line.contains("myself"))?;
    let mut words = line.split(' ');
    let id = words.next()?.to_owned();
    let ranges =
        words.skip(7).filter(|word| !word.starts_with('[')).map(|word| word.split_once('-').unwrap_or((word, word)));
    let number = |text: &str| text.parse::<u16>().expect("a slot");
    Some(OwnLine { id, slots: ranges.flat_map(|(first, last)| number(first)..=number(last)).collect() })
}

/// The epoch and the slots of each node, as one of them knows it.
fn view(node: &Server) -> Vec<String> {
    let nodes = node.run(words!["CLUSTER", "NODES"]).text();
    let known = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let slots = words[8..].iter().copied().filter(|word| !word.starts_with('['));
        [words[0], words[6]].into_iter().chain(slots).collect::<Vec<_>>().join(" ")
    };
    let mut view: Vec<String> = nodes.lines().filter(|line| !line.contains("fail")).map(known).collect();
    view.sort();
    view
}

/// Waits until a condition holds.
#[track_caller]
pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "timed out before {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
