//! Walking over a value along its layout.
//!
//! The walk is a small interpreter. Its program is a layout, a list of steps that may contain lists of steps, and its
//! input is the bytes of a value. A stack of frames holds the lists that are being executed, because a list inside a step
//! is executed several times or not at all. Most steps have bytes: first a few that must be there as a whole, such as a
//! length, then a number of bytes that can be skipped in any pieces (`pending`). The walk can stop between any two of
//! them, so a value may arrive in pieces that end anywhere, and it takes no memory that depends on the value.

use super::LayoutStep;
use crate::payload::container::Listpack;
use crate::payload::{Cursor, Fault, FaultKind, ValueType, double};

/// The deepest nesting of all layouts, which is in streams (groups, consumers, entries), and one more.
const DEPTH: usize = 6;

/// A list of steps that is being executed.
#[derive(Clone, Copy, Debug)]
struct Frame {
    steps: &'static [LayoutStep],
    /// The index of the next step.
    next: usize,
    /// How many times the list is still executed, including this time.
    times: u64,
    /// The first form of a stream that has this list.
    since: u8,
}

/// How far a value has been walked over.
#[derive(Clone, Debug)]
pub struct LayoutWalk {
    frames: [Frame; DEPTH],
    depth: usize,
    /// The number of bytes to skip before the next step.
    pending: u64,
    /// The count that was read last.
    count: u64,
    /// The form of the stream; 0 for other values.
    form: u8,
    position: u64,
}

/// What is walked over: a layout, several times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    steps: &'static [LayoutStep],
    times: u64,
    /// The form of the stream; 0 for other values.
    form: u8,
}

impl Route {
    /// A value of this type; `None` if the bytes alone do not determine its end.
    pub(crate) fn of_type(value_type: ValueType) -> Option<Self> {
        let form = value_type.stream_form().unwrap_or_default();
        super::layout_of(value_type).map(|steps| Self { steps, times: 1, form })
    }

    pub(crate) fn repeat(steps: &'static [LayoutStep], times: u64) -> Self {
        Self { steps, times, form: 0 }
    }
}

impl LayoutWalk {
    /// A walk before the first byte of a value of this type; `None` if the bytes alone do not determine its end.
    #[must_use]
    pub fn of_type(value_type: ValueType) -> Option<Self> {
        Route::of_type(value_type).map(Self::along)
    }

    /// A walk before the first byte of something with this layout.
    pub(crate) fn new(steps: &'static [LayoutStep]) -> Self {
        Self::along(Route::repeat(steps, 1))
    }

    /// A walk before the first byte of this.
    pub(crate) fn along(route: Route) -> Self {
        let none = Frame { steps: &[], next: 0, times: 0, since: 0 };
        let mut walk = Self { frames: [none; DEPTH], depth: 0, pending: 0, count: 0, form: 0, position: 0 };
        walk.restart(route);
        walk
    }

    /// The same as a new walk, without moving it.
    pub(crate) fn restart(&mut self, Route { steps, times, form }: Route) {
        self.frames[0] = Frame { steps, next: 0, times, since: 0 };
        self.depth = usize::from(times > 0);
        (self.pending, self.count, self.form, self.position) = (0, 0, form, 0);
    }

    /// Passes the bytes that belong to the value, and returns their number. It stops at the end of the value, or before
    /// a step that needs more bytes than there are: the next call must begin with the bytes that were not passed.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let mut at = 0;
        while let Some((count, _)) = self.pass_step(&bytes[at..])? {
            at += count;
        }
        Ok(at)
    }

    /// Whether the end of the value was reached.
    pub(crate) fn is_done(&mut self) -> bool {
        self.pending == 0 && self.next_step().is_none()
    }

    /// The number of bytes passed so far.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Passes as much of one step as there is: returns the number of bytes, and the first form of a stream that has them.
    /// `None` at the end, or if more bytes are needed.
    ///
    /// # Errors
    /// The bytes do not have this layout. The offset counts from the first byte of the value.
    pub fn pass_step(&mut self, bytes: &[u8]) -> Result<Option<(usize, u8)>, Fault> {
        let mut cursor = Cursor::new(bytes);
        // Nothing is left of the step before: begin the next one.
        if self.pending == 0 {
            let Some(step) = self.next_step() else { return Ok(None) };
            match self.begin(step, &mut cursor) {
                // `begin` changes nothing if it fails, so that it can be repeated with more bytes.
                Err(Fault { kind: FaultKind::Short, .. }) => return Ok(None),
                begun => begun.map_err(|fault| fault.after(self.position))?,
            }
        }
        // Skip what has arrived of the step's other bytes, whatever they are.
        let body = self.pending.min(cursor.rest().len() as u64);
        cursor.take(body)?;
        self.pending -= body;
        let count = cursor.position();
        self.position += count as u64;
        let since = self.frames[self.depth - 1].since;
        Ok((count > 0).then_some((count, since)))
    }

    /// Finds the next step that has bytes of its own; `None` at the end. Steps without bytes only move the stack.
    fn next_step(&mut self) -> Option<LayoutStep> {
        while self.depth > 0 {
            let frame = &mut self.frames[self.depth - 1];
            match frame.steps.get(frame.next) {
                // The end of a list that is executed again.
                None if frame.times > 1 => {
                    frame.times -= 1;
                    frame.next = 0;
                }
                // The end of a list for the last time: return to the list that contains it.
                None => self.depth -= 1,
                // The count was read by an earlier step, and may be 0.
                Some(&LayoutStep::Times(steps)) => {
                    frame.next += 1;
                    let (times, since) = (self.count, frame.since);
                    self.enter(steps, times, since);
                }
                // A list that older forms of a stream lack.
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

    /// Reads the first bytes of a step, and moves on to the next one. Nothing changes if some of the bytes are missing.
    fn begin(&mut self, step: LayoutStep, cursor: &mut Cursor) -> Result<(), Fault> {
        let mut chosen: &[LayoutStep] = &[];
        let mut repeats = false;
        match step {
            // A few bytes that determine how many follow.
            LayoutStep::String => self.pending = cursor.string_head()?.following(),
            LayoutStep::Length => drop(cursor.length()?),
            LayoutStep::Bytes(count) => self.pending = count.into(),
            LayoutStep::TextDouble => self.pending = double::text_double_following(cursor.byte()?).into(),
            // A count for a later step.
            LayoutStep::Count => self.count = cursor.length()?,
            LayoutStep::CountItems => self.count = count_items(cursor)?,
            // A number that selects the list that follows.
            LayoutStep::Choice(choices) => chosen = choose(choices, cursor)?,
            LayoutStep::UntilZero(choices) => {
                chosen = choose(choices, cursor)?;
                repeats = !chosen.is_empty();
            }
            LayoutStep::Times(_) | LayoutStep::Since(..) => unreachable!("`next_step` enters these"),
        }
        let frame = &mut self.frames[self.depth - 1];
        frame.next += usize::from(!repeats);
        let since = frame.since;
        self.enter(chosen, 1, since);
        Ok(())
    }
}

fn choose(choices: &'static [&'static [LayoutStep]], cursor: &mut Cursor) -> Result<&'static [LayoutStep], Fault> {
    let at = cursor.position();
    let chosen = usize::try_from(cursor.length()?).ok().and_then(|chosen| choices.get(chosen));
    chosen.copied().ok_or(Fault::corrupt(at, "a part has an unknown kind"))
}

/// The number of items in a listpack. It must be there as a whole, but only field names are counted, which are short.
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
    count().map_err(|_: Fault| Fault::corrupt(at, "the fields of a template are not a listpack"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::layout::{KEY_META, MODULE_AUX};

    /// Every part of the newest stream: a node, a group with a pending entry of a consumer and one that was returned, a
    /// producer. One counter is `u64::MAX`.
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

    /// Passes a value in pieces, which grow when nothing can be passed.
    fn pass_in_pieces(walk: &mut LayoutWalk, bytes: &[u8], piece: usize) -> usize {
        let (mut at, mut end) = (0, 0);
        while !walk.is_done() && end < bytes.len() {
            end = (end + piece).min(bytes.len());
            at += walk.pass(&bytes[at..end]).unwrap();
        }
        at
    }

    #[test]
    fn a_walk_ends_with_the_value_in_any_pieces() {
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
    fn each_step_belongs_to_a_form_of_a_stream() {
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
    fn a_module_part_of_an_unknown_kind_is_corrupt() {
        let fault = LayoutWalk::new(MODULE_AUX).pass(&[1, 2, 1, 6]).unwrap_err();
        assert_eq!(fault, Fault::corrupt(3, "a part has an unknown kind"));
        assert!(
            LayoutWalk::new(KEY_META).pass(&[1, 0, 0, 0, 0, 0x81, 255, 255, 255, 255, 255, 255, 255, 255]).is_err()
        );
    }

    #[test]
    fn a_count_that_is_too_large_waits_for_more_bytes() {
        let mut walk = LayoutWalk::of_type(ValueType::Hash).unwrap();
        assert_eq!(walk.pass(&[0x81, 255, 255, 255, 255, 255, 255, 255, 255, 1, b'f']), Ok(11));
        assert!(!walk.is_done());
        let mut walk = LayoutWalk::along(Route::repeat(&[LayoutStep::String], 0));
        assert!(walk.is_done());
    }
}
