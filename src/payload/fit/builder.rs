//! Writing a payload.

use super::{Fitted, Target};
use crate::outcome::How;
use crate::payload::length::{WIDE_LENGTH, put_wide_length};
use crate::payload::{Fault, ValueType, put_footer};

/// Writes a payload whose members are added one by one and counted.
pub(super) struct PayloadBuilder {
    value_type: ValueType,
    out: Vec<u8>,
    /// The offset of the count, which is written at the end.
    count: usize,
    members: u64,
}

impl PayloadBuilder {
    /// Begins a payload of this type and of about this size.
    pub(super) fn new(value_type: ValueType, size: usize) -> Self {
        Self::with_head(&[], value_type, size)
    }

    /// The same, with some bytes between type and count.
    pub(super) fn with_head(head: &[u8], value_type: ValueType, size: usize) -> Self {
        let mut out = Vec::with_capacity(size + head.len() + 32);
        out.push(value_type.byte());
        out.extend_from_slice(head);
        let count = out.len();
        out.extend([0; WIDE_LENGTH]);
        Self { value_type, out, count, members: 0 }
    }

    /// Counts a member, and returns the buffer to which it must be appended.
    pub(super) fn member(&mut self) -> &mut Vec<u8> {
        self.members += 1;
        &mut self.out
    }

    /// Ends the payload with a footer that the target accepts.
    pub(super) fn finish(mut self, target: &Target) -> Result<Fitted, Fault> {
        let members = u32::try_from(self.members);
        let members = members.map_err(|_| Fault::corrupt(0, "a value has more members than any server supports"))?;
        put_wide_length(&mut self.out[self.count..], members);
        put_footer(&mut self.out, 0, target.stamp_for(self.value_type));
        Ok(Fitted { payload: self.out.into(), how: How::Translated })
    }
}
