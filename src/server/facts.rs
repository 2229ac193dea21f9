//! The facts that `INFO` reports about a server.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{Identity, Memory};
use crate::job::{CharSign, DeclaredServer};
use crate::version::{Flavour, Version};

/// The facts that `INFO` reports about a server; printed in summaries and reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServerFacts {
    /// `host:port` as in the job.
    pub address: String,
    pub flavour: Flavour,
    /// The server's own version, such as `7.0.15`.
    pub version: Version,
    /// The Redis version that it is compatible with; for Redis, its own version.
    #[serde(skip)]
    pub compatible: Version,
    /// Identifies the server process; empty if the server hides it.
    pub run_id: String,
    /// `standalone`, `cluster` or `sentinel`.
    pub mode: String,
    #[serde(skip)]
    pub replication: Replication,
    /// Whether it is a replica that is not connected to its master, or receives its first data from it.
    #[serde(skip)]
    pub is_stale: bool,
    /// See [`Identity::histories`].
    #[serde(skip)]
    pub histories: [String; 2],
    #[serde(skip)]
    pub memory: Memory,
    /// How it compares bytes in patterns.
    #[serde(skip)]
    pub char_sign: CharSign,
    /// The number of keys in all databases.
    #[serde(skip)]
    pub keys: u64,
    /// `evicted_keys`, since the server started or its statistics were reset; `None` if it is not reported.
    #[serde(skip)]
    pub evicted: Option<u64>,
    /// If it is a cluster: the nodes that the job was connected to when it began, in the order of their addresses.
    #[serde(skip)]
    pub nodes: Vec<NodeFacts>,
}

/// A node of a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeFacts {
    /// Its id in the cluster.
    pub id: String,
    /// The number of slots that it serves, or that a replica has of its master.
    pub slots: usize,
    pub facts: ServerFacts,
}

/// Whether a server is a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replication {
    Master,
    /// A replica that accepts writes, which its master does not receive.
    WritableReplica,
    /// A replica that rejects writes.
    ReadOnlyReplica,
}

/// What the cursors of `SCAN` are positions in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CursorOrder {
    /// The whole keyspace: their bits are reversed.
    Bits,
    /// The slots, one after the other.
    Slots,
}

/// Whether the data of a server are still those of an earlier moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lineage {
    Same,
    /// Its role changed, and it is unknown what became of the data.
    Unknown,
    /// A master replaced them by its own.
    Replaced,
}

impl ServerFacts {
    /// A server that is not asked.
    pub fn declared(address: String, server: DeclaredServer) -> Option<Self> {
        let DeclaredServer { flavour, version } = server;
        let info = match flavour {
            // Every Valkey is compatible with this one.
            Flavour::Valkey => format!("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:{version}\r\n"),
            Flavour::Redis | Flavour::Other => format!("redis_version:{version}\r\n"),
        };
        Self::parse(address, &info)
    }

    /// Parses the reply to `INFO`; `None` if it reports no version.
    pub fn parse(address: String, info: &str) -> Option<Self> {
        let fields: HashMap<&str, &str> =
            info.lines().filter_map(|line| line.split_once(':')).map(|(key, value)| (key, value.trim())).collect();
        let text = |key: &str| fields.get(key).copied().unwrap_or_default();
        let number = |key: &str| text(key).parse::<u64>().unwrap_or(0);

        let compatible: Version = text("redis_version").parse().ok()?;
        let own: Option<Version> = text("valkey_version").parse().ok();
        Some(Self {
            address,
            flavour: flavour(&fields),
            version: own.unwrap_or(compatible),
            compatible,
            run_id: text("run_id").to_owned(),
            mode: if fields.contains_key("redis_mode") { text("redis_mode") } else { text("server_mode") }.to_owned(),
            histories: [text("master_replid").to_owned(), text("master_replid2").to_owned()],
            replication: match (text("role"), text("slave_read_only")) {
                ("slave", "0") => Replication::WritableReplica,
                ("slave", _) => Replication::ReadOnlyReplica,
                _ => Replication::Master,
            },
            is_stale: text("role") == "slave" && text("master_link_status") == "down",
            memory: Memory {
                used: number("used_memory"),
                limit: Some(number("maxmemory")).filter(|&limit| limit > 0),
                policy: text("maxmemory_policy").to_owned(),
                dataset: text("used_memory_dataset").parse().ok(),
            },
            char_sign: char_sign(text("os")),
            keys: keys_by_db(info).values().sum(),
            evicted: text("evicted_keys").parse().ok(),
            nodes: Vec::new(),
        })
    }

    /// The version that decides which payloads the server accepts: its own, or of the Redis that it is compatible with.
    pub fn kind_version(&self) -> Version {
        if self.flavour == Flavour::Other { self.compatible } else { self.version }
    }

    /// Supports `PEXPIRETIME` (Redis 7.0).
    pub fn has_pexpiretime(&self) -> bool {
        self.compatible >= Version::new(7, 0)
    }

    /// Supports `FUNCTION RESTORE` (Redis 7.0).
    pub fn has_functions(&self) -> bool {
        self.compatible >= Version::new(7, 0)
    }

    /// Supports `SCAN … TYPE` (Redis 6.0).
    pub fn has_scan_type(&self) -> bool {
        self.compatible >= Version::new(6, 0)
    }

    /// Supports `RESTORE … ABSTTL` (Redis 5.0).
    pub fn has_absttl(&self) -> bool {
        self.compatible >= Version::new(5, 0)
    }

    pub fn identity(&self) -> Identity {
        Identity { run_id: self.run_id.clone(), histories: self.histories.clone() }
    }

    pub fn is_master(&self) -> bool {
        self.replication == Replication::Master
    }

    /// Whether it was a replica since `earlier`. A promotion begins a new history and remembers the one before as its
    /// second; a master without replicas may begin a new one without a second.
    pub fn was_replica_since(&self, earlier: &Self) -> bool {
        self.histories[0] != earlier.histories[0] && self.has_second_history()
    }

    fn has_second_history(&self) -> bool {
        !self.histories[1].bytes().all(|byte| byte == b'0')
    }

    /// Whether the data are still those of `earlier`, except for what clients changed.
    pub fn lineage_since(&self, earlier: &Self) -> Lineage {
        let ([before, _], [now, second]) = (&earlier.histories, &self.histories);
        if before.is_empty() || now.is_empty() {
            return if self.is_master() == earlier.is_master() { Lineage::Same } else { Lineage::Unknown };
        }
        let is_continued = now == before || second == before;
        match (earlier.is_master(), self.is_master()) {
            // It became a replica, and has not received anything yet.
            (true, false) if now == before => Lineage::Unknown,
            _ if is_continued => Lineage::Same,
            // Its first replica, or the end of an unused backlog, begins a new history.
            (true, true) if !self.has_second_history() => Lineage::Same,
            (false, true) if !self.has_second_history() => Lineage::Unknown,
            _ => Lineage::Replaced,
        }
    }

    /// Keys that were evicted since `earlier`.
    pub fn evicted_since(&self, earlier: &Self) -> Option<u64> {
        let (now, before) = (self.evicted?, earlier.evicted?);
        Some(now.checked_sub(before).unwrap_or(now))
    }

    pub fn is_cluster_node(&self) -> bool {
        self.mode == "cluster"
    }

    /// The order of cursors: in cluster mode, from Redis 7.4 and Valkey 8 on, that of slots. `None` for unknown versions.
    pub fn cursor_order(&self) -> Option<CursorOrder> {
        let slots_from = match self.flavour {
            Flavour::Redis => Version::new(7, 3),
            Flavour::Valkey => Version::new(8, 0),
            Flavour::Other => return None,
        };
        let known_until = match self.flavour {
            Flavour::Redis => Version::new(9, 0),
            _ => Version::new(10, 0),
        };
        let has_slots = self.is_cluster_node() && self.version >= slots_from;
        (self.version < known_until).then_some(if has_slots { CursorOrder::Slots } else { CursorOrder::Bits })
    }
}

/// The number of keys of each database that has keys.
pub type KeysByDb = BTreeMap<u64, u64>;

/// Parses the section `keyspace` of `INFO`: `db3:keys=1200,expires=7,avg_ttl=0`.
pub(super) fn keys_by_db(info: &str) -> KeysByDb {
    let of_line = |line: &str| {
        let (db, facts) = line.strip_prefix("db")?.split_once(':')?;
        let keys = facts.split(',').find_map(|fact| fact.strip_prefix("keys="))?;
        Some((db.parse().ok()?, keys.parse().ok()?))
    };
    info.lines().filter_map(|line| of_line(line.trim_end())).filter(|(_, keys)| *keys > 0).collect()
}

/// By the system and the CPU, such as `Linux 6.1.0 aarch64`. Managed services may hide the CPU; most are x86.
fn char_sign(os: &str) -> CharSign {
    const UNSIGNED: [&str; 5] = ["aarch64", "arm", "ppc", "riscv", "s390"];
    let machine = os.rsplit(' ').next().unwrap_or_default();
    let is_unsigned = !os.starts_with("Darwin") && UNSIGNED.iter().any(|cpu| machine.starts_with(cpu));
    if is_unsigned { CharSign::Unsigned } else { CharSign::Signed }
}

/// Other implementations report fields of their own.
fn flavour(fields: &HashMap<&str, &str>) -> Flavour {
    const FOREIGN: [&str; 4] = ["dragonfly_version", "kvrocks_version", "garnet_version", "mvcc_depth"];
    if FOREIGN.iter().any(|field| fields.contains_key(field)) {
        Flavour::Other
    } else if fields.contains_key("valkey_version") || fields.get("server_name") == Some(&"valkey") {
        Flavour::Valkey
    } else {
        Flavour::Redis
    }
}

#[cfg(test)]
mod tests;
