//! The facts about a backup that its file contains before the first key.

use std::time::{Duration, SystemTime};

use crate::job::BackupPath;
use crate::payload::Origin;
use crate::rdb::{Dialect, FileHeader};
use crate::version::{Flavour, Version};

/// The last second of the year 9999, the latest that RFC 3339 can write. A later `ctime` is no time.
const LAST_SECOND: u64 = 253_402_300_799;

/// The facts about a backup.
#[derive(Clone, Debug, PartialEq)]
pub struct BackupFacts {
    /// The path as it is in the job, or `standard input`.
    pub name: String,
    /// The size of the file in bytes, packed or not; `None` for a pipe.
    pub size: Option<u64>,
    /// The flavour and the RDB version in the header.
    pub header: FileHeader,
    /// The flavour of the server that wrote the file. Before 9.0, Valkey wrote Redis' header.
    pub flavour: Flavour,
    /// The version of that server, if the file contains it (`redis-ver`, `valkey-ver`).
    pub version: Option<Version>,
    /// The server that wrote the file, if it is none of Redis and Valkey, with its own version. `version` is then the
    /// version of Redis that it is compatible with.
    pub dialect: Option<(Dialect, String)>,
    /// When the server started to write, if the file contains it (`ctime`).
    pub created: Option<SystemTime>,
    /// Whether it is the beginning of an AOF: then later writes are commands after it, or in other files.
    pub begins_aof: bool,
}

impl BackupFacts {
    /// The facts that the header contains.
    pub(super) fn of(path: &BackupPath, size: Option<u64>, header: FileHeader) -> Self {
        Self {
            name: path.to_string(),
            size,
            header,
            flavour: header.flavour,
            version: None,
            dialect: None,
            created: None,
            begins_aof: false,
        }
    }

    /// Reads an auxiliary field. Unknown and invalid fields are ignored.
    pub(super) fn read_aux(&mut self, name: &[u8], value: &[u8]) {
        let Ok(text) = str::from_utf8(value) else { return };
        match name {
            // Valkey writes both: the Redis version that it is compatible with, and its own.
            b"redis-ver" if self.flavour == Flavour::Redis => self.version = text.parse().ok(),
            b"valkey-ver" => (self.flavour, self.version) = (Flavour::Valkey, text.parse().ok()),
            b"df-ver" => self.dialect = Dialect::of_aux(name).map(|dialect| (dialect, text.escape_debug().to_string())),
            b"ctime" => {
                let seconds = text.parse().ok().filter(|seconds| *seconds <= LAST_SECOND);
                self.created = seconds.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
            }
            // `aof-base` since Redis 7.0.
            b"aof-preamble" | b"aof-base" => self.begins_aof = text != "0",
            _ => {}
        }
    }

    /// The name and version of the server that wrote the file, for people.
    pub fn written_by(&self) -> String {
        let version = self.version.map(|version| format!(" {version}")).unwrap_or_default();
        let server = format!("{}{version}", self.flavour.name());
        match &self.dialect {
            Some((dialect, own)) => format!("{dialect} {own} (as {server})"),
            None => server,
        }
    }

    /// The warning for a file that is the beginning of an AOF.
    pub fn aof_warning(&self) -> String {
        format!(
            "the file `{}` is the beginning of an AOF: the commands after it, or in other files, are not read",
            self.name
        )
    }

    /// The server that wrote the payloads.
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
            facts.read_aux(name.as_bytes(), value.as_bytes());
        }
        facts
    }

    #[test]
    fn auxiliary_fields_identify_the_server_that_wrote_the_file() {
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
    fn a_ctime_that_is_no_time_is_ignored() {
        let created = |text| facts(Flavour::Redis, &[("ctime", text)]).created;
        assert!(created("253402300799").is_some());
        // The first is in ms.
        for text in ["1700000000000", "253402300800", "-1", "18446744073709551615", "18446744073709551616", "x", ""] {
            assert_eq!(created(text), None, "{text}");
        }
    }

    #[test]
    fn a_file_of_dragonfly_is_named() {
        let facts = facts(Flavour::Redis, &[("redis-ver", "7.4.0"), ("df-ver", "df-v1.30.0\x1b")]);
        assert_eq!(facts.written_by(), "Dragonfly df-v1.30.0\\u{1b} (as Redis 7.4.0)");
        assert_eq!(self::facts(Flavour::Valkey, &[]).written_by(), "Valkey");
    }

    #[test]
    fn the_beginning_of_an_aof_is_recognised() {
        let begins_aof = |name, value| facts(Flavour::Redis, &[(name, value)]).begins_aof;
        assert!(begins_aof("aof-preamble", "1") && begins_aof("aof-base", "1"));
        assert!(!begins_aof("aof-preamble", "0") && !begins_aof("redis-bits", "64"));
    }
}
