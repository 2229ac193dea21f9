//! What an error reply means: one key is refused, or every key.

use std::ops::Range;

use crate::error::{EndpointProblem, WaitCause};

/// The meaning of an error reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `BUSYKEY`: the key exists.
    KeyExists,
    /// Only this key is refused. The message of the server.
    Key(String),
    /// The server refuses every key.
    Server(EndpointProblem),
}

/// Replies after which a server closes the connection. A command that is too long for it is a protocol error.
const CLOSES: [&str; 2] = ["ERR max number of clients", "ERR Protocol error"];

/// The codes of error replies that are known.
const CODES: [&str; 20] = [
    "ASK",
    "BUSY",
    "BUSYKEY",
    "CLUSTERDOWN",
    "CROSSSLOT",
    "DENIED",
    "ERR",
    "EXECABORT",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "MOVED",
    "NOAUTH",
    "NOPERM",
    "NOREPLICAS",
    "OOM",
    "READONLY",
    "TRYAGAIN",
    "WRONGPASS",
    "WRONGTYPE",
];

/// The parts of error replies that their meaning depends on, besides their codes.
const PHRASES: [&str; 12] = [
    "ERR max number of clients",
    "ERR Protocol error",
    "ERR unknown command",
    "ERR unknown subcommand",
    "ERR syntax error",
    "EXECABORT Transaction discarded because of: ",
    "without MULTI",
    "DUMP payload version",
    "ERR Library ",
    " already exists",
    " key",
    " command",
];

impl Refusal {
    /// Classifies the text of an error reply, such as `OOM command not allowed …`.
    pub fn of(message: &str) -> Self {
        let code = message.split(' ').next().unwrap_or_default();
        let message = message.to_owned();
        match code {
            "BUSYKEY" => Self::KeyExists,
            "ERR" if CLOSES.iter().any(|start| message.starts_with(start)) => {
                Self::Server(EndpointProblem::ConnectionLost(message))
            }
            "ERR" if is_about_the_server(&message) => Self::Server(EndpointProblem::Refused(message)),
            "ERR" | "WRONGTYPE" | "CROSSSLOT" => Self::Key(message),
            "NOPERM" if is_about_a_key(&message) => Self::Key(message),
            "NOPERM" => Self::Server(EndpointProblem::NotPermitted(message)),
            "NOAUTH" | "WRONGPASS" => Self::Server(EndpointProblem::Login(message)),
            "OOM" => Self::Server(EndpointProblem::OutOfMemory(message)),
            "READONLY" => Self::Server(EndpointProblem::ReadOnlyReplica),
            "LOADING" => not_ready(WaitCause::Loading, message),
            "BUSY" => not_ready(WaitCause::Busy, message),
            "TRYAGAIN" => not_ready(WaitCause::TryAgain, message),
            "CLUSTERDOWN" => not_ready(WaitCause::ClusterDown, message),
            "MASTERDOWN" => not_ready(WaitCause::MasterDown, message),
            "MOVED" | "ASK" => Self::Server(EndpointProblem::Refused(format!(
                "{message} (the server is a node of a cluster, and another node has the slot of the key)"
            ))),
            // MISCONF, NOREPLICAS and future codes describe the state of the server, not of a key.
            _ => Self::Server(EndpointProblem::Refused(message)),
        }
    }

    /// Whether a server closes the connection after this error.
    pub(super) fn closes(message: &str) -> bool {
        message.starts_with("DENIED ") || CLOSES.iter().any(|start| message.starts_with(start))
    }

    /// Classifies the error reply to a command without a key.
    pub fn of_server(message: &str) -> EndpointProblem {
        match Self::of(message) {
            Self::Server(problem) => problem,
            Self::KeyExists | Self::Key(_) => EndpointProblem::Refused(message.to_owned()),
        }
    }
}

/// Whether the meaning of an error reply depends on this part of it. A secret there is an ordinary word.
pub(super) fn depends_on(message: &[u8], part: Range<usize>) -> bool {
    let code = message.iter().position(|byte| *byte == b' ').unwrap_or(message.len());
    let is_code = CODES.iter().any(|known| known.as_bytes() == &message[..code]);
    let is_in_phrase = |phrase: &str| {
        let starts = (0..message.len()).filter(|start| message[*start..].starts_with(phrase.as_bytes()));
        starts.into_iter().any(|start| start <= part.start && part.end <= start + phrase.len())
    };
    (is_code && part.end <= code) || PHRASES.iter().any(|phrase| is_in_phrase(phrase))
}

fn not_ready(cause: WaitCause, message: String) -> Refusal {
    Refusal::Server(EndpointProblem::NotReady { cause, message })
}

/// Whether an `ERR` reply would be the same for every key.
fn is_about_the_server(message: &str) -> bool {
    ["ERR unknown command", "ERR syntax error", "ERR unknown subcommand"]
        .iter()
        .any(|start| message.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

/// Whether a `NOPERM` reply is about a key: ACL key patterns permit some keys and not others.
fn is_about_a_key(message: &str) -> bool {
    message.contains(" key") && !message.contains(" command")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_payload_or_a_forbidden_name_concerns_one_key() {
        for message in [
            "ERR DUMP payload version or checksum are wrong",
            "ERR Bad data format",
            "NOPERM this user has no permissions to access one of the keys used as arguments",
            "NOPERM No permissions to access a key",
        ] {
            assert_eq!(Refusal::of(message), Refusal::Key(message.into()));
        }
    }

    #[test]
    fn the_state_of_the_server_concerns_every_key() {
        let problem = |message: &str| match Refusal::of(message) {
            Refusal::Server(problem) => problem,
            other => panic!("`{message}` was classified as {other:?}"),
        };
        assert!(matches!(
            problem("OOM command not allowed when used memory > 'maxmemory'."),
            EndpointProblem::OutOfMemory(_)
        ));
        assert!(matches!(
            problem("READONLY You can't write against a read only replica."),
            EndpointProblem::ReadOnlyReplica
        ));
        assert!(matches!(
            problem("NOPERM User a has no permissions to run the 'restore' command"),
            EndpointProblem::NotPermitted(_)
        ));
        assert!(matches!(problem("NOAUTH Authentication required."), EndpointProblem::Login(_)));
        assert!(matches!(
            problem("ERR unknown command 'DUMP', with args beginning with: "),
            EndpointProblem::Refused(_)
        ));
        assert!(matches!(problem("MISCONF Redis is configured to save RDB snapshots"), EndpointProblem::Refused(_)));
        assert!(matches!(problem("MOVED 866 127.0.0.1:7002"), EndpointProblem::Refused(_)));
    }
}
