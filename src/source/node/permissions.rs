//! What a job needs of its source, tried before a key has moved.

use super::Node;
use crate::error::EndpointError;
use crate::job::Selection;
use crate::resp::{Reply, Request};
use crate::server::{NOBODYS_KEY, Refusal};

impl Node {
    /// Tries what every key needs, so that a user without the permission learns of it before a key has moved. Servers
    /// from Redis 7.0 on report what a user may do without doing it (`ACL DRYRUN`); elsewhere it is done, to a key that
    /// no user has.
    ///
    /// # Errors
    ///
    /// The server refuses, whatever the key.
    pub async fn check_permissions(&self, selection: &Selection) -> Result<(), EndpointError> {
        let when: &[u8] = if self.facts.has_pexpiretime() { b"PEXPIRETIME" } else { b"PTTL" };
        // An invalid cursor: refused as such by a server that would accept a valid one.
        let mut commands = vec![[&b"SCAN"[..], NOBODYS_KEY], [when, NOBODYS_KEY], [b"DUMP", NOBODYS_KEY]];
        if self.needs_types(selection) {
            commands.push([b"TYPE", NOBODYS_KEY]);
        }
        let mut question = Request::default();
        for [command, key] in &commands {
            question.command(&[b"ACL", b"DRYRUN", self.user.as_bytes(), command, key]);
        }
        let mut trial = Request::default();
        for (command, answer) in commands.iter().zip(self.data.ask(question).await?) {
            match answer {
                Reply::Status(_) => {}
                // That this key is not permitted does not mean that others are not.
                Reply::Bulk(refusal) => {
                    let message = format!("NOPERM {}", String::from_utf8_lossy(&refusal));
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
