//! Going over a value along its layout.

use super::LayoutStep;
use crate::payload::container::Listpack;
use crate::payload::{Cursor, Fault, FaultKind, ValueType, double};

/// Levels of nesting that the layouts need: a stream's groups' consumers' entries, and one to spare.
const DEPTH: usize = 6;

/// Steps that are being done.
#[derive(Clone, Copy, Debug)]
struct Frame {
    steps: &'static [LayoutStep],
    /// Which of them is next.
    next: usize,
    /// How often they are to be done, this time included.
    times: u64,
    /// The first form of a stream that has this part.
    since: u8,
}

/// A way over a value that is not finished, or just.
#[derive(Clone, Debug)]
pub struct LayoutWalk {
    frames: [Frame; DEPTH],
    depth: usize,
    /// Bytes that are passed before the next step.
    pending: u64,
    /// The last count.
    count: u64,
    /// The form of the stream.
    form: u8,
    /// Bytes passed so far.
    passed: u64,
}

impl LayoutWalk {
    /// Starts at the first byte of a value of this type; `None` where the bytes alone do not tell its end.
    #[must_use]
    pub fn of_type(value_type: ValueType) -> Option<Self> {
        let mut walk = Self::new(super::layout_of(value_type)?);
        walk.form = value_type.stream_form().unwrap_or_default();
        Some(walk)
    }

    /// Starts at the first byte of something that has this layout.
    pub(crate) fn new(steps: &'static [LayoutStep]) -> Self {
        Self::repeat(steps, 1)
    }

    /// Starts at the first byte of something that has this layout so many times.
    pub(crate) fn repeat(steps: &'static [LayoutStep], times: u64) -> Self {
        let first = Frame { steps, next: 0, times, since: 0 };
        let depth = usize::from(times > 0);
        Self { frames: [first; DEPTH], depth, pending: 0, count: 0, form: 0, passed: 0 }
    }

    /// Passes as many of `bytes` as belong to the value and can be told: all of them, or up to its end,
    /// or up to something that is not there as a whole yet; that comes first in the next call.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let mut at = 0;
        while let Some((count, _)) = self.pass_step(&bytes[at..])? {
            at += count;
        }
        Ok(at)
    }

    /// Whether the end is reached.
    pub(crate) fn is_done(&mut self) -> bool {
        self.pending == 0 && self.next_step().is_none()
    }

    /// Bytes passed so far.
    pub(crate) fn position(&self) -> u64 {
        self.passed
    }

    /// Passes one step, as far as it is there: how many bytes, and the first form of a stream that has
    /// them. `None` at the end, or where nothing can be passed.
    ///
    /// # Errors
    /// As [`LayoutWalk::pass`].
    pub fn pass_step(&mut self, bytes: &[u8]) -> Result<Option<(usize, u8)>, Fault> {
        let mut cursor = Cursor::new(bytes);
        if self.pending == 0 {
            let Some(step) = self.next_step() else { return Ok(None) };
            match self.begin(step, &mut cursor) {
                Err(Fault { kind: FaultKind::Short, .. }) => return Ok(None),
                begun => begun.map_err(|fault| fault.after(self.passed))?,
            }
        }
        let body = self.pending.min(cursor.rest().len() as u64);
        cursor.take(body)?;
        self.pending -= body;
        let count = cursor.position();
        self.passed += count as u64;
        let since = self.frames[self.depth - 1].since;
        Ok((count > 0).then_some((count, since)))
    }

    /// Goes on to the next step that has bytes of its own, into and out of others on the way.
    fn next_step(&mut self) -> Option<LayoutStep> {
        while self.depth > 0 {
            let frame = &mut self.frames[self.depth - 1];
            match frame.steps.get(frame.next) {
                None if frame.times > 1 => {
                    frame.times -= 1;
                    frame.next = 0;
                }
                None => self.depth -= 1,
                Some(&LayoutStep::Times(steps)) => {
                    frame.next += 1;
                    let (times, since) = (self.count, frame.since);
                    self.enter(steps, times, since);
                }
                Some(&LayoutStep::Since(form, steps)) => {
                    frame.next += 1;
                    let times = u64::from(self.form >= form);
                    self.enter(steps, times, form);
                }
                Some(&step) => return Some(step),
            }
        }
        None
    }

    fn enter(&mut self, steps: &'static [LayoutStep], times: u64, since: u8) {
        if times > 0 && !steps.is_empty() {
            self.frames[self.depth] = Frame { steps, next: 0, times, since };
            self.depth += 1;
        }
    }

    /// Reads what a step begins with. Nothing has changed where that is not there as a whole.
    fn begin(&mut self, step: LayoutStep, cursor: &mut Cursor) -> Result<(), Fault> {
        let mut chosen: &[LayoutStep] = &[];
        let mut stays = false;
        match step {
            LayoutStep::String => self.pending = cursor.string_head()?.following(),
            LayoutStep::Length => drop(cursor.length()?),
            LayoutStep::Bytes(count) => self.pending = count.into(),
            LayoutStep::TextDouble => self.pending = double::text_double_following(cursor.byte()?).into(),
            LayoutStep::Count => self.count = cursor.length()?,
            LayoutStep::CountItems => self.count = count_items(cursor)?,
            LayoutStep::Choice(choices) => chosen = choose(choices, cursor)?,
            LayoutStep::UntilZero(choices) => {
                chosen = choose(choices, cursor)?;
                stays = !chosen.is_empty();
            }
            LayoutStep::Times(_) | LayoutStep::Since(..) => unreachable!("`next_step` goes into these"),
        }
        let frame = &mut self.frames[self.depth - 1];
        frame.next += usize::from(!stays);
        let since = frame.since;
        self.enter(chosen, 1, since);
        Ok(())
    }
}

fn choose(choices: &'static [&'static [LayoutStep]], cursor: &mut Cursor) -> Result<&'static [LayoutStep], Fault> {
    let at = cursor.position();
    let chosen = usize::try_from(cursor.length()?).ok().and_then(|chosen| choices.get(chosen));
    chosen.copied().ok_or(Fault::corrupt(at, "a part is of a kind that is none"))
}

/// Only names of fields are counted like this; they are short.
fn count_items(cursor: &mut Cursor) -> Result<u64, Fault> {
    let at = cursor.position();
    let listpack = cursor.blob()?;
    let count = || {
        let (mut items, mut count) = (Listpack::open(&listpack)?, 0);
        while items.next_item()?.is_some() {
            count += 1;
        }
        Ok(count)
    };
    count().map_err(|_: Fault| Fault::corrupt(at, "a template's fields are no listpack"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::layout::{KEY_META, MODULE_AUX};

    /// Every part of the newest stream: a node, a group with an entry of a consumer and one that was
    /// given back, a producer. `u64::MAX` as a counter.
    fn stream() -> Vec<u8> {
        let id = [7; 16];
        let mut out = vec![1, 16];
        out.extend(id);
        out.extend([3, b'l', b'p', b'k', 1, 2, 3, 4, 5, 6, 7, 8]);
        out.extend([1, 1, b'g', 1, 1, 0x81]);
        out.extend([0xff; 8]);
        out.push(2);
        for _ in 0..2 {
            out.extend(id);
            out.extend([1; 8]);
            out.push(1);
        }
        out.extend([1, 1, b'c']);
        out.extend([2; 16]);
        out.push(1);
        out.extend(id);
        out.push(1);
        out.extend(id);
        out.extend([10, 20, 1, 1, b'p', 1, 1, b'i', 5, 6, 1, 0]);
        out
    }

    /// Passes a value in pieces that grow where nothing can be passed.
    fn pass_in_pieces(walk: &mut LayoutWalk, bytes: &[u8], piece: usize) -> usize {
        let (mut at, mut end) = (0, 0);
        while !walk.is_done() && end < bytes.len() {
            end = (end + piece).min(bytes.len());
            at += walk.pass(&bytes[at..end]).unwrap();
        }
        at
    }

    #[test]
    fn a_walk_ends_where_the_value_does_whatever_the_pieces() {
        let module =
            [0x81, 0, 0, 0, 0, 0, 0, 0, 1, 1, 5, 2, 6, 3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 5, 1, b'x', 0];
        let array = [3, 1, 9, 0, 0, 1, b's', 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 2, 3, 1, b't'];
        let template = [0, 11, 11, 0, 0, 0, 2, 0, 0x81, b'a', 2, 1, 1, 0xff, 1, b'x', 1, b'y'];
        let template = [&template[..1], &[11, 11, 0, 0, 0, 2, 0, 1, 1, 1, 1, 0xff, 1, b'x', 1, b'y']].concat();
        let text_doubles = [2, 1, b'm', 1, b'5', 1, b'n', 254];
        for (value_type, bytes) in [
            (ValueType::String, &[0xc3, 2, 5, b'p', b'q'][..]),
            (ValueType::Zset, &text_doubles),
            (ValueType::Hash, &[0]),
            (ValueType::Module2, &module),
            (ValueType::Array, &array),
            (ValueType::HashTmplArray, &template),
            (ValueType::StreamListpacks5, &stream()),
        ] {
            let more = [bytes, &[0; 9]].concat();
            for piece in 1..=more.len() {
                let mut walk = LayoutWalk::of_type(value_type).unwrap();
                assert_eq!(pass_in_pieces(&mut walk, &more, piece), bytes.len(), "{value_type:?} by {piece}");
                assert!(walk.is_done());
                assert_eq!(walk.position(), bytes.len() as u64);
            }
            for end in 0..bytes.len() {
                let mut walk = LayoutWalk::of_type(value_type).unwrap();
                walk.pass(&bytes[..end]).unwrap();
                assert!(!walk.is_done(), "{value_type:?} at {end}");
            }
        }
    }

    #[test]
    fn strides_tell_which_form_of_a_stream_they_belong_to() {
        let bytes = stream();
        let mut walk = LayoutWalk::of_type(ValueType::StreamListpacks5).unwrap();
        let (mut at, mut by_form) = (0, [0; 6]);
        while let Some((count, since)) = walk.pass_step(&bytes[at..]).unwrap() {
            at += count;
            by_form[usize::from(since)] += count;
        }
        assert_eq!(by_form[2..], [14, 8, 12, 17]);
    }

    #[test]
    fn a_module_part_of_no_kind_is_corrupt() {
        let fault = LayoutWalk::new(MODULE_AUX).pass(&[1, 2, 1, 6]).unwrap_err();
        assert_eq!(fault, Fault::corrupt(3, "a part is of a kind that is none"));
        assert!(
            LayoutWalk::new(KEY_META).pass(&[1, 0, 0, 0, 0, 0x81, 255, 255, 255, 255, 255, 255, 255, 255]).is_err()
        );
    }

    #[test]
    fn a_count_that_lies_only_waits_for_more() {
        let mut walk = LayoutWalk::of_type(ValueType::Hash).unwrap();
        assert_eq!(walk.pass(&[0x81, 255, 255, 255, 255, 255, 255, 255, 255, 1, b'f']), Ok(11));
        assert!(!walk.is_done());
        let mut walk = LayoutWalk::repeat(&[LayoutStep::String], 0);
        assert!(walk.is_done());
    }
}
