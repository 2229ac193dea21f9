//! Makes the expiry and the value of a key be of one moment.
//!
//! A server reads a pipeline in pieces, and serves other clients in between. So a client may write a key between the
//! command that returns its expiry and the one that returns its value. In a transaction it cannot. Without the permission
//! for transactions, the expiry is read before and after the value, and the key is read again if the two differ.

use crate::error::EndpointError;
use crate::resp::{Reply, Request};
use crate::server::{Contact, Refusal, ServerFacts, Session};

/// The most keys of a transaction: with fewer, `MULTI` and `EXEC` cost more; more keys bring no gain.
const MOST_KEYS: usize = 16;
/// Each transaction has at most this share of the keys of a read. Few keys are requested if values are large, and each
/// of those has a transaction of its own.
const LEAST_TRANSACTIONS: usize = 16;

/// How the expiry and the value of a key are read at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OneMoment {
    /// In transactions of at most so many keys.
    Transactions(usize),
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
        // A transaction of a cluster node must not contain keys of several slots.
        let transactions = Self::Transactions(if facts.is_cluster_node() { 1 } else { MOST_KEYS });
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
            Self::Transactions(most) => (keys / LEAST_TRANSACTIONS).clamp(1, most),
            Self::TwoExpiries => 1,
        }
    }
}

fn is_not_ready(message: &str) -> bool {
    Refusal::of_server(message).wait_cause().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_values_have_transactions_of_their_own() {
        let keys = [1, 15, 40, 256, 1000];
        assert_eq!(keys.map(|keys| OneMoment::Transactions(16).keys_at_once(keys)), [1, 1, 2, 16, 16]);
        assert_eq!(keys.map(|keys| OneMoment::Transactions(1).keys_at_once(keys)), [1; 5]);
    }
}
