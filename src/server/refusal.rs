//! Whose fault an error reply is: the key's own, or the server's whatever the key.

use crate::error::EndpointProblem;

/// An error reply, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `BUSYKEY`: the destination has the key.
    KeyExists,
    /// This key is refused; others may pass.
    Key(String),
    /// No key would pass.
    Server(EndpointProblem),
}

impl Refusal {
    /// Understands the text of an error reply, as in `OOM command not allowed …`.
    #[must_use]
    pub fn of(said: &str) -> Self {
        let code = said.split(' ').next().unwrap_or_default();
        let said = said.to_owned();
        match code {
            "BUSYKEY" => Self::KeyExists,
            "ERR" if is_about_the_server(&said) => Self::Server(EndpointProblem::Refused(said)),
            "ERR" | "WRONGTYPE" | "CROSSSLOT" => Self::Key(said),
            "NOPERM" if is_about_a_key(&said) => Self::Key(said),
            "NOPERM" => Self::Server(EndpointProblem::NotPermitted(said)),
            "NOAUTH" | "WRONGPASS" => Self::Server(EndpointProblem::Login(said)),
            "OOM" => Self::Server(EndpointProblem::OutOfMemory(said)),
            "READONLY" => Self::Server(EndpointProblem::ReadOnlyReplica),
            // LOADING, MISCONF, MASTERDOWN, CLUSTERDOWN, MOVED, ASK, BUSY, NOREPLICAS and whatever
            // comes to be: codes say what state a server is in, so no key is to blame.
            _ => Self::Server(EndpointProblem::Refused(said)),
        }
    }

    /// The same, where no key is involved at all.
    #[must_use]
    pub fn of_server(said: &str) -> EndpointProblem {
        match Self::of(said) {
            Self::Server(problem) => problem,
            Self::KeyExists | Self::Key(_) => EndpointProblem::Refused(said.to_owned()),
        }
    }
}

/// Errors with the catch-all code that would come for every key.
fn is_about_the_server(said: &str) -> bool {
    [
        "ERR unknown command",
        "ERR max number of clients",
        "ERR Protocol error",
        "ERR syntax error",
        "ERR unknown subcommand",
    ]
    .iter()
    .any(|start| said.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

/// ACL patterns over keys refuse one key and let another pass.
fn is_about_a_key(said: &str) -> bool {
    said.contains(" key") && !said.contains(" command")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_to_blame_for_its_payload_and_its_name() {
        for said in [
            "ERR DUMP payload version or checksum are wrong",
            "ERR Bad data format",
            "NOPERM this user has no permissions to access one of the keys used as arguments",
            "NOPERM No permissions to access a key",
        ] {
            assert_eq!(Refusal::of(said), Refusal::Key(said.into()));
        }
    }

    #[test]
    fn the_server_is_to_blame_for_its_state() {
        let problem = |said: &str| match Refusal::of(said) {
            Refusal::Server(problem) => problem,
            other => panic!("`{said}` was taken for {other:?}"),
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
