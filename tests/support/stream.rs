//! The reply to `XINFO STREAM … FULL`, in a form that can be compared.

use std::collections::BTreeMap;
use std::fmt;

use super::{Reply, shown};

/// A part of a stream's description.
#[derive(Clone, PartialEq, Eq)]
pub enum Part {
    /// Nothing.
    Nil,
    /// A number.
    Number(i64),
    /// Bytes: an ID, a field, a value, a name.
    Text(Vec<u8>),
    /// In order.
    List(Vec<Part>),
    /// By name.
    Map(BTreeMap<String, Part>),
}

/// Fields that are not data: internal structure, and numbers that servers compute from other fields.
const LEFT_OUT: [&str; 3] = ["radix-tree-keys", "radix-tree-nodes", "lag"];

impl Part {
    /// Reads the reply to `XINFO STREAM … FULL COUNT 0`.
    pub fn stream(reply: Reply) -> Self {
        let stream = map(reply, |name, value| match name {
            "groups" => list(value, group),
            _ => plain(value),
        });
        let Self::Map(fields) = &stream else { unreachable!("map() makes maps") };
        // A field that is missing in source and destination would be equal.
        for name in ["length", "last-generated-id", "entries", "groups"] {
            assert!(fields.contains_key(name), "XINFO STREAM FULL has no `{name}`");
        }
        stream
    }

    /// The first difference of two parts. Newer versions report more fields, so only the fields that both maps have are
    /// compared.
    pub fn difference(&self, other: &Self) -> Option<String> {
        match (self, other) {
            (Self::Map(ours), Self::Map(theirs)) => ours.iter().find_map(|(name, part)| {
                let difference = part.difference(theirs.get(name)?)?;
                Some(format!("{name} {difference}"))
            }),
            (Self::List(ours), Self::List(theirs)) if ours.len() == theirs.len() => {
                let mut pairs = ours.iter().zip(theirs).enumerate();
                pairs.find_map(|(at, (one, two))| one.difference(two).map(|difference| format!("[{at}] {difference}")))
            }
            (one, two) => (one != two).then(|| format!("{one:?} ≠ {two:?}")),
        }
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::Number(number) => number.fmt(f),
            Self::Text(bytes) => f.write_str(&shown(bytes)),
            Self::List(parts) => f.debug_list().entries(parts).finish(),
            Self::Map(parts) => f.debug_map().entries(parts).finish(),
        }
    }
}

fn group(reply: Reply) -> Part {
    map(reply, |name, value| match name {
        "consumers" => list(value, |consumer| map(consumer, |_, value| plain(value))),
        _ => plain(value),
    })
}

fn map(reply: Reply, read: impl Fn(&str, Reply) -> Part) -> Part {
    let mut parts = BTreeMap::new();
    let mut items = reply.array().into_iter();
    while let (Some(name), Some(value)) = (items.next(), items.next()) {
        let name = name.text();
        if !LEFT_OUT.contains(&name.as_str()) {
            let part = read(&name, value);
            parts.insert(name, part);
        }
    }
    Part::Map(parts)
}

fn list(reply: Reply, read: impl Fn(Reply) -> Part) -> Part {
    Part::List(reply.array().into_iter().map(read).collect())
}

fn plain(reply: Reply) -> Part {
    match reply {
        Reply::Nil => Part::Nil,
        Reply::Integer(number) => Part::Number(number),
        Reply::Array(_) => list(reply, plain),
        text => Part::Text(text.bytes()),
    }
}
