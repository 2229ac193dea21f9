//! What reading a key came to, and how it is told from the replies.

use crate::entry::{Entry, Key};
use crate::error::EndpointProblem;
use crate::outcome::How;
use crate::resp::Reply;
use crate::server::Refusal;

/// What reading a key came to.
#[derive(Debug)]
pub enum Reading {
    /// All of it is here.
    Entry(Entry),
    /// It was gone.
    Vanished(Key),
    /// The source refused this key, and said why.
    Failed {
        /// Which.
        key: Key,
        /// Its type as `TYPE` names it, where it is known.
        type_name: Option<String>,
        /// What was said.
        said: String,
    },
    /// The source refuses whatever the key.
    Refused(Key, EndpointProblem),
}

/// What a look at a key came to, its value left where it is.
#[derive(Debug)]
pub enum Look {
    /// It is there.
    There {
        /// By the name that `TYPE` gives it.
        type_name: String,
        /// Whether it expires.
        expires: bool,
    },
    /// It was gone.
    Vanished,
    /// The source has something against it.
    Refused(Refusal),
}

impl Look {
    /// Reads the replies to `TYPE` and `PTTL`.
    #[must_use]
    pub fn of(type_name: &Reply, left: &Reply) -> Self {
        match (Reading::of_type(type_name), left) {
            (Err(refusal), _) => Self::Refused(refusal),
            (Ok(None), _) | (_, Reply::Int(-2)) => Self::Vanished,
            (Ok(Some(type_name)), left) => Self::There { type_name, expires: matches!(left, Reply::Int(0..)) },
        }
    }
}

/// How the source tells when a key expires.
#[derive(Clone, Copy, Debug)]
pub enum Expiry {
    /// `PEXPIRETIME`: unix time in ms.
    Absolute,
    /// `PTTL`: ms from the unix time that stands here.
    From(u64),
}

impl Reading {
    /// Reads the replies to `PEXPIRETIME` (or `PTTL`) and `DUMP` of one key; without `expiry` the
    /// source's clock said nothing that is understood.
    #[must_use]
    pub fn of(key: Key, expiry: Option<Expiry>, when: &Reply, dump: Reply) -> Self {
        let Some(expiry) = expiry else {
            return Self::without_clock(key);
        };
        let payload = match dump {
            Reply::Bulk(payload) => payload,
            Reply::Nil => return Self::Vanished(key),
            other => return Self::refused(key, &other),
        };
        let mut reading = Self::Entry(Entry { key, db: None, expires_at: None, payload, how: How::Passed });
        reading.expires(Some(expiry), when);
        reading
    }

    /// Sets when an entry expires, by the reply to `PEXPIRETIME` or `PTTL`; it may turn out to have vanished.
    pub fn expires(&mut self, expiry: Option<Expiry>, when: &Reply) {
        let Self::Entry(entry) = self else { return };
        match (when, expiry) {
            (Reply::Int(-1), _) => entry.expires_at = None,
            (Reply::Int(at @ 0..), Some(Expiry::Absolute)) => entry.expires_at = Some(at.unsigned_abs()),
            (Reply::Int(left @ 0..), Some(Expiry::From(now))) => {
                entry.expires_at = Some(now.saturating_add(left.unsigned_abs()));
            }
            // -2: gone when it was asked, though there again a moment later.
            (Reply::Int(_), Some(_)) => *self = Self::Vanished(entry.key.clone()),
            (_, None) => *self = Self::without_clock(entry.key.clone()),
            (other, _) => *self = Self::refused(entry.key.clone(), other),
        }
    }

    /// The key that was read.
    #[must_use]
    pub fn key(&self) -> &Key {
        match self {
            Self::Entry(entry) => &entry.key,
            Self::Vanished(key) | Self::Failed { key, .. } | Self::Refused(key, _) => key,
        }
    }

    fn without_clock(key: Key) -> Self {
        Self::Refused(key, EndpointProblem::Protocol("`TIME` without seconds".into()))
    }

    /// Reads the reply to `TYPE`: `None` for a key that is gone.
    ///
    /// # Errors
    ///
    /// What the source has against it.
    pub fn of_type(reply: &Reply) -> Result<Option<String>, Refusal> {
        match reply {
            Reply::Status(name) if name == "none" => Ok(None),
            Reply::Status(name) => Ok(Some(String::from_utf8_lossy(name).into_owned())),
            other => Err(refusal(other)),
        }
    }

    fn refused(key: Key, reply: &Reply) -> Self {
        match refusal(reply) {
            Refusal::Key(said) => Self::Failed { key, type_name: None, said },
            Refusal::KeyExists => Self::Failed { key, type_name: None, said: "BUSYKEY".into() },
            Refusal::Server(problem) => Self::Refused(key, problem),
        }
    }
}

/// What a reply has against us that is not what was asked for.
fn refusal(reply: &Reply) -> Refusal {
    match reply.error() {
        Some(said) => Refusal::of(&said),
        None => {
            Refusal::Server(EndpointProblem::Protocol(format!("{} where something else was asked for", reply.kind())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(expiry: Expiry, when: i64, dump: Reply) -> String {
        match Reading::of(Key::from(b"k".to_vec()), Some(expiry), &Reply::Int(when), dump) {
            Reading::Entry(entry) => format!("expires at {:?}", entry.expires_at),
            Reading::Vanished(_) => "vanished".into(),
            Reading::Failed { said, .. } => said,
            Reading::Refused(_, problem) => problem.to_string(),
        }
    }

    #[test]
    fn a_key_without_expiry_has_none() {
        assert_eq!(reading(Expiry::Absolute, -1, Reply::Bulk(vec![0].into())), "expires at None");
        assert_eq!(reading(Expiry::From(1000), -1, Reply::Bulk(vec![0].into())), "expires at None");
    }

    #[test]
    fn what_is_left_counts_from_the_sources_clock() {
        assert_eq!(reading(Expiry::From(1000), 500, Reply::Bulk(vec![0].into())), "expires at Some(1500)");
        assert_eq!(reading(Expiry::Absolute, 1500, Reply::Bulk(vec![0].into())), "expires at Some(1500)");
    }

    #[test]
    fn a_key_with_nothing_left_never_becomes_immortal() {
        assert_eq!(reading(Expiry::From(1000), 0, Reply::Bulk(vec![0].into())), "expires at Some(1000)");
    }

    #[test]
    fn a_key_that_is_gone_is_vanished() {
        assert_eq!(reading(Expiry::Absolute, -2, Reply::Nil), "vanished");
        assert_eq!(reading(Expiry::Absolute, 1500, Reply::Nil), "vanished");
        assert_eq!(reading(Expiry::Absolute, -2, Reply::Bulk(vec![0].into())), "vanished");
    }
}
