//! Streams in an older form. Each form of a stream adds parts to the one before, so the older form is the same bytes
//! without these parts.

use super::{Fitted, Target, Unfit};
use crate::outcome::How;
use crate::payload::layout::LayoutWalk;
use crate::payload::{Fault, ValueType, put_footer};

/// The forms of a stream, newest first.
const FORMS: [ValueType; 5] = [
    ValueType::StreamListpacks5,
    ValueType::StreamListpacks4,
    ValueType::StreamListpacks3,
    ValueType::StreamListpacks2,
    ValueType::StreamListpacks,
];

/// The first form that has returned entries (`XNACK`), which belong to no consumer.
const NACK_FORM: u8 = 5;

/// Writes a stream in its own form, or in the newest older form that the target supports. The target cannot store what is
/// left out: the last activity of consumers, the number of entries that groups have read, the ids of idempotent producers.
pub(super) fn stream(from: ValueType, value: &[u8], target: &Target) -> Result<Fitted, Unfit> {
    let own = from.stream_form();
    let mut into = FORMS.into_iter().filter(|form| form.stream_form() <= own && target.supports(*form));
    let into = into.next().ok_or_else(|| Unfit::newer(from, target))?;
    let kept = into.stream_form().expect("one of the forms");
    let mut walk = LayoutWalk::of_type(from).expect("streams have a layout");
    let mut out = Vec::with_capacity(value.len() + 16);
    out.push(into.byte());
    let mut at = 0;
    while let Some((count, since)) = walk.pass_step(&value[at..]).map_err(|fault| fault.after(1))? {
        let part = &value[at..at + count];
        if since <= kept {
            out.extend_from_slice(part);
        } else if since == NACK_FORM && part != [0] {
            // Older servers refuse a stream with a pending entry that belongs to no consumer.
            return Err(Unfit::NackedEntries);
        }
        at += count;
    }
    if !walk.is_done() || at < value.len() {
        return Err(Fault::corrupt(at, "the stream does not end where its payload ends").after(1).into());
    }
    put_footer(&mut out, 0, target.stamp_for(into));
    Ok(Fitted { payload: out.into(), how: How::Translated })
}
