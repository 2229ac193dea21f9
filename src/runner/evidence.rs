//! Whether the data of an endpoint were replaced during a walk: by a full sync with another master, or by commands that
//! remove or exchange whole databases.
//!
//! Two moments are compared, the start and the end of a walk. Evidence ends the job, a mere suspicion is a warning. Keys
//! that expire, are evicted, or are deleted by clients are neither.

use std::collections::BTreeMap;

use super::swap::is_swap_elsewhere;
use crate::server::{Happened, KeyCounts, Lineage, Snapshot};

/// If fewer keys are missing, this means nothing.
const MANY: u64 = 100;

/// The part of an endpoint's data that a job works with.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// The database; `None` for all, if the server does not report their keys.
    pub db: Option<u16>,
    /// Whether the job works with all databases, so that it is concerned by each flush.
    pub is_of_all: bool,
    /// The keys that the job added to it.
    pub added: u64,
    /// Whether keys vanished while the job read them.
    pub has_vanished: bool,
}

/// What a comparison shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    pub evidence: Vec<String>,
    pub suspicions: Vec<String>,
}

/// Compares the servers of an endpoint at the start and at the end of a walk, in each of these databases. Each server is
/// compared with itself, because the nodes of a cluster may be others at the end; only their keys are counted together.
pub fn compare(before: &[Snapshot], now: &[Snapshot], shares: &[Share]) -> Findings {
    let pair = |before| now.iter().map(move |now| (before, now));
    let pairs = before.iter().flat_map(pair).filter(|(before, now)| before.facts.address == now.facts.address);
    let pairs: Vec<(&Snapshot, &Snapshot)> = pairs.collect();
    let mut findings = Findings::default();
    for (then, now) in &pairs {
        findings.compare_replication(then, now, before.len() > 1);
    }
    let moments = Moments {
        happened: Happened::at_all(pairs.iter().map(|(before, now)| now.counts.since(&before.counts))),
        flushed: flushed(&pairs),
        before: KeyCounts::of(before),
        now: KeyCounts::of(now),
        servers: before.len() as u64,
    };
    let added = shares.iter().filter_map(|share| Some((share.db?, share.added))).collect();
    for share in shares {
        let keys = Keys { has_name: shares.len() > 1, ..Keys::of(&moments, *share) };
        if keys.expected != Some(0) {
            let mut of_one = Findings::default();
            of_one.judge_commands(&moments, (*share, &added), &keys);
            findings.add(of_one);
        }
    }
    if !findings.evidence.is_empty() {
        // They would only repeat it.
        findings.suspicions.clear();
    }
    findings
}

/// An endpoint at the start and at the end of a walk.
struct Moments {
    happened: Happened,
    /// Where databases were flushed, for messages; empty if there is only one server.
    flushed: String,
    before: KeyCounts,
    now: KeyCounts,
    servers: u64,
}

/// The nodes of a cluster that were flushed.
fn flushed(nodes: &[(&Snapshot, &Snapshot)]) -> String {
    let is_flushed = |(before, now): &&(&Snapshot, &Snapshot)| {
        let Happened { flushall, flushdb, .. } = now.counts.since(&before.counts);
        flushall + flushdb > 0
    };
    let flushed: Vec<String> = nodes.iter().filter(is_flushed).map(|(node, _)| at(node)).collect();
    if nodes.len() > 1 { flushed.concat() } else { String::new() }
}

/// The node of a cluster, for messages.
fn at(node: &Snapshot) -> String {
    format!(" (node `{}`)", node.facts.address)
}

/// The number of keys in the job's share.
struct Keys {
    /// How many there would be without removals; `None` if the server does not report them.
    expected: Option<u64>,
    now: u64,
    /// How many are missing and did not expire.
    lost: u64,
    db: Option<u16>,
    /// Whether messages name the database.
    has_name: bool,
}

impl Keys {
    fn of(moments: &Moments, share: Share) -> Self {
        let expected = moments.before.in_database(share.db).map(|keys| keys + share.added);
        let now = moments.now.in_database(share.db).unwrap_or_default();
        let lost = expected.unwrap_or_default().saturating_sub(now + moments.happened.expired_or_evicted);
        Self { expected, now, lost, db: share.db, has_name: false }
    }

    /// Whether most keys of one of so many servers are lost.
    fn are_mostly_lost(&self, servers: u64) -> bool {
        self.lost > self.expected.unwrap_or_default() / (2 * servers)
    }

    fn described(&self) -> String {
        let database = self.db.filter(|_| self.has_name).map(|db| format!(" of database {db}")).unwrap_or_default();
        format!("{} of {} keys{database} remain", self.now, self.expected.unwrap_or_default())
    }
}

impl Findings {
    /// Adds what is new in other findings.
    fn add(&mut self, others: Self) {
        for (known, more) in [(&mut self.evidence, others.evidence), (&mut self.suspicions, others.suspicions)] {
            for text in more {
                if !known.contains(&text) {
                    known.push(text);
                }
            }
        }
    }

    fn compare_replication(&mut self, before: &Snapshot, now: &Snapshot, is_node: bool) {
        let (earlier, facts) = (&before.facts, &now.facts);
        let at = if is_node { at(now) } else { String::new() };
        let roles = [earlier, facts].map(|facts| if facts.is_master() { "master" } else { "replica" });
        match facts.lineage_since(earlier) {
            Lineage::Replaced => self.evidence.push(format!(
                "its data came from another master (its role was {} and is {}, its master_replid was {} and is {}){at}",
                roles[0], roles[1], earlier.histories[0], facts.histories[0],
            )),
            Lineage::Unknown => self.suspicions.push(format!("its role was {} and is {}{at}", roles[0], roles[1])),
            Lineage::Same if facts.is_stale && !earlier.is_stale => {
                self.suspicions.push(format!("it is not connected to its master any more{at}"));
            }
            Lineage::Same => {}
        }
    }

    /// `added` are the keys that the job added to each database.
    fn judge_commands(&mut self, moments: &Moments, (share, added): (Share, &BTreeMap<u16, u64>), keys: &Keys) {
        let Moments { happened, flushed, before, now, servers } = moments;
        if happened.flushall > 0 {
            self.evidence.push(format!("`FLUSHALL` was called{flushed}"));
        }
        if happened.flushdb > 0 {
            // Only the numbers of keys show which database was flushed.
            if keys.are_mostly_lost(*servers) || (share.is_of_all && keys.lost > 0) {
                self.evidence.push(format!("`FLUSHDB` was called{flushed}, and {}", keys.described()));
            } else if keys.lost > 0 || !has_another_lost(before, now, share.db) {
                self.suspicions.push(format!("`FLUSHDB` was called in one of its databases{flushed}"));
            }
        }
        if happened.swapdb > 0 {
            match (&before.0, &now.0, share.db) {
                (Some(before), Some(now), Some(db))
                    // Keys that the job added before the exchange would be missing.
                    if (share.added == 0 || keys.lost == 0)
                        && happened.swapdb == 1
                        && is_swap_elsewhere(before, now, db, added) =>
                {
                    self.suspicions.push("`SWAPDB` was called, probably for other databases".to_owned());
                }
                _ => self.evidence.push("`SWAPDB` was called".to_owned()),
            }
        }
        if happened.flushall + happened.flushdb + happened.swapdb == 0 {
            self.judge_loss(share, happened, keys);
        }
    }

    /// Keys are missing, and no command is known that removed all of them. Clients delete keys, too: only if the server
    /// hides its commands, keys that vanish are evidence.
    fn judge_loss(&mut self, share: Share, happened: &Happened, keys: &Keys) {
        let unexplained = Keys { lost: keys.lost.saturating_sub(happened.removals), ..*keys };
        if unexplained.lost < MANY || !unexplained.are_mostly_lost(1) {
            return;
        }
        let text = format!("{}, and the others neither expired nor were evicted", keys.described());
        if happened.knows_commands || happened.is_reset || !share.has_vanished {
            self.suspicions.push(text);
        } else {
            self.evidence.push(text);
        }
    }
}

/// Whether another database lost most of its keys.
fn has_another_lost(before: &KeyCounts, now: &KeyCounts, db: Option<u16>) -> bool {
    let others = before.0.iter().flatten().filter(|(other, _)| Some(**other) != db);
    others.into_iter().any(|(other, keys)| now.in_database(Some(*other)).is_some_and(|left| left * 2 < *keys))
}

#[cfg(test)]
mod tests;
