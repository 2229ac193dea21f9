//! A payload in the making.

use super::{Fitted, Target};
use crate::outcome::How;
use crate::payload::length::{WIDE_LENGTH, put_wide_length};
use crate::payload::{Fault, ValueType, put_footer};

/// A payload whose members are added one by one, and counted.
pub(super) struct PayloadBuilder {
    value_type: ValueType,
    out: Vec<u8>,
    /// Where the count will be written.
    count: usize,
    members: u64,
}

impl PayloadBuilder {
    /// Begins a payload of this type, of about the same size as another.
    pub(super) fn new(value_type: ValueType, size: usize) -> Self {
        Self::behind(&[], value_type, size)
    }

    /// The same, with something between type and count.
    pub(super) fn behind(head: &[u8], value_type: ValueType, size: usize) -> Self {
        let mut out = Vec::with_capacity(size + head.len() + 32);
        out.push(value_type.byte());
        out.extend_from_slice(head);
        let count = out.len();
        out.extend([0; WIDE_LENGTH]);
        Self { value_type, out, count, members: 0 }
    }

    /// Where the next member is written.
    pub(super) fn member(&mut self) -> &mut Vec<u8> {
        self.members += 1;
        &mut self.out
    }

    /// Ends the payload with what the target wants there.
    pub(super) fn finish(mut self, target: &Target) -> Result<Fitted, Fault> {
        let members = u32::try_from(self.members);
        let members = members.map_err(|_| Fault::corrupt(0, "a value has more members than any server takes"))?;
        put_wide_length(&mut self.out[self.count..], members);
        put_footer(&mut self.out, 0, target.stamp_for(self.value_type));
        Ok(Fitted { payload: self.out.into(), how: How::Translated })
    }
}
