//! The members of sorted sets and hashes.

use std::fmt;

use super::quoted::Beginning;
use crate::payload::Item;
use crate::payload::read::Field;

/// A member of a sorted set.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ScoredMember {
    member: Beginning,
    score: u64,
}

impl ScoredMember {
    pub(super) fn of(member: &Item, score: f64) -> Self {
        // The sum of -0 and 0 is 0: the sign is not compared.
        Self { member: Beginning::of(member), score: (score + 0.0).to_bits() }
    }
}

impl fmt::Display for ScoredMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let score = f64::from_bits(self.score);
        // Without an exponent, 1e300 takes 301 characters.
        let is_plain = score == 0.0 || (1e-4..1e17).contains(&score.abs()) || !score.is_finite();
        if is_plain { write!(f, "{} = {score}", self.member) } else { write!(f, "{} = {score:e}", self.member) }
    }
}

/// A field of a hash.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ShownField {
    name: Beginning,
    value: Beginning,
    expires_at: Option<i64>,
}

impl ShownField {
    pub(super) fn of(field: &Field) -> Self {
        let [name, value] = [&field.name, &field.value].map(Beginning::of);
        Self { name, value, expires_at: field.expires_at }
    }
}

impl fmt::Display for ShownField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name, self.value)?;
        self.expires_at.map_or(Ok(()), |at| write!(f, " (expires at {at})"))
    }
}
