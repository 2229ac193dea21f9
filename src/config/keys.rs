//! The table of known keys: what variables, suggestions, schema and README go by.

use super::elements::{
    AtLeastOne, Bytes, Database, Element, ElementType, ExcludedPatterns, FilePath, Flag, Host, JobName, Kind,
    LaneCount, Password, Patterns, Pause, PipelineBatch, Port, RdbPath, ScanBatch, ServerUrl, SourceDatabase, Timeout,
    TypeNames, Username,
};
use crate::job::{LogMode, OnExisting, OnUnsupported};

/// A key of a job.
pub struct Key {
    /// Its path, as in `source.host`.
    pub path: &'static str,
    /// The variable that the script knew it by.
    pub script: Option<&'static str>,
    /// One line about it.
    pub about: &'static str,
    pub(super) element: ElementType,
}

impl Key {
    /// The variable that overrides it, as in `RKM_SOURCE__HOST`. A job's name cannot be overridden.
    #[must_use]
    pub fn variable(&self) -> Option<String> {
        self.is_overridable().then(|| format!("RKM_{}", self.path.to_uppercase().replace('.', "__")))
    }

    pub(super) fn is_overridable(&self) -> bool {
        self.path != "name"
    }

    pub(super) fn is_secret(&self) -> bool {
        self.element.kind == Kind::Secret
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.path)
    }
}

const fn key<E: Element>(path: &'static str, script: Option<&'static str>, about: &'static str) -> Key {
    Key { path, script, about, element: ElementType::of::<E>() }
}

/// The key with this path.
pub(super) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

/// Whether keys stand below this path.
pub(super) fn is_table(path: &str) -> bool {
    TABLES.iter().any(|(table, _)| *table == path)
}

/// The tables that keys stand in.
pub(super) const TABLES: [(&str, &str); 3] = [
    ("source", "Where keys are read from."),
    ("destination", "Where keys are written to."),
    ("error_log", "Where failed keys are written down."),
];

/// Every key there is.
pub const KEYS: &[Key] = &[
    key::<JobName>("name", None, "Names the job in summaries, in `--job` and in overrides. Unique in the whole run."),
    key::<Host>("source.host", Some("SOURCE_REDIS_HOST"), "Host name or IP address, without port."),
    key::<Port>("source.port", Some("SOURCE_REDIS_PORT"), "Port."),
    key::<SourceDatabase>(
        "source.db",
        Some("SOURCE_REDIS_DB_INDEX"),
        "Database index; of a file (`source.rdb`) also `all`, where each key goes to the one that it comes from.",
    ),
    key::<Username>("source.username", None, "ACL user; without one, the login is that of `default`."),
    key::<Password>("source.password", None, "Password; needs no escaping."),
    key::<FilePath>("source.password_file", None, "File that holds the password; a newline at its end is dropped."),
    key::<ServerUrl>("source.url", None, "`redis://[user[:password]@]host[:port][/db]`, instead of the single keys."),
    key::<RdbPath>(
        "source.rdb",
        None,
        "RDB file that keys are read from, instead of a server; `-` is standard input. May be packed by gzip.",
    ),
    key::<Timeout>("source.connect_timeout", None, "How long to wait for a connection."),
    key::<Timeout>("source.response_timeout", None, "How long to wait for an answer."),
    key::<Host>(
        "destination.host",
        Some("DESTINATION_REDIS_HOST"),
        "Host name or IP address, without port. Has to be given, unless `destination.url` is.",
    ),
    key::<Port>("destination.port", Some("DESTINATION_REDIS_PORT"), "Port."),
    key::<Database>("destination.db", Some("DESTINATION_REDIS_DB_INDEX"), "Database index."),
    key::<Username>("destination.username", None, "ACL user; without one, the login is that of `default`."),
    key::<Password>("destination.password", None, "Password; needs no escaping."),
    key::<FilePath>(
        "destination.password_file",
        None,
        "File that holds the password; a newline at its end is dropped.",
    ),
    key::<ServerUrl>(
        "destination.url",
        None,
        "`redis://[user[:password]@]host[:port][/db]`, instead of the single keys.",
    ),
    key::<Timeout>("destination.connect_timeout", None, "How long to wait for a connection."),
    key::<Timeout>("destination.response_timeout", None, "How long to wait for an answer."),
    key::<Patterns>(
        "match",
        Some("SCAN_MATCH_PATTERN"),
        "Which keys: a glob pattern as Redis knows them, or a list of patterns of which one has to match.",
    ),
    key::<ExcludedPatterns>("exclude", None, "Keys that are left alone although they match."),
    key::<TypeNames>(
        "types",
        None,
        "Only keys of these types: `string`, `list`, `set`, `zset`, `hash`, `stream`, or the name of a module's type.",
    ),
    key::<ScanBatch>(
        "scan_batch_size",
        Some("SCAN_BATCH_SIZE"),
        "`COUNT` of each `SCAN` call: how long one call may hold the source.",
    ),
    key::<LaneCount>(
        "lanes",
        None,
        "Parts of the keyspace that are scanned at once: `auto` takes one where the source is near, more where it is far.",
    ),
    key::<PipelineBatch>(
        "pipeline_batch_size",
        Some("PIPELINE_BATCH_SIZE"),
        "Writes in one pipeline: the load on the destination, and the memory used here.",
    ),
    key::<AtLeastOne>(
        "max_processed_existing_keys",
        Some("MAX_PROCESSED_EXISTING_KEYS_LIMIT"),
        "After this many existing keys, the job sleeps once.",
    ),
    key::<Pause>(
        "sleep",
        Some("SLEEP_TIME"),
        "Pause after each executed pipeline of new keys except the last, and after every \
         `max_processed_existing_keys` existing ones.",
    ),
    key::<AtLeastOne>("max_keys_per_second", None, "The job reads no more keys a second than this."),
    key::<Bytes>(
        "max_bytes_per_second",
        None,
        "The job moves no more payload bytes a second than this, as in `50MiB`.",
    ),
    key::<Timeout>(
        "max_source_latency",
        None,
        "The job backs off while the source takes longer than this to answer a `PING`.",
    ),
    key::<AtLeastOne>(
        "max_errored_keys",
        Some("MAX_ERRORED_KEYS_LIMIT"),
        "The job stops when this many keys have failed.",
    ),
    key::<OnExisting>(
        "on_existing",
        None,
        "What happens to a key that the destination already has: `skip` leaves it alone, `replace` writes over it.",
    ),
    key::<OnUnsupported>(
        "on_unsupported",
        None,
        "What happens to a hash whose fields expire where the destination knows no such thing: `fail` leaves it out, \
         `drop-field-ttl` carries it with fields that stay.",
    ),
    key::<Flag>("functions", None, "Whether libraries of functions that a file (`source.rdb`) holds are restored."),
    key::<FilePath>(
        "error_log.path",
        Some("ERROR_LOG_FILENAME"),
        "Where failed keys are written down; relative to the current directory.",
    ),
    key::<LogMode>(
        "error_log.mode",
        Some("FILEMOD"),
        "What happens to a log that is there already: `overwrite` (or `w`) empties it once a run, `append` (or `a`) \
         adds to it.",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_script_knew_fourteen_variables() {
        let names: BTreeSet<_> = KEYS.iter().filter_map(|key| key.script).collect();
        assert_eq!(names.len(), 14);
    }

    #[test]
    fn every_path_is_there_once_and_every_table_has_keys() {
        let paths: BTreeSet<_> = KEYS.iter().map(|key| key.path).collect();
        assert_eq!(paths.len(), KEYS.len());
        for (table, _) in TABLES {
            assert!(paths.iter().any(|path| path.starts_with(&format!("{table}."))), "{table}");
        }
    }

    #[test]
    fn a_level_down_is_two_underscores_in_variables() {
        assert_eq!(find("source.host").and_then(Key::variable).as_deref(), Some("RKM_SOURCE__HOST"));
        assert_eq!(find("sleep").and_then(Key::variable).as_deref(), Some("RKM_SLEEP"));
        assert_eq!(find("name").and_then(Key::variable), None);
    }
}
