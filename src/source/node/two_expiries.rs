//! Reads the expiry of a key before and after its value: if the two differ, the key has changed in between.
//!
//! This is weaker than a transaction: if a client writes the key twice in between, and both of the outer expiries are the
//! same, the value may be of another moment.

use super::replies::{Expiry, clock, time_ms};
use super::transactions::is_short;
use crate::entry::DbKey;
use crate::resp::{Reply, Request};
use crate::source::ReadResult;

/// Adds commands that read keys. Without `PEXPIRETIME`, there is a `TIME` before the first key and after each key,
/// because other clients and large values may take time in between.
pub(super) fn add(request: &mut Request, keys: &[DbKey<'_>], is_absolute: bool) {
    let when: &[u8] = if is_absolute { b"PEXPIRETIME" } else { b"PTTL" };
    if !is_absolute {
        request.command(&[b"TIME"]);
    }
    for key in keys {
        let key = key.key.as_bytes();
        request.command(&[when, key]).command(&[b"DUMP", key]).command(&[when, key]);
        if !is_absolute {
            request.command(&[b"TIME"]);
        }
    }
}

/// Adds the results of keys, as far as their replies have arrived.
pub(super) fn parse(each: &mut Vec<ReadResult>, replies: Vec<Reply>, is_absolute: bool) {
    let mut replies = replies.into_iter();
    let mut time = if is_absolute { None } else { replies.next() };
    while let (Some(first), Some(dump), Some(second)) = (replies.next(), replies.next(), replies.next()) {
        if is_absolute {
            each.push(result(Expiry::of(&first, 0), dump, Expiry::of(&second, 0), |first, second| first == second));
            continue;
        }
        let (Some(before), Some(after)) = (time, replies.next()) else { return };
        let expiry = |left| clock(&before).and_then(|now| Expiry::of(left, now));
        let is_same = |first: &Expiry, second: &Expiry| is_same(first, second, &before, &after);
        each.push(result(expiry(&first), dump, expiry(&second), is_same));
        time = Some(after);
    }
}

fn result(
    first: Result<Expiry, ReadResult>,
    dump: Reply,
    second: Result<Expiry, ReadResult>,
    is_same: impl FnOnce(&Expiry, &Expiry) -> bool,
) -> ReadResult {
    match (first, second) {
        // A key that did not exist at one moment has vanished.
        (Ok(first), Ok(second)) if dump != Reply::Nil && !is_same(&first, &second) => ReadResult::NotRead,
        (first, Ok(_)) => ReadResult::of(first, dump),
        (_, Err(refused)) => refused,
    }
}

/// Whether two expiries are the same. Both count from the same point of time, so the second is smaller by the time that
/// has passed in between.
fn is_same(first: &Expiry, second: &Expiry, before: &Reply, after: &Reply) -> bool {
    let (Expiry::At(first), Expiry::At(second)) = (first, second) else { return first == second };
    let (Some(before), Some(after)) = (time_ms(before), time_ms(after)) else { return true };
    is_short(before, after) && first.checked_sub(*second).is_some_and(|passed| passed <= after.abs_diff(before) + 1)
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

    fn absolute(first: i64, dump: Reply, second: i64) -> Vec<ReadResult> {
        let mut each = Vec::new();
        parse(&mut each, vec![Reply::Int(first), dump, Reply::Int(second)], true);
        each
    }

    fn by_clock(before: u64, first: i64, second: i64, after: u64) -> Vec<ReadResult> {
        let mut each = Vec::new();
        parse(&mut each, vec![time(before), Reply::Int(first), dump(), Reply::Int(second), time(after)], false);
        each
    }

    #[test]
    fn a_key_whose_expiries_differ_is_read_again() {
        assert_eq!(absolute(-1, dump(), 1500), [ReadResult::NotRead]);
        assert_eq!(absolute(1500, dump(), -1), [ReadResult::NotRead]);
        assert_eq!(absolute(-2, dump(), -1), [ReadResult::NotRead]);
        assert_eq!(absolute(1500, dump(), 1500), [value(Some(1500))]);
        assert_eq!(absolute(-1, dump(), -1), [value(None)]);
    }

    #[test]
    fn a_key_without_a_value_has_vanished_whatever_its_expiry_was() {
        assert_eq!(absolute(1500, Reply::Nil, -2), [ReadResult::Vanished]);
        assert_eq!(absolute(-2, Reply::Nil, -2), [ReadResult::Vanished]);
    }

    #[test]
    fn a_ttl_may_shrink_by_the_time_that_has_passed() {
        assert_eq!(by_clock(5000, 700, 697, 5003), [value(Some(5700))]);
        assert_eq!(by_clock(5000, 700, 690, 5003), [ReadResult::NotRead]);
        assert_eq!(by_clock(5000, 700, 701, 5003), [ReadResult::NotRead]);
        assert_eq!(by_clock(5000, -1, 701, 5003), [ReadResult::NotRead]);
        assert_eq!(by_clock(5000, 700, 694, 5006), [ReadResult::NotRead]);
    }

    #[test]
    fn keys_whose_replies_did_not_all_arrive_are_not_read() {
        let mut each = Vec::new();
        parse(&mut each, vec![Reply::Int(-1), dump(), Reply::Int(-1), Reply::Int(-1), dump()], true);
        assert_eq!(each, [value(None)]);
    }
}
