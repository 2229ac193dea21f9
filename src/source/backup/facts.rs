//! What a file says about itself, before its first key.

use std::time::{Duration, SystemTime};

use crate::job::BackupPath;
use crate::payload::Origin;
use crate::rdb::FileHeader;
use crate::version::{Flavour, Version};

/// What a file says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct BackupFacts {
    /// As the job names it; `standard input` where it is that.
    pub name: String,
    /// Its size in bytes, as it lies there; `None` where it comes through a pipe.
    pub size: Option<u64>,
    /// Whose file it is, and of which RDB version.
    pub header: FileHeader,
    /// Whose server wrote it. Valkey wrote files with Redis' header before 9.0.
    pub flavour: Flavour,
    /// That server's version, where the file tells it (`redis-ver`, `valkey-ver`).
    pub version: Option<Version>,
    /// When it was begun, where the file tells it (`ctime`).
    pub created: Option<SystemTime>,
    /// Whether it is the beginning of an AOF: what was written after it stands behind it, or in other files, as commands.
    pub begins_aof: bool,
}

impl BackupFacts {
    /// What is known from the header alone.
    pub(super) fn of(path: &BackupPath, size: Option<u64>, header: FileHeader) -> Self {
        Self {
            name: path.to_string(),
            size,
            header,
            flavour: header.flavour,
            version: None,
            created: None,
            begins_aof: false,
        }
    }

    /// Takes note of something that the file says of itself. What is not understood is not needed.
    pub(super) fn note(&mut self, name: &[u8], value: &[u8]) {
        let Ok(text) = str::from_utf8(value) else { return };
        match name {
            // Valkey writes both: that of the Redis that it passes for, and its own.
            b"redis-ver" if self.flavour == Flavour::Redis => self.version = text.parse().ok(),
            b"valkey-ver" => (self.flavour, self.version) = (Flavour::Valkey, text.parse().ok()),
            b"ctime" => {
                let seconds = text.parse().ok().map(Duration::from_secs);
                self.created = seconds.and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(seconds));
            }
            // The latter since Redis 7.0.
            b"aof-preamble" | b"aof-base" => self.begins_aof = text != "0",
            _ => {}
        }
    }

    /// Who wrote its payloads.
    #[must_use]
    pub fn origin(&self) -> Origin {
        match self.version {
            Some(version) => Origin::of(self.flavour, version),
            None => Origin::of_file(self.flavour),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(flavour: Flavour, aux: &[(&str, &str)]) -> BackupFacts {
        let header = FileHeader { flavour, version: 11 };
        let mut facts = BackupFacts::of(&BackupPath::StandardInput, None, header);
        for (name, value) in aux {
            facts.note(name.as_bytes(), value.as_bytes());
        }
        facts
    }

    #[test]
    fn the_server_that_wrote_a_file_is_told_by_what_stands_in_it() {
        let redis = facts(Flavour::Redis, &[("redis-ver", "7.2.4"), ("redis-bits", "64"), ("ctime", "1700000000")]);
        assert_eq!((redis.flavour, redis.version.map(|it| it.to_string())), (Flavour::Redis, Some("7.2.4".to_owned())));
        assert_eq!(redis.created, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)));
        for aux in
            [[("redis-ver", "7.2.4"), ("valkey-ver", "8.1.0")], [("valkey-ver", "8.1.0"), ("redis-ver", "7.2.4")]]
        {
            let valkey = facts(Flavour::Redis, &aux);
            assert_eq!(valkey.origin(), Origin::of(Flavour::Valkey, Version { major: 8, minor: 1, patch: 0 }));
        }
        assert_eq!(facts(Flavour::Valkey, &[]).origin(), Origin::of_file(Flavour::Valkey));
    }

    #[test]
    fn the_beginning_of_an_aof_says_so() {
        let begins_aof = |name, value| facts(Flavour::Redis, &[(name, value)]).begins_aof;
        assert!(begins_aof("aof-preamble", "1") && begins_aof("aof-base", "1"));
        assert!(!begins_aof("aof-preamble", "0") && !begins_aof("redis-bits", "64"));
    }
}
