//! What verification found: whether source and destination are the same.

use std::fmt;
use std::ops::Add;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a key differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// The destination does not have it.
    Missing,
    /// A job of the run would select it, but no source has it.
    Extra,
    /// The types differ.
    Type,
    /// The values differ.
    Value,
    /// Only the consumer groups of the streams differ, or their pending entries.
    Groups,
    /// Only the expiries of hash fields differ.
    FieldExpiry,
    /// Only the expiries differ.
    Expiry,
    /// The payloads differ, and the values cannot be read: they are values of modules, or damaged.
    NotComparable,
}

impl DifferenceKind {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Missing,
        Self::Extra,
        Self::Type,
        Self::Value,
        Self::Groups,
        Self::FieldExpiry,
        Self::Expiry,
        Self::NotComparable,
    ];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Type => "type",
            Self::Value => "value",
            Self::Groups => "groups",
            Self::FieldExpiry => "field-expiry",
            Self::Expiry => "expiry",
            Self::NotComparable => "not-comparable",
        }
    }
}

impl fmt::Display for DifferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What was found for one key that was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Source and destination have the same.
    Equal,
    /// The same, after differences at first: clients write to both servers.
    Healed,
    /// The same, after it was copied again.
    Repaired,
    /// One side does not have it, because it has expired there; the other one is about to lose it.
    Expired,
    /// It differs.
    Different(DifferenceKind),
}

impl Verdict {
    /// Its name in log lines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Healed => "healed",
            Self::Repaired => "repaired",
            Self::Expired => "expired",
            Self::Different(kind) => kind.name(),
        }
    }
}

/// What was found for the keys that were compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct VerifyTally {
    /// The same at source and destination.
    pub equal: u64,
    /// The same, after differences at first.
    pub healed: u64,
    /// The same, after they were copied again.
    pub repaired: u64,
    /// Not at one side, because they have expired there.
    pub expired: u64,
    /// Not at the destination.
    pub missing: u64,
    /// Only at the destination. They are no keys of the source, so they are not in the sum of the keys that were compared.
    pub extra: u64,
    /// The types differ.
    #[serde(rename = "type")]
    pub of_other_type: u64,
    /// The values differ.
    pub value: u64,
    /// Only the consumer groups of the streams differ, or their pending entries.
    pub groups: u64,
    /// Only the expiries of hash fields differ.
    pub field_expiry: u64,
    /// Only the expiries differ.
    pub expiry: u64,
    /// The payloads differ, and the values cannot be read.
    pub not_comparable: u64,
}

impl VerifyTally {
    /// Counts a key.
    pub fn count(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Equal => &mut self.equal,
            Verdict::Healed => &mut self.healed,
            Verdict::Repaired => &mut self.repaired,
            Verdict::Expired => &mut self.expired,
            Verdict::Different(kind) => self.of_mut(kind),
        } += 1;
    }

    fn of_mut(&mut self, kind: DifferenceKind) -> &mut u64 {
        match kind {
            DifferenceKind::Missing => &mut self.missing,
            DifferenceKind::Extra => &mut self.extra,
            DifferenceKind::Type => &mut self.of_other_type,
            DifferenceKind::Value => &mut self.value,
            DifferenceKind::Groups => &mut self.groups,
            DifferenceKind::FieldExpiry => &mut self.field_expiry,
            DifferenceKind::Expiry => &mut self.expiry,
            DifferenceKind::NotComparable => &mut self.not_comparable,
        }
    }

    /// The keys that differ in this way.
    #[must_use]
    pub fn of(&self, kind: DifferenceKind) -> u64 {
        let mut copy = *self;
        *copy.of_mut(kind)
    }

    /// The keys of the source that have a verdict.
    #[must_use]
    pub fn compared(&self) -> u64 {
        self.equal + self.healed + self.repaired + self.expired + self.differences() - self.extra
    }

    /// The keys that differ, with the extra ones.
    #[must_use]
    pub fn differences(&self) -> u64 {
        DifferenceKind::ALL.into_iter().map(|kind| self.of(kind)).sum()
    }
}

impl Add for VerifyTally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let mut sum = Self {
            equal: self.equal + other.equal,
            healed: self.healed + other.healed,
            repaired: self.repaired + other.repaired,
            expired: self.expired + other.expired,
            ..Self::default()
        };
        for kind in DifferenceKind::ALL {
            *sum.of_mut(kind) = self.of(kind) + other.of(kind);
        }
        sum
    }
}
