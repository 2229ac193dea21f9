//! The parts of a value that are compared one by one, so that a difference has a name.

use std::hash::RandomState;

use super::digest::Digest;

/// What differs between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The types, as `TYPE` returns them.
    Type,
    /// Any part that is not listed here, whether other parts differ or not.
    Value,
    /// Of streams only the consumer groups, their pending entries or their consumers.
    Groups,
    /// Of hashes only the ms at which fields expire.
    FieldExpiry,
}

/// The digests of the parts of a value. A part that values of its type do not have is empty.
pub(super) struct PartDigests<'k> {
    pub(super) value: Digest<'k>,
    pub(super) groups: Digest<'k>,
    pub(super) field_expiries: Digest<'k>,
}

impl<'k> PartDigests<'k> {
    pub(super) fn new(keys: &'k RandomState) -> Self {
        let empty = || Digest::new(keys);
        Self { value: empty(), groups: empty(), field_expiries: empty() }
    }

    /// What differs; `None` if nothing does. Both were made with the same keys.
    pub(super) fn difference(&self, other: &Self) -> Option<Part> {
        if self.value.sum() != other.value.sum() {
            Some(Part::Value)
        } else if self.groups.sum() != other.groups.sum() {
            Some(Part::Groups)
        } else if self.field_expiries.sum() != other.field_expiries.sum() {
            Some(Part::FieldExpiry)
        } else {
            None
        }
    }
}
