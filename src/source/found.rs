//! A key that a source handed out.

use super::backup::Taken;
use super::{Look, Reading};
use crate::entry::{Entry, Key};
use crate::outcome::How;
use crate::rdb::{KeyRecord, Value};
use crate::server::Refusal;

/// A key that a source handed out.
#[derive(Debug)]
pub enum Found {
    /// By its name alone: what it holds has to be asked for.
    Named(Key),
    /// With all that it holds. In a box, as most keys are just named.
    Held(Box<Held>),
}

/// A key of a file.
#[derive(Debug)]
pub struct Held {
    /// The database that it comes from and goes to; `None` for the one that the destination names.
    pub db: Option<u16>,
    /// The key, and what the file says of it.
    pub record: KeyRecord,
    /// The room that it takes among what was read ahead, if it is large.
    pub room: Option<Taken>,
}

impl Found {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &Key {
        match self {
            Self::Named(key) => key,
            Self::Held(held) => &held.record.key,
        }
    }

    /// The key alone.
    #[must_use]
    pub fn into_key(self) -> Key {
        match self {
            Self::Named(key) => key,
            Self::Held(held) => held.record.key,
        }
    }

    /// All that a file says of it; `None` where it was just named.
    #[must_use]
    pub fn held(&self) -> Option<&Held> {
        match self {
            Self::Named(_) => None,
            Self::Held(held) => Some(held),
        }
    }

    /// Bytes of the payload that it came with.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.held().map_or(0, |held| held.record.value.bytes())
    }

    /// The database that it goes to; `None` for the one that the destination names.
    #[must_use]
    pub fn db(&self) -> Option<u16> {
        self.held()?.db
    }

    /// Unix time in ms at which it expires, where that is known without asking.
    #[must_use]
    pub fn expires_at(&self) -> Option<u64> {
        self.held()?.record.expires_at
    }

    /// The same as [`Found::held`], to be kept.
    #[must_use]
    pub fn into_held(self) -> Option<Held> {
        match self {
            Self::Named(_) => None,
            Self::Held(held) => Some(*held),
        }
    }
}

impl Held {
    /// All that was read of it.
    #[must_use]
    pub fn into_reading(self) -> Reading {
        let KeyRecord { key, expires_at, type_name, value, .. } = self.record;
        let failed = |key, said: String| Reading::Failed { key, type_name: Some(type_name.into_owned()), said };
        match value {
            Value::Payload(payload) => {
                Reading::Entry(Entry { key, db: self.db, expires_at, payload, how: How::Passed })
            }
            Value::Unreadable(why) => failed(key, why.to_string()),
            Value::Skipped => failed(key, "its value was left in the file".to_owned()),
        }
    }

    /// What can be told of it without its value.
    #[must_use]
    pub fn look(&self) -> Look {
        let KeyRecord { type_name, expires_at, value, .. } = &self.record;
        match value {
            Value::Unreadable(why) => Look::Refused(Refusal::Key(why.to_string())),
            Value::Payload(_) | Value::Skipped => {
                Look::There { type_name: type_name.clone().into_owned(), expires: expires_at.is_some() }
            }
        }
    }
}
