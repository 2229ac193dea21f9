//! What an error reply means: one key is refused, or every key.

use std::ops::Range;

use crate::error::{EndpointProblem, KeyRefusal, Redirect, WaitCause};

/// The meaning of an error reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `BUSYKEY`: the key exists.
    KeyExists,
    /// Only this key is refused.
    Key(KeyRefusal),
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
const PHRASES: [&str; 14] = [
    "ERR max number of clients",
    "ERR Protocol error",
    "ERR unknown command",
    "ERR unknown subcommand",
    "ERR syntax error",
    "EXECABORT Transaction discarded because of: ",
    "without MULTI",
    "DUMP payload version",
    "Bad data format",
    "cursor",
    "ERR Library ",
    " already exists",
    " key",
    " command",
];
/// `RESTORE` of a payload that the server does not accept. For a module that is not loaded, it is the second.
pub const ABOUT_A_PAYLOAD: [&str; 2] = ["DUMP payload version", "Bad data format"];
/// The slot of a key is at another node of the cluster, or at none: a node has keys of other slots.
pub const ABOUT_A_SLOT: [&str; 4] = ["MOVED ", "ASK ", "TRYAGAIN", "CLUSTERDOWN"];
/// The same without those that no node of the cluster serves it.
pub const SLOT_ELSEWHERE: [&str; 3] = ["MOVED ", "ASK ", "TRYAGAIN"];

impl Refusal {
    /// The problem of a server that must answer for every key.
    pub fn into_problem(self) -> EndpointProblem {
        match self {
            Self::Server(problem) => problem,
            Self::Key(KeyRefusal { message, .. }) => EndpointProblem::Refused(message),
            Self::KeyExists => EndpointProblem::Refused("BUSYKEY".to_owned()),
        }
    }

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
            "ERR" | "WRONGTYPE" | "CROSSSLOT" => Self::Key(message.into()),
            "NOPERM" if is_about_a_key(&message) => Self::Key(message.into()),
            "NOPERM" => Self::Server(EndpointProblem::NotPermitted(message)),
            "NOAUTH" | "WRONGPASS" => Self::Server(EndpointProblem::Login(message)),
            "OOM" => Self::Server(EndpointProblem::OutOfMemory(message)),
            "READONLY" => Self::Server(EndpointProblem::ReadOnlyReplica),
            "LOADING" => not_ready(WaitCause::Loading, message),
            "BUSY" => not_ready(WaitCause::Busy, message),
            "TRYAGAIN" => not_ready(WaitCause::TryAgain, message),
            "CLUSTERDOWN" => not_ready(WaitCause::ClusterDown, message),
            "MASTERDOWN" => not_ready(WaitCause::MasterDown, message),
            "MOVED" | "ASK" => Self::Server(match Redirect::parse(&message) {
                Some(redirect) => EndpointProblem::Moved(redirect),
                None => EndpointProblem::Refused(message),
            }),
            // MISCONF, NOREPLICAS and future codes describe the state of the server, not of a key.
            _ => Self::Server(EndpointProblem::Refused(message)),
        }
    }

    /// Whether a server closes the connection after this error.
    pub(super) fn closes(message: &str) -> bool {
        message.starts_with("DENIED ") || CLOSES.iter().any(|start| message.starts_with(start))
    }

    /// Classifies the error reply to a command with a key that no user has; `None` if other keys may be accepted.
    pub fn of_probe(message: &str) -> Option<EndpointProblem> {
        match Self::of(message) {
            Self::Server(problem) => Some(problem),
            Self::KeyExists => None,
            Self::Key(refusal) if is_about_a_key(&refusal.message) => None,
            Self::Key(refusal) => Some(EndpointProblem::Refused(refusal.message)),
        }
    }

    /// Whether an error reply may be about one key or about every key. Proxies and managed caches refuse commands with
    /// texts of their own.
    pub fn is_doubtful(message: &str) -> bool {
        message.starts_with("ERR ") && !ABOUT_A_PAYLOAD.iter().any(|text| message.contains(text))
    }

    /// Whether an error reply is about a command, whatever the key.
    pub fn is_about_a_command(message: &str) -> bool {
        message.starts_with("ERR") || matches!(Self::of(message), Self::Server(EndpointProblem::NotPermitted(_)))
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
    fn a_text_of_a_proxy_leaves_open_what_it_is_about_and_with_the_probe_key_it_is_the_server() {
        let texts = ["ERR Command is not available: 'DUMP'.", "ERR wrong number of arguments for 'lpos' command"];
        for message in texts {
            assert!(Refusal::is_doubtful(message) && Refusal::is_about_a_command(message));
            assert_eq!(Refusal::of_probe(message), Some(EndpointProblem::Refused(message.into())));
        }
        for message in ["ERR Bad data format", "NOPERM No permissions to access a key", "OOM command not allowed"] {
            assert!(!Refusal::is_doubtful(message), "{message}");
        }
        for message in ["NOPERM No permissions to access a key", "BUSYKEY Target key name already exists."] {
            assert_eq!(Refusal::of_probe(message), None);
        }
        assert!(Refusal::is_about_a_command("NOPERM this user has no permissions to run the 'pexpiretime' command"));
        assert!(!Refusal::is_about_a_command("NOPERM No permissions to access a key"));
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
        assert!(matches!(problem("MOVED 866 127.0.0.1:7002"), EndpointProblem::Moved(_)));
    }
}
