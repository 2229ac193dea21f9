//! The table of known keys. Variables, hints, the schema and the reference are generated from it.

use std::sync::LazyLock;

use super::elements::{
    AtLeastOne, Bytes, Element, ElementType, ExcludedPatterns, FilePath, Flag, JobName, KeyListPath, LaneCount,
    Patterns, Pause, PipelineBatch, Prefix, ScanBatch, Tags, Timeout, TypeNames, ValueKind,
};
use super::endpoint_keys::{ROWS, Row, SIDES};
use super::endpoint_parts::{Part, Rule};
use crate::error::Side;
use crate::job::{LogLines, LogMode, OnExisting, OnUnsupported, VerifyExtra, VerifyMode};

/// A key of a job.
pub struct ConfigKey {
    /// Its path, such as `source.host`.
    pub path: &'static str,
    /// The variable of the script.
    pub script: Option<&'static str>,
    /// One line about it.
    pub about: &'static str,
    pub(super) element: ElementType,
    /// The side and the part of the endpoint, if it is a key of an endpoint.
    pub(super) endpoint: Option<(Side, Part)>,
}

impl ConfigKey {
    /// The variable that overrides it, such as `RKM_SOURCE__HOST`. A job's name cannot be overridden.
    #[must_use]
    pub fn variable(&self) -> Option<String> {
        self.is_overridable().then(|| format!("RKM_{}", self.in_variables()))
    }

    /// `SOURCE__HOST`.
    pub(super) fn in_variables(&self) -> String {
        self.path.to_uppercase().replace('.', "__")
    }

    pub(super) fn is_overridable(&self) -> bool {
        self.path != "name"
    }

    pub(super) fn is_of(&self, side: Side) -> bool {
        self.endpoint.is_some_and(|(of, _)| of == side)
    }

    pub(super) fn is_part(&self, parts: &[Part]) -> bool {
        self.endpoint.is_some_and(|(_, part)| parts.contains(&part))
    }

    /// Keys of its endpoint that exclude it within a layer.
    pub(super) fn excludes(&self) -> impl Iterator<Item = &'static ConfigKey> {
        self.ruled_out(|rule| rule.excludes)
    }

    /// Keys of its endpoint that it displaces from weaker layers.
    pub(super) fn displaces(&self) -> impl Iterator<Item = &'static ConfigKey> {
        self.ruled_out(|rule| rule.displaces)
    }

    fn ruled_out(&self, parts: fn(&'static Rule) -> &'static [Part]) -> impl Iterator<Item = &'static ConfigKey> {
        let (path, rule) = (self.path, self.endpoint.and_then(|(side, part)| Some((side, part.rule()?))));
        let others = rule.map(|(side, rule)| of_side(side).filter(move |other| other.is_part(parts(rule))));
        others.into_iter().flatten().filter(move |other| other.path != path)
    }

    pub(super) fn is_secret(&self) -> bool {
        self.element.kind == ValueKind::Secret
    }
}

impl std::fmt::Debug for ConfigKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.path)
    }
}

const fn key<E: Element>(path: &'static str, script: Option<&'static str>, about: &'static str) -> ConfigKey {
    ConfigKey { path, script, about, element: ElementType::of::<E>(), endpoint: None }
}

/// The key with this path.
pub(super) fn find(path: &str) -> Option<&'static ConfigKey> {
    KEYS.iter().find(|key| key.path == path)
}

/// The key of this name at one side.
pub(super) fn of(side: Side, name: &str) -> &'static ConfigKey {
    find(&format!("{side}.{name}")).expect("a name of the table of an endpoint's keys")
}

/// The keys of one side.
pub(super) fn of_side(side: Side) -> impl Iterator<Item = &'static ConfigKey> {
    KEYS.iter().filter(move |key| key.is_of(side))
}

/// Whether this is the path of a table of keys.
pub(super) fn is_table(path: &str) -> bool {
    TABLES.iter().any(|(table, _)| *table == path)
}

/// The tables of keys, each with one line about it.
pub(super) const TABLES: [(&str, &str); 6] = [
    ("source", "Where keys are read from."),
    ("destination", "Where keys are written to."),
    ("source.tls", "How connections to the source are encrypted."),
    ("destination.tls", "How connections to the destination are encrypted."),
    ("rename", "The names of keys at the destination."),
    ("error_log", "Where failed keys are recorded."),
];

/// Every key.
pub static KEYS: LazyLock<Vec<ConfigKey>> = LazyLock::new(|| {
    let of_side =
        |side| ROWS.iter().filter(move |row| row.sides.contains(&side)).map(move |row| of_endpoint(side, row));
    [NAME].into_iter().chain(SIDES.into_iter().flat_map(of_side)).chain(OF_JOB).collect()
});

/// The texts are leaked, because the table lives as long as the program.
fn of_endpoint(side: Side, row: &Row) -> ConfigKey {
    let prefix = side.to_string().to_uppercase();
    ConfigKey {
        path: format!("{side}.{}", row.name).leak(),
        script: row.script.map(|name| &*format!("{prefix}_REDIS_{name}").leak()),
        about: row.about,
        element: row.element,
        endpoint: Some((side, row.part)),
    }
}

const NAME: ConfigKey =
    key::<JobName>("name", None, "Names the job in summaries, in `--job` and in overrides. Unique in the whole run.");

const OF_JOB: [ConfigKey; 32] = [
    key::<Flag>("enabled", None, "Whether the job is run. A disabled job is checked, and listed as `disabled`."),
    key::<Tags>("tags", None, "Words that select jobs with `--tag` and `--skip-tag`."),
    key::<Patterns>(
        "match",
        Some("SCAN_MATCH_PATTERN"),
        "Keys to move: a glob pattern, as in Redis, or a list of patterns. A key must match at least one of them.",
    ),
    key::<ExcludedPatterns>(
        "exclude",
        None,
        "Keys that are not moved although they match: a pattern or a list of patterns.",
    ),
    key::<TypeNames>(
        "types",
        None,
        "Only keys of these types: `string`, `list`, `set`, `zset`, `hash`, `stream`, or the name of a module's type.",
    ),
    key::<Pause>("min_ttl", None, "Only keys that expire no sooner than this after the start of the job, or never."),
    key::<Timeout>("max_ttl", None, "Only keys that expire no later than this after the start of the job."),
    key::<KeyListPath>(
        "keys_from",
        None,
        "Only the keys in this file, one a line, as they are or quoted as by `redis-cli`. They must match, too.",
    ),
    key::<Prefix>(
        "rename.strip_prefix",
        None,
        "This prefix is removed from the names of keys at the destination. Every pattern in `match` must begin with it.",
    ),
    key::<Prefix>(
        "rename.add_prefix",
        None,
        "This prefix is added to the names of keys at the destination, after `strip_prefix` is removed.",
    ),
    key::<AtLeastOne>(
        "min_keys",
        None,
        "The least number of keys that must match. If fewer keys match, the status of the job is `too-few`, and the exit code \
         is 1.",
    ),
    key::<ScanBatch>(
        "scan_batch_size",
        Some("SCAN_BATCH_SIZE"),
        "`COUNT` of each `SCAN` call. A larger value blocks the source for a longer time in each call.",
    ),
    key::<LaneCount>(
        "lanes",
        None,
        "Parts of the keyspace that are scanned in parallel. `auto` uses one part if the source is near, and more if it is \
         distant.",
    ),
    key::<PipelineBatch>(
        "pipeline_batch_size",
        Some("PIPELINE_BATCH_SIZE"),
        "Writes in one pipeline. A larger value means more load on the destination, and more memory for this program.",
    ),
    key::<AtLeastOne>(
        "max_processed_existing_keys",
        Some("MAX_PROCESSED_EXISTING_KEYS_LIMIT"),
        "The job pauses for `sleep` after this many existing keys.",
    ),
    key::<Pause>(
        "sleep",
        Some("SLEEP_TIME"),
        "Pause after each executed pipeline of new keys except the last, and after every \
         `max_processed_existing_keys` existing ones.",
    ),
    key::<AtLeastOne>("max_keys_per_second", None, "The maximum number of keys that the job reads per second."),
    key::<Bytes>(
        "max_bytes_per_second",
        None,
        "The maximum number of payload bytes that the job moves per second, such as `50MiB`.",
    ),
    key::<Timeout>(
        "max_source_latency",
        None,
        "The job slows down while the source takes longer than this to answer a `PING`.",
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
        "What happens to a hash whose fields expire if the destination does not support that: `fail` leaves it out, \
         `drop-field-ttl` copies it without the expiry of its fields.",
    ),
    key::<Flag>("functions", None, "Whether the function libraries of the source are restored."),
    key::<Flag>(
        "share_walk",
        None,
        "Whether the job shares one walk over the source with the jobs next to it that have the same endpoints and pace.",
    ),
    key::<FilePath>(
        "checkpoint",
        None,
        "Where progress is kept, so that `run --resume` can continue; relative to the current directory. `{job}` is the name \
         of the job.",
    ),
    key::<VerifyMode>(
        "verify",
        None,
        "Whether source and destination are compared after the job: `off`, `sample` compares a random sample of the keys, \
         `full` every key.",
    ),
    key::<VerifyExtra>(
        "verify_extra",
        None,
        "Whether keys that only the destination has are differences: `differ`, or `ignore`, which only counts them.",
    ),
    key::<Pause>(
        "verify_tolerance",
        None,
        "Expiries that are this close are equal. Without it, `0s` if both servers have `PEXPIRETIME`, else `200ms`.",
    ),
    key::<FilePath>(
        "verify_log",
        None,
        "Where differences are recorded, as JSON Lines; relative to the current directory. `{job}` is the name of the job.",
    ),
    key::<FilePath>(
        "error_log.path",
        Some("ERROR_LOG_FILENAME"),
        "Where failed keys are recorded; relative to the current directory. `{job}` is the name of the job.",
    ),
    key::<LogMode>(
        "error_log.mode",
        Some("FILEMOD"),
        "What happens to an existing log: `overwrite` (or `w`) empties it once a run, `append` (or `a`) \
         adds to it.",
    ),
    key::<LogLines>(
        "error_log.format",
        None,
        "What a line of the log is: `text` for fields as `name=value`, `json` for a JSON object.",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_script_has_fourteen_variables() {
        let names: BTreeSet<_> = KEYS.iter().filter_map(|key| key.script).collect();
        assert_eq!(names.len(), 14);
    }

    #[test]
    fn every_path_is_unique_and_every_table_has_keys() {
        let paths: BTreeSet<_> = KEYS.iter().map(|key| key.path).collect();
        assert_eq!(paths.len(), KEYS.len());
        for (table, _) in TABLES {
            assert!(paths.iter().any(|path| path.starts_with(&format!("{table}."))), "{table}");
        }
    }

    #[test]
    fn a_level_down_is_two_underscores_in_variables() {
        assert_eq!(find("source.host").and_then(ConfigKey::variable).as_deref(), Some("RKM_SOURCE__HOST"));
        assert_eq!(find("sleep").and_then(ConfigKey::variable).as_deref(), Some("RKM_SLEEP"));
        assert_eq!(find("name").and_then(ConfigKey::variable), None);
    }
}
