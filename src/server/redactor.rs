//! The place where texts of a server enter the program: they lose the secrets of the endpoint, and become safe to print.

use std::sync::{PoisonError, RwLock};

use super::refusal;
use super::spelling::secret_at;
use crate::job::{Endpoint, Secret};
use crate::resp::Reply;
use crate::sanitize;

/// More bytes of a text are not looked at, because they are not shown.
const MAX_TEXT: usize = 4096;
/// What takes the place of a secret.
const MASK: &[u8] = b"***";
/// Servers quote the arguments of a command that they do not know; for `AUTH`, these are secrets.
const QUOTED: &[u8] = b", with args beginning with:";
/// The usual texts of replies, for speed.
const USUAL: [&[u8]; 5] = [b"OK", b"QUEUED", b"PONG", b"none", b"BUSYKEY Target key name already exists."];
/// The types of values. They are names that the program compares.
const TYPES: [&[u8]; 8] = [b"string", b"list", b"set", b"zset", b"hash", b"stream", b"vectorset", b"none"];

/// Removes the secrets of an endpoint from texts that a server, or a proxy before it, has sent.
#[derive(Debug, Default)]
pub struct Redactor {
    secrets: RwLock<Vec<Vec<char>>>,
}

impl Redactor {
    /// For the secrets of this endpoint. Without a password, the user name may be one: `redis-cli` takes `SECRET` in
    /// `redis://SECRET@host` as the password.
    pub fn of(endpoint: &Endpoint) -> Self {
        let password = endpoint.password.as_ref().map(Secret::reveal);
        let username = endpoint.username.as_deref().filter(|_| endpoint.password_source.is_none());
        let secret = password.filter(|password| !password.is_empty()).or(username);
        let of_sentinel = endpoint.service().and_then(|service| service.sentinel_password.as_ref()).map(Secret::reveal);
        let secrets = secret.into_iter().chain(of_sentinel.filter(|password| !password.is_empty()));
        Self { secrets: RwLock::new(secrets.map(|secret| secret.chars().collect()).collect()) }
    }

    /// Adds a secret. Earlier ones stay secrets.
    pub fn learn(&self, secret: &Secret) {
        let secret: Vec<char> = secret.reveal().chars().collect();
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        if !secret.is_empty() && !secrets.contains(&secret) {
            secrets.push(secret);
        }
    }

    /// A text without secrets, in one line, and not too long.
    pub fn text(&self, raw: &[u8]) -> String {
        let end = raw.windows(QUOTED.len()).position(|part| part == QUOTED).unwrap_or(raw.len());
        sanitize::short(&String::from_utf8_lossy(&self.masked(&raw[..end])))
    }

    /// Cleans the texts in a reply that may be shown: errors and states.
    pub fn clean(&self, reply: &mut Reply) {
        match reply {
            Reply::Error(text) if !USUAL.contains(&&text[..]) => *text = self.text(text).into(),
            Reply::Status(text) if !USUAL.contains(&&text[..]) && !TYPES.contains(&&text[..]) => {
                *text = self.text(text).into();
            }
            Reply::Array(replies) => replies.iter_mut().for_each(|reply| self.clean(reply)),
            Reply::Error(_) | Reply::Status(_) | Reply::Bulk(_) | Reply::Int(_) | Reply::Nil => {}
        }
    }

    fn masked(&self, text: &[u8]) -> Vec<u8> {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        let (mut masked, mut at) = (Vec::with_capacity(text.len()), 0);
        while at < text.len().min(MAX_TEXT) {
            let found = secrets.iter().filter_map(|secret| secret_at(text, at, secret)).max();
            if let Some(length) = found.filter(|length| !refusal::depends_on(text, at..at + length)) {
                masked.extend_from_slice(MASK);
                at += length;
            } else {
                masked.push(text[at]);
                at += 1;
            }
        }
        masked
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::job::Location;
    use crate::server::Refusal;

    fn redactor(username: Option<&str>, password: Option<&str>) -> Redactor {
        let timeout = Duration::from_secs(1);
        Redactor::of(&Endpoint {
            location: Location::Tcp { host: "h".into(), port: 1 },
            tls: None,
            db: 0,
            username: username.map(str::to_owned),
            password: password.map(Secret::new),
            password_source: None,
            connect_timeout: timeout,
            response_timeout: timeout,
            retry: timeout,
            allow_stale_replica: false,
            is_single: false,
            server: None,
        })
    }

    fn text(password: &str, raw: &str) -> String {
        redactor(None, Some(password)).text(raw.as_bytes())
    }

    #[test]
    fn the_password_is_removed_wherever_a_server_repeats_it() {
        assert_eq!(
            text("hunter2", "ERR you sent AUTH hunter2, or AUTH hunter%32"),
            "ERR you sent AUTH ***, or AUTH ***"
        );
        assert_eq!(text("a\u{202e}b\n", "ERR a\u{202e}b\n a\\u{202e}b\\n"), "ERR *** ***");
    }

    #[test]
    fn quoted_arguments_are_left_out() {
        let raw = "ERR unknown command 'AUTH', with args beginning with: 'hun";
        assert_eq!(text("hunter2", raw), "ERR unknown command 'AUTH'");
    }

    #[test]
    fn a_user_name_is_a_secret_if_there_is_no_password() {
        let raw = b"WRONGPASS no user hunter2";
        assert_eq!(redactor(Some("hunter2"), None).text(raw), "WRONGPASS no user ***");
        assert_eq!(redactor(Some("hunter2"), Some("")).text(raw), "WRONGPASS no user ***");
        assert_eq!(redactor(Some("hunter2"), Some("p4ssword")).text(raw), "WRONGPASS no user hunter2");
    }

    #[test]
    fn a_password_that_is_an_ordinary_word_does_not_change_what_an_error_means() {
        for (password, raw) in [
            ("LOADING", "LOADING Redis is loading the dataset in memory"),
            ("unknown command", "ERR unknown command 'DUMP'"),
            ("command", "NOPERM User a has no permissions to run the 'dump' command"),
            ("key", "NOPERM No permissions to access a key"),
            ("max number", "ERR max number of clients reached"),
            ("already exists", "ERR Library a already exists"),
        ] {
            assert_eq!(Refusal::of(&text(password, raw)), Refusal::of(raw), "{password}");
            assert_eq!(text(password, raw), raw);
        }
        assert_eq!(text("keyspace-9", "NOPERM no key AUTH keyspace-9"), "NOPERM no key AUTH ***");
    }

    #[test]
    fn errors_and_states_of_a_reply_are_cleaned_and_values_stay() {
        let same = |text: &'static str| Reply::Bulk(text.into());
        let mut reply = Reply::Array(vec![
            same("hunter2\n"),
            Reply::Error("ERR hunter2\x1b".into()),
            Reply::Status("hunter2".into()),
            Reply::Array(vec![Reply::Error("ERR hunter2".into()), Reply::Int(1), Reply::Nil]),
        ]);
        redactor(None, Some("hunter2")).clean(&mut reply);
        let expected = Reply::Array(vec![
            same("hunter2\n"),
            Reply::Error("ERR ***\\u{1b}".into()),
            Reply::Status("***".into()),
            Reply::Array(vec![Reply::Error("ERR ***".into()), Reply::Int(1), Reply::Nil]),
        ]);
        assert_eq!(reply, expected);
        let mut kind = Reply::Status("string".into());
        redactor(None, Some("string")).clean(&mut kind);
        assert_eq!(kind, Reply::Status("string".into()));
    }
}
