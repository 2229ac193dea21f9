//! Checks the permissions of the source's user before the first key is read.

use super::Node;
use crate::error::EndpointError;
use crate::job::Selection;
use crate::resp::{Reply, Request};
use crate::server::{PROBE_KEY, Refusal};

impl Node {
    /// Checks that the user may run the commands that every key needs. From Redis 7.0 on, `ACL DRYRUN` reports that
    /// without running a command; on older servers, the commands run with a key that no user has.
    pub async fn check_permissions(&self, selection: &Selection) -> Result<(), EndpointError> {
        let when: &[u8] = if self.facts.has_pexpiretime() { b"PEXPIRETIME" } else { b"PTTL" };
        // The cursor is invalid: a server that permits `SCAN` replies with an error about the cursor.
        let mut commands = vec![[&b"SCAN"[..], PROBE_KEY], [when, PROBE_KEY], [b"DUMP", PROBE_KEY]];
        if self.needs_types(selection) {
            commands.push([b"TYPE", PROBE_KEY]);
        }
        let mut question = Request::default();
        for [command, key] in &commands {
            question.command(&[b"ACL", b"DRYRUN", self.user.as_bytes(), command, key]);
        }
        let mut trial = Request::default();
        for (command, answer) in commands.iter().zip(self.data.ask(question).await?) {
            match answer {
                Reply::Status(_) => {}
                // An ACL that forbids this key may permit others.
                Reply::Bulk(refusal) => {
                    let message = format!("NOPERM {}", self.data.address().text(&refusal));
                    if let Refusal::Server(problem) = Refusal::of(&message) {
                        return Err(self.data.address().problem(problem));
                    }
                }
                _ => {
                    trial.command(command);
                }
            }
        }
        self.data.try_out(trial).await.map(drop)
    }
}
