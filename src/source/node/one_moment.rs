//! Makes the expiry and the value of a key be of one moment.
//!
//! A server reads a pipeline in pieces, and serves other clients in between. So a client may write a key between the
//! command that returns its expiry and the one that returns its value. In a transaction it cannot. Without the permission
//! for transactions, the expiry is read before and after the value, and the key is read again if the two differ.

use crate::entry::DbKey;
use crate::error::EndpointError;
use crate::resp::{Reply, Request};
use crate::server::{Contact, CursorOrder, Refusal, ServerFacts, Session};

/// The most keys of a transaction: with fewer, `MULTI` and `EXEC` cost more; more keys bring no gain.
const MOST_KEYS: usize = 16;
/// Each transaction has at most this share of the keys of a read. Few keys are requested if values are large, and each
/// of those has a transaction of its own.
const LEAST_TRANSACTIONS: usize = 16;

/// Which keys may be in one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Together {
    Any,
    /// Keys of one slot, which this node of a cluster returns one after the other.
    OfASlot,
    /// This node of a cluster returns the keys of its slots in any order.
    None,
}

/// How the expiry and the value of a key are read at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OneMoment {
    /// In transactions of several keys.
    Transactions(Together),
    /// The expiry before and after the value.
    TwoExpiries,
}

impl OneMoment {
    /// Finds out what the server permits.
    pub async fn of(contact: &Contact, data: &Session, facts: &ServerFacts) -> Result<Self, EndpointError> {
        // A proxy may close the connection when it does not know a command.
        if contact.endpoint().server.is_some() {
            return Ok(Self::TwoExpiries);
        }
        let transactions = Self::Transactions(Together::at(facts));
        let mut exec = Request::default();
        // Outside of a transaction, this is an error. It is tried first, because without the permission for it, a
        // transaction would not end.
        exec.command(&[b"EXEC"]);
        let refused = data.ask(exec).await?.first().and_then(Reply::error);
        if refused.is_some_and(|message| !message.contains("without MULTI") && !is_not_ready(&message)) {
            return Ok(Self::TwoExpiries);
        }
        let mut empty = Request::default();
        empty.command(&[b"MULTI"]).command(&[b"EXEC"]);
        let refused = data.ask(empty).await?.iter().filter_map(Reply::error).any(|message| !is_not_ready(&message));
        Ok(if refused { Self::TwoExpiries } else { transactions })
    }

    /// The keys of each transaction, for a read of so many keys.
    pub fn keys_at_once(self, keys: usize) -> usize {
        match self {
            Self::Transactions(Together::Any | Together::OfASlot) => (keys / LEAST_TRANSACTIONS).clamp(1, MOST_KEYS),
            Self::Transactions(Together::None) | Self::TwoExpiries => 1,
        }
    }

    /// The transactions for keys, of at most so many each.
    pub fn groups<'k, 'a>(self, keys: &'k [DbKey<'a>], at_once: usize) -> Vec<&'k [DbKey<'a>]> {
        match self {
            Self::Transactions(Together::OfASlot) if at_once > 1 => groups_of_slots(keys, at_once),
            _ => keys.chunks(at_once).collect(),
        }
    }
}

/// Keys that follow each other and have one slot, at most so many each.
fn groups_of_slots<'k, 'a>(keys: &'k [DbKey<'a>], at_once: usize) -> Vec<&'k [DbKey<'a>]> {
    let (mut groups, mut begin, mut slot) = (Vec::new(), 0, None);
    for (at, key) in keys.iter().enumerate() {
        let next = Some(key.key.slot());
        if at > begin && (next != slot || at - begin == at_once) {
            groups.push(&keys[begin..at]);
            begin = at;
        }
        slot = next;
    }
    groups.extend(keys.get(begin..).filter(|last| !last.is_empty()));
    groups
}

impl Together {
    fn at(facts: &ServerFacts) -> Self {
        match facts.cursor_order() {
            _ if !facts.is_cluster_node() => Self::Any,
            Some(CursorOrder::Slots) => Self::OfASlot,
            _ => Self::None,
        }
    }
}

fn is_not_ready(message: &str) -> bool {
    Refusal::of_server(message).wait_cause().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Key;

    #[test]
    fn large_values_have_transactions_of_their_own() {
        let keys = [1, 15, 40, 256, 1000];
        let at_once = |together| keys.map(|keys| OneMoment::Transactions(together).keys_at_once(keys));
        assert_eq!(at_once(Together::Any), [1, 1, 2, 16, 16]);
        assert_eq!(at_once(Together::OfASlot), [1, 1, 2, 16, 16]);
        assert_eq!(at_once(Together::None), [1; 5]);
    }

    #[test]
    fn a_transaction_has_keys_of_one_slot() {
        let names = [b"a{1}", b"b{1}", b"c{1}", b"a{2}", b"b{1}"].map(|name| Key::from(name.to_vec()));
        let keys: Vec<DbKey<'_>> = names.iter().map(|key| DbKey { db: 0, key }).collect();
        let sizes = |together, at_once| {
            let groups = OneMoment::Transactions(together).groups(&keys, at_once);
            groups.into_iter().map(<[_]>::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(Together::OfASlot, 16), [3, 1, 1]);
        assert_eq!(sizes(Together::OfASlot, 2), [2, 1, 1, 1]);
        assert_eq!(sizes(Together::OfASlot, 1), [1; 5]);
        assert_eq!(sizes(Together::Any, 16), [5]);
    }
}
