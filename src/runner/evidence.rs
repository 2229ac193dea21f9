//! Whether the data of an endpoint were replaced during a walk: by a full sync with another master, or by commands that
//! remove or exchange whole databases.
//!
//! Two moments are compared, the start and the end of a walk. Evidence ends the job, a mere suspicion is a warning. Keys
//! that expire, are evicted, or are deleted by clients are neither.

use std::collections::BTreeMap;

use super::swap::is_swap_elsewhere;
use crate::server::{Happened, Lineage, Snapshot};

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

/// Compares an endpoint at the start and at the end of a walk, in each of these databases.
pub fn compare(before: &Snapshot, now: &Snapshot, shares: &[Share]) -> Findings {
    let mut findings = Findings::default();
    findings.compare_replication(before, now);
    let happened = now.counts.since(&before.counts);
    let added = shares.iter().filter_map(|share| Some((share.db?, share.added))).collect();
    for share in shares {
        let keys = Keys { has_name: shares.len() > 1, ..Keys::of(before, now, *share, &happened) };
        if keys.expected != Some(0) {
            let mut of_one = Findings::default();
            of_one.judge_commands(before, now, (*share, &added), &happened, &keys);
            findings.add(of_one);
        }
    }
    if !findings.evidence.is_empty() {
        // They would only repeat it.
        findings.suspicions.clear();
    }
    findings
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
    fn of(before: &Snapshot, now: &Snapshot, share: Share, happened: &Happened) -> Self {
        let expected = before.counts.keys_of(share.db).map(|keys| keys + share.added);
        let now = now.counts.keys_of(share.db).unwrap_or_default();
        let lost = expected.unwrap_or_default().saturating_sub(now + happened.expired_or_evicted);
        Self { expected, now, lost, db: share.db, has_name: false }
    }

    fn are_mostly_lost(&self) -> bool {
        self.lost > self.expected.unwrap_or_default() / 2
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

    fn compare_replication(&mut self, before: &Snapshot, now: &Snapshot) {
        let (earlier, facts) = (&before.facts, &now.facts);
        let roles = [earlier, facts].map(|facts| if facts.is_master() { "master" } else { "replica" });
        match facts.lineage_since(earlier) {
            Lineage::Replaced => self.evidence.push(format!(
                "its data came from another master (its role was {} and is {}, its master_replid was {} and is {})",
                roles[0], roles[1], earlier.histories[0], facts.histories[0],
            )),
            Lineage::Unknown => self.suspicions.push(format!("its role was {} and is {}", roles[0], roles[1])),
            Lineage::Same if facts.is_stale && !earlier.is_stale => {
                self.suspicions.push("it is not connected to its master any more".to_owned());
            }
            Lineage::Same => {}
        }
    }

    /// `added` are the keys that the job added to each database.
    fn judge_commands(
        &mut self,
        before: &Snapshot,
        now: &Snapshot,
        (share, added): (Share, &BTreeMap<u16, u64>),
        happened: &Happened,
        keys: &Keys,
    ) {
        if happened.flushall > 0 {
            self.evidence.push("`FLUSHALL` was called".to_owned());
        }
        if happened.flushdb > 0 {
            // Only the numbers of keys show which database was flushed.
            if keys.are_mostly_lost() || (share.is_of_all && keys.lost > 0) {
                self.evidence.push(format!("`FLUSHDB` was called, and {}", keys.described()));
            } else if keys.lost > 0 || !has_another_lost(before, now, share.db) {
                self.suspicions.push("`FLUSHDB` was called in one of its databases".to_owned());
            }
        }
        if happened.swapdb > 0 {
            match (&before.counts.keys, &now.counts.keys, share.db) {
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
        if unexplained.lost < MANY || !unexplained.are_mostly_lost() {
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
fn has_another_lost(before: &Snapshot, now: &Snapshot, db: Option<u16>) -> bool {
    let others = before.counts.keys.iter().flatten().filter(|(other, _)| Some(**other) != db);
    others.into_iter().any(|(other, keys)| now.counts.keys_of(Some(*other)).is_some_and(|left| left * 2 < *keys))
}

#[cfg(test)]
mod tests;
