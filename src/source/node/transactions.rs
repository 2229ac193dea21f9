//! Reads keys in transactions: nothing changes while the server runs one.

use super::replies::{Expiry, clock, pairs, time_ms};
use crate::entry::DbKey;
use crate::resp::{Reply, Request};
use crate::source::ReadResult;

/// An expiry that is computed from `PTTL` is trusted if `TIME` before and after it are at most this far apart.
const MAX_UNCERTAINTY_MS: u64 = 5;

/// Adds a transaction that reads a group of keys. Without `PEXPIRETIME`, the expiries come first, between two `TIME`s.
pub(super) fn add(request: &mut Request, group: &[DbKey<'_>], is_absolute: bool) {
    request.transaction(|request| {
        if is_absolute {
            for key in group {
                let key = key.key.as_bytes();
                request.begin(2).encoded(b"$11\r\nPEXPIRETIME\r\n").argument(key);
                request.begin(2).encoded(b"$4\r\nDUMP\r\n").argument(key);
            }
            return;
        }
        request.command(&[b"TIME"]);
        for key in group {
            request.command(&[b"PTTL", key.key.as_bytes()]);
        }
        request.command(&[b"TIME"]);
        for key in group {
            request.command(&[b"DUMP", key.key.as_bytes()]);
        }
    });
}

/// Adds the results of groups of so many keys, as far as their replies have arrived.
pub(super) fn parse(
    each: &mut Vec<ReadResult>,
    groups: impl Iterator<Item = usize>,
    replies: Vec<Reply>,
    is_absolute: bool,
) {
    if is_absolute {
        each.extend(pairs(replies).map(|[when, dump]| ReadResult::of(Expiry::of(&when, 0), dump)));
        return;
    }
    let mut replies = replies.into_iter();
    for keys in groups {
        let mut group = replies.by_ref().take(2 * keys + 2);
        let before = group.next();
        let expiries: Vec<Reply> = group.by_ref().take(keys).collect();
        let (Some(before), Some(after)) = (before, group.next()) else { return };
        let is_quick = time_ms(&before).zip(time_ms(&after)).is_none_or(|(before, after)| is_short(before, after));
        each.extend(expiries.iter().zip(group).map(|(left, dump)| match left {
            Reply::Int(0..) if !is_quick => ReadResult::NotRead,
            _ => ReadResult::of(clock(&before).and_then(|now| Expiry::of(left, now)), dump),
        }));
    }
}

/// Whether a `PTTL` between these two points of time results in a certain expiry.
pub(super) fn is_short(before: u64, after: u64) -> bool {
    after <= before + MAX_UNCERTAINTY_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(ms: u64) -> Reply {
        let text = |number: u64| Reply::Bulk(number.to_string().into());
        Reply::Array(vec![text(ms / 1000), text(ms % 1000 * 1000)])
    }

    fn dump() -> Reply {
        Reply::Bulk(vec![0].into())
    }

    fn value(expires_at: Option<u64>) -> ReadResult {
        ReadResult::Value { expires_at, payload: vec![0].into() }
    }

    fn parsed(groups: &[usize], replies: Vec<Reply>, is_absolute: bool) -> Vec<ReadResult> {
        let mut each = Vec::new();
        parse(&mut each, groups.iter().copied(), replies, is_absolute);
        each
    }

    #[test]
    fn keys_whose_replies_did_not_all_arrive_are_not_read() {
        let replies = vec![Reply::Int(-1), dump(), Reply::Int(7)];
        assert_eq!(parsed(&[2], replies, true), [value(None)]);
        let replies = vec![time(1), Reply::Int(-1), time(1), dump(), time(1)];
        assert_eq!(parsed(&[1, 1], replies, false), [value(None)]);
    }

    #[test]
    fn ttls_of_a_group_count_from_the_time_before_them() {
        let replies = vec![time(5000), Reply::Int(700), Reply::Int(-1), time(5005), dump(), dump()];
        assert_eq!(parsed(&[2], replies, false), [value(Some(5700)), value(None)]);
    }

    #[test]
    fn ttls_that_took_long_are_read_again() {
        let replies = vec![time(5000), Reply::Int(700), Reply::Int(-1), time(5006), dump(), dump()];
        assert_eq!(parsed(&[2], replies, false), [ReadResult::NotRead, value(None)]);
    }

    #[test]
    fn keys_of_an_aborted_transaction_are_read_again() {
        let aborted = || Reply::Error("EXECABORT Transaction discarded because of previous errors.".into());
        let own = || Reply::Error("NOPERM No permissions to access a key".into());
        let results = parsed(&[2], vec![aborted(), aborted(), own(), own()], true);
        let failed = ReadResult::Failed { type_name: None, refusal: "NOPERM No permissions to access a key".into() };
        assert_eq!(results, [ReadResult::NotRead, failed]);
    }
}
