//! Parses replies about keys.

use crate::error::EndpointProblem;
use crate::resp::Reply;
use crate::server::Refusal;
use crate::source::{KeyInfo, KeyType, ReadResult};

/// How the source reports when a key expires.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expiry {
    /// `PEXPIRETIME`: unix time in ms.
    Absolute,
    /// `PTTL`: ms from this unix time.
    From(u64),
}

/// Replies in pairs; a single last reply is dropped.
pub(super) fn pairs(replies: Vec<Reply>) -> impl Iterator<Item = [Reply; 2]> {
    let mut replies = replies.into_iter();
    std::iter::from_fn(move || Some([replies.next()?, replies.next()?]))
}

/// Unix time in ms from a reply to `TIME`: seconds, microseconds.
pub(super) fn time_ms(reply: &Reply) -> Option<u64> {
    let Reply::Array(parts) = reply else { return None };
    let [Reply::Bulk(seconds), Reply::Bulk(micros)] = parts.as_slice() else { return None };
    let number = |digits| std::str::from_utf8(digits).ok()?.parse::<u64>().ok();
    number(seconds)?.checked_mul(1000)?.checked_add(number(micros)? / 1000)
}

impl ReadResult {
    /// Parses the replies to `PEXPIRETIME` (or `PTTL`) and `DUMP` of one key. `expiry` is `None` if the reply to `TIME`
    /// was invalid.
    pub(super) fn of(expiry: Option<Expiry>, when: &Reply, dump: Reply) -> Self {
        if expiry.is_none() {
            return Self::without_clock();
        }
        let mut result = match dump {
            Reply::Bulk(payload) => Self::Value { expires_at: None, payload },
            Reply::Nil => Self::Vanished,
            other => Self::refused(&other),
        };
        result.set_expiry(expiry, when);
        result
    }

    /// Sets when a value expires, by the reply to `PEXPIRETIME` or `PTTL`; the key may turn out to have vanished.
    pub(super) fn set_expiry(&mut self, expiry: Option<Expiry>, when: &Reply) {
        let Self::Value { expires_at, .. } = self else { return };
        match (when, expiry) {
            (Reply::Int(-1), _) => *expires_at = None,
            (Reply::Int(at @ 0..), Some(Expiry::Absolute)) => *expires_at = Some(at.unsigned_abs()),
            (Reply::Int(left @ 0..), Some(Expiry::From(now))) => {
                *expires_at = Some(now.saturating_add(left.unsigned_abs()));
            }
            // -2: the key did not exist, even if it was created again before `DUMP`.
            (Reply::Int(_), Some(_)) => *self = Self::Vanished,
            (_, None) => *self = Self::without_clock(),
            (other, _) => *self = Self::refused(other),
        }
    }

    fn without_clock() -> Self {
        Self::Refused(EndpointProblem::Protocol("`TIME` without seconds".into()))
    }

    fn refused(reply: &Reply) -> Self {
        match refusal(reply) {
            Refusal::Key(message) => Self::Failed { type_name: None, message },
            Refusal::KeyExists => Self::Failed { type_name: None, message: "BUSYKEY".into() },
            Refusal::Server(problem) => Self::Refused(problem),
        }
    }
}

impl KeyType {
    /// Parses the reply to `TYPE`.
    pub(super) fn of(reply: &Reply) -> Self {
        match reply {
            Reply::Status(name) if name == "none" => Self::Vanished,
            Reply::Status(name) => Self::Is(String::from_utf8_lossy(name).into_owned()),
            other => Self::Refused(refusal(other)),
        }
    }
}

impl KeyInfo {
    /// Parses the replies to `TYPE` and `PTTL`.
    pub(super) fn of(type_name: &Reply, left: &Reply) -> Self {
        match (KeyType::of(type_name), left) {
            (KeyType::Refused(refusal), _) => Self::Refused(refusal),
            (KeyType::Vanished | KeyType::NotRead, _) | (_, Reply::Int(-2)) => Self::Vanished,
            (KeyType::Is(type_name), left) => Self::There { type_name, expires: matches!(left, Reply::Int(0..)) },
        }
    }
}

/// The meaning of a reply that is an error or has an unexpected type.
fn refusal(reply: &Reply) -> Refusal {
    match reply.error() {
        Some(message) => Refusal::of(&message),
        None => Refusal::Server(EndpointProblem::Protocol(format!("{} instead of the expected type", reply.kind()))),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn value(expires_at: Option<u64>) -> ReadResult {
        ReadResult::Value { expires_at, payload: Bytes::from_static(&[0]) }
    }

    fn read(expiry: Expiry, when: i64, dump: Reply) -> ReadResult {
        ReadResult::of(Some(expiry), &Reply::Int(when), dump)
    }

    fn dump() -> Reply {
        Reply::Bulk(vec![0].into())
    }

    #[test]
    fn a_key_without_expiry_has_none() {
        assert_eq!(read(Expiry::Absolute, -1, dump()), value(None));
        assert_eq!(read(Expiry::From(1000), -1, dump()), value(None));
    }

    #[test]
    fn a_ttl_counts_from_the_sources_clock() {
        assert_eq!(read(Expiry::From(1000), 500, dump()), value(Some(1500)));
        assert_eq!(read(Expiry::Absolute, 1500, dump()), value(Some(1500)));
    }

    #[test]
    fn a_ttl_of_0_is_not_read_as_no_expiry() {
        assert_eq!(read(Expiry::From(1000), 0, dump()), value(Some(1000)));
    }

    #[test]
    fn a_key_that_does_not_exist_has_vanished() {
        assert_eq!(read(Expiry::Absolute, -2, Reply::Nil), ReadResult::Vanished);
        assert_eq!(read(Expiry::Absolute, 1500, Reply::Nil), ReadResult::Vanished);
        assert_eq!(read(Expiry::Absolute, -2, dump()), ReadResult::Vanished);
    }
}
