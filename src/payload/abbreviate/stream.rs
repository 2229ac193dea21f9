//! Streams.

use std::fmt;

use super::few::{Few, counted};
use super::quoted::Beginning;
use crate::payload::read::{self, StreamId, StreamPart};
use crate::payload::{Cursor, Fault, ValueType};

/// The line of a stream. The entries are not read.
pub(super) fn stream(value_type: ValueType, cursor: &mut Cursor) -> Result<String, Fault> {
    let (mut line, mut groups, mut group) = (String::new(), Few::new(), None);
    read::stream(value_type, cursor, |part| {
        match (part, &mut group) {
            (StreamPart::Stream { length, last, .. }, _) => {
                line = format!("{}, last id {last}", counted(length, ["entry", "entries"]));
            }
            (StreamPart::Group { name, last, .. }, group) => {
                let next = ShownGroup { name: Beginning::of(&name), last, pending: 0, consumers: 0 };
                if let Some(before) = group.replace(next) {
                    groups.add(before);
                }
            }
            (StreamPart::Pending { .. }, Some(group)) => group.pending += 1,
            (StreamPart::Consumer { .. }, Some(group)) => group.consumers += 1,
            _ => {}
        }
        Ok(())
    })?;
    if let Some(last) = group {
        groups.add(last);
    }
    if groups.count > 0 {
        line.push_str(", groups ");
        groups.put(&mut line);
    }
    Ok(line)
}

/// A consumer group.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct ShownGroup {
    name: Beginning,
    last: StreamId,
    pending: u64,
    consumers: u64,
}

impl fmt::Display for ShownGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, last, pending, consumers } = self;
        let consumers = counted(*consumers, ["consumer", "consumers"]);
        write!(f, "{name} (last id {last}, {pending} pending, {consumers})")
    }
}
