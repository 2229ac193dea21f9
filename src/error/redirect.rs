//! Where a cluster node sends the requests about a key.

use std::fmt;

use crate::entry::SLOTS;

/// The reply `MOVED` or `ASK`: the command was not executed, because another node serves the slot of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    pub slot: u16,
    /// `host:port`; without a host, it is the host of the node that replied.
    pub to: String,
    /// Only for this request, because the slot is being moved.
    pub is_ask: bool,
}

impl Redirect {
    /// Parses the error reply.
    pub fn parse(message: &str) -> Option<Self> {
        let mut words = message.split(' ');
        let is_ask = match words.next()? {
            "MOVED" => false,
            "ASK" => true,
            _ => return None,
        };
        let slot = words.next()?.parse().ok().filter(|slot| *slot < SLOTS)?;
        Some(Self { slot, to: words.next()?.to_owned(), is_ask })
    }
}

/// The text of the reply.
impl fmt::Display for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { slot, to, is_ask } = self;
        write!(f, "{} {slot} {to}", if *is_ask { "ASK" } else { "MOVED" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_printed_as_it_was_received() {
        for message in ["MOVED 3999 127.0.0.1:6381", "ASK 0 [::1]:6381", "MOVED 16383 :6381"] {
            assert_eq!(Redirect::parse(message).map(|redirect| redirect.to_string()), Some(message.to_owned()));
        }
        for message in ["MOVED", "MOVED 16384 h:1", "MOVED x h:1", "ASK 7", "ASKING 7 h:1", "ERR MOVED 7 h:1"] {
            assert_eq!(Redirect::parse(message), None, "{message}");
        }
    }
}
