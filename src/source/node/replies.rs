//! Parses replies about keys.

use crate::error::EndpointProblem;
use crate::resp::Reply;
use crate::server::Refusal;
use crate::source::{KeyInfo, ReadResult};

/// Longer than the name of any type.
const LONGEST_TYPE_NAME: usize = 40;

/// States that are replies to other commands.
const OTHER_STATES: [&[u8]; 3] = [b"OK", b"QUEUED", b"PONG"];

/// When a key expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    Never,
    /// Unix time in ms.
    At(u64),
    /// The key does not exist.
    Gone,
}

impl Expiry {
    /// Parses the reply to `PTTL`, which counts from `now`, or to `PEXPIRETIME`, which counts from 0. An error is the
    /// result for the key.
    pub fn of(reply: &Reply, now: u64) -> Result<Self, ReadResult> {
        match reply {
            Reply::Int(-1) => Ok(Self::Never),
            Reply::Int(left @ 0..) => Ok(Self::At(now.saturating_add(left.unsigned_abs()))),
            Reply::Int(_) => Ok(Self::Gone),
            other => Err(ReadResult::unread(other)),
        }
    }
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

/// The same; an error is the result for a key.
pub(super) fn clock(reply: &Reply) -> Result<u64, ReadResult> {
    match (time_ms(reply), reply) {
        (Some(ms), _) => Ok(ms),
        (None, Reply::Error(_)) => Err(ReadResult::unread(reply)),
        (None, _) => Err(ReadResult::Refused(EndpointProblem::Protocol("`TIME` without seconds".into()))),
    }
}

impl ReadResult {
    /// The result for a key, from its expiry and the reply to `DUMP`.
    pub(super) fn of(expiry: Result<Expiry, Self>, dump: Reply) -> Self {
        match (dump, expiry) {
            (Reply::Bulk(payload), Ok(Expiry::Never)) => Self::Value { expires_at: None, payload },
            (Reply::Bulk(payload), Ok(Expiry::At(at))) => Self::Value { expires_at: Some(at), payload },
            // The key did not exist, even if it was created again before `DUMP`.
            (Reply::Bulk(_), Ok(Expiry::Gone)) | (Reply::Nil, Ok(_)) => Self::Vanished,
            (Reply::Bulk(_) | Reply::Nil, Err(refused)) => refused,
            (other, _) => Self::unread(&other),
        }
    }

    /// The result for a key that a reply contains no part of. A key whose transaction was aborted because of another key
    /// is not read.
    fn unread(reply: &Reply) -> Self {
        if matches!(reply, Reply::Error(error) if error.starts_with(b"EXECABORT")) {
            return Self::NotRead;
        }
        match refusal(reply) {
            Refusal::Key(refusal) => Self::Failed { type_name: None, refusal },
            Refusal::KeyExists => Self::Failed { type_name: None, refusal: "BUSYKEY".into() },
            Refusal::Server(problem) => Self::Refused(problem),
        }
    }
}

impl KeyInfo {
    /// The info about a key from the reply to `TYPE` alone.
    pub(super) fn of_type(reply: &Reply) -> Self {
        match reply {
            Reply::Status(name) if name == "none" => Self::Vanished,
            Reply::Status(name) if is_type_name(name) => {
                Self::There { type_name: String::from_utf8_lossy(name).into_owned(), expires_at: None }
            }
            other => Self::Refused(refusal(other)),
        }
    }

    /// The same from the reply to `TYPE` and the expiry.
    pub(super) fn of(type_name: &Reply, expiry: Result<Expiry, ReadResult>) -> Self {
        let type_name = match Self::of_type(type_name) {
            Self::There { type_name, .. } => type_name,
            other => return other,
        };
        match expiry {
            Ok(Expiry::Gone) => Self::Vanished,
            Ok(Expiry::Never) => Self::There { type_name, expires_at: None },
            Ok(Expiry::At(at)) => Self::There { type_name, expires_at: Some(at) },
            Err(ReadResult::Failed { refusal, .. }) => Self::Refused(Refusal::Key(refusal)),
            Err(ReadResult::Refused(problem)) => Self::Refused(Refusal::Server(problem)),
            Err(_) => Self::NotRead,
        }
    }
}

/// Types of values have a name in one word, which becomes a part of tables and of error logs. The state of another
/// command is none.
fn is_type_name(name: &[u8]) -> bool {
    let is_other = OTHER_STATES.contains(&name);
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !is_other && (1..=LONGEST_TYPE_NAME).contains(&name.len()) && name.iter().all(is_letter)
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

    fn read(now: u64, left: i64, dump: Reply) -> ReadResult {
        ReadResult::of(Expiry::of(&Reply::Int(left), now), dump)
    }

    fn dump() -> Reply {
        Reply::Bulk(vec![0].into())
    }

    #[test]
    fn a_key_without_expiry_has_none() {
        assert_eq!(read(0, -1, dump()), value(None));
        assert_eq!(read(1000, -1, dump()), value(None));
    }

    #[test]
    fn a_ttl_counts_from_the_sources_clock() {
        assert_eq!(read(1000, 500, dump()), value(Some(1500)));
        assert_eq!(read(0, 1500, dump()), value(Some(1500)));
    }

    #[test]
    fn a_ttl_of_0_is_not_read_as_no_expiry() {
        assert_eq!(read(1000, 0, dump()), value(Some(1000)));
    }

    #[test]
    fn a_key_that_does_not_exist_has_vanished() {
        assert_eq!(read(0, -2, Reply::Nil), ReadResult::Vanished);
        assert_eq!(read(0, 1500, Reply::Nil), ReadResult::Vanished);
        assert_eq!(read(0, -2, dump()), ReadResult::Vanished);
    }

    #[test]
    fn a_reply_of_another_type_is_a_problem_of_the_server() {
        let status = || Reply::Status("OK".into());
        let is_protocol = |result| matches!(result, ReadResult::Refused(EndpointProblem::Protocol(_)));
        for name in ["OK", "QUEUED", "a b", "\x1b[31m", "***", ""] {
            let refused = matches!(KeyInfo::of_type(&Reply::Status(name.into())), KeyInfo::Refused(Refusal::Server(_)));
            assert!(refused, "{name:?}");
        }
        let named = KeyInfo::There { type_name: "ReJSON-RL".into(), expires_at: None };
        assert_eq!(KeyInfo::of_type(&Reply::Status("ReJSON-RL".into())), named);
        assert!(is_protocol(ReadResult::of(Expiry::of(&status(), 0), dump())));
        assert!(is_protocol(ReadResult::of(Expiry::of(&status(), 0), Reply::Nil)));
        assert!(is_protocol(ReadResult::of(Expiry::of(&Reply::Int(-1), 0), Reply::Int(1))));
    }
}
