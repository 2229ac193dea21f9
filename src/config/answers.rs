//! Names that users try, and what to write instead. If something does not exist, the answer says so.

/// The answer for a name of a key: the last part of its path, in any spelling.
pub(super) fn answer(path: &str) -> Option<&'static str> {
    let last = path.rsplit('.').next().unwrap_or(path);
    let name = last.to_lowercase().replace('-', "_");
    ANSWERS.iter().find(|(names, _)| names.split(' ').any(|known| known == name)).map(|(_, text)| *text)
}

/// Names in lower case, with a space between two names and `_` between two words, and the answer for them.
const ANSWERS: [(&str, &str); 48] = [
    ("job jobs defaults", "each job is a `[[job]]` of its own, and values for all jobs of a file are in `[defaults]`"),
    (
        "tls ssl use_tls use_ssl tls_ca ca ca_file ca_cert cert cert_file certificate tls_cert cacert tls_key insecure verify_peer skip_verify",
        "TLS is given as `tls` of `source` or `destination`, such as tls = true or tls = { ca_file = \"ca.pem\" }",
    ),
    (
        "pass passwd pwd auth requirepass secret credentials masterauth",
        "the password is given as `password`, `password_file` or `password_command` of `source` or `destination`",
    ),
    ("user login acl_user user_name", "the user is given as `username` of `source` or `destination`"),
    (
        "uri dsn connection connection_string address addr server servers redis valkey",
        "a server is given as `url`, or as `host` and `port`, of `source` or `destination`",
    ),
    ("hostname ip host_name", "the server is given as `host` of `source` or `destination`"),
    ("unix unix_socket unixsocket sock socket_path", "a Unix socket is given as `socket` of `source` or `destination`"),
    (
        "database databases db_index dbs index db_number dbnum database_index",
        "the database is given as `db` of `source` or `destination`",
    ),
    ("from src old origin input in", "keys are read from the `source`, such as source = { host = \"10.0.0.5\" }"),
    (
        "to dst dest target sink new out",
        "keys are written to the `destination`, such as destination = { host = \"10.1.2.3\" }",
    ),
    ("file dump rdb_file backup snapshot rdb_path", "a backup is given as `source.rdb`, the path of an RDB file"),
    (
        "timeout socket_timeout read_timeout write_timeout command_timeout connection_timeout timeout_ms",
        "timeouts are given as `connect_timeout` and `response_timeout` of `source` or `destination`",
    ),
    (
        "retries max_retries retry_count attempts max_attempts reconnect backoff retry_delay",
        "how long to reconnect is given as `retry` of `source` or `destination`, such as retry = \"5m\"",
    ),
    (
        "cluster nodes seeds cluster_mode startup_nodes",
        "a cluster is given as `cluster` of `source` or `destination`, a list of nodes, or as `host` and `port` of one of them",
    ),
    (
        "sentinel sentinels service service_name master_name master_set",
        "Sentinels are given as `sentinel` and `service` of `source` or `destination`",
    ),
    (
        "replica read_from prefer_replica replicaof",
        "a replica is read if `read_from` of a `source` with `sentinel` or `cluster` is \"replica\", or if `host` and `port` are its own",
    ),
    (
        "readonly read_only protected",
        "an endpoint that must never be written to has `read_only = true` in `source` or `destination`",
    ),
    (
        "prefix prefixes pattern patterns keys key glob filter filters include includes scan_match key_pattern only select matches regex where",
        "the keys to move are given as `match`, a pattern or a list of patterns, such as match = \"user:*\"",
    ),
    (
        "ignore except not exclude_pattern exclude_patterns blacklist denylist skip_keys",
        "keys to leave out are given as `exclude`, a pattern or a list of patterns",
    ),
    (
        "key_type key_types data_type data_types only_types",
        "the types of the keys to move are given as `types`, such as types = [\"string\", \"hash\"]",
    ),
    (
        "ttl expire expires expiry expiration keep_ttl preserve_ttl with_ttl",
        "every key keeps its expiry; `min_ttl` and `max_ttl` select keys by it",
    ),
    (
        "key_file keys_file key_list key_names names from_file",
        "the names of the keys to move are given as `keys_from`, the path of a file with one name a line",
    ),
    (
        "rename_to strip_prefix add_prefix new_prefix key_prefix replace_prefix map",
        "names are changed by `rename`, such as rename = { strip_prefix = \"old:\", add_prefix = \"new:\" }",
    ),
    ("limit max_keys sample", "a job moves all keys that match; to move fewer, narrow `match`"),
    (
        "enable disabled disable active skip when if",
        "a job that is not run has `enabled = false`; `--job NAME` selects the jobs to run",
    ),
    (
        "profile profiles extends import include_file template base",
        "values that jobs share are in `[defaults]`, and those of a profile in `[profile.NAME.defaults]`",
    ),
    (
        "env environment vars variables env_file",
        "there is no such key: variables such as `RKM_SOURCE__HOST` override values",
    ),
    ("tag labels groups", "words that select jobs are given as `tags`, a list, such as tags = [\"eu\"]"),
    ("description comment title id label owner notes", "there is no such key: write a comment after a `#`"),
    ("schedule cron every at", "there is no such key: a run moves keys once; start it by cron or CI"),
    (
        "replace overwrite force existing conflict on_conflict on_exist if_exists update upsert mode no_overwrite skip_existing",
        "existing keys are left alone, or written over with on_existing = \"replace\"",
    ),
    (
        "delete move remove delete_source delete_after purge unlink prune",
        "there is no such key: keys are copied, and never deleted at the source or at the destination",
    ),
    ("flush flushdb flush_destination truncate clear empty", "there is no such key: the destination is never emptied"),
    (
        "follow live sync replicate replication psync via cdc watch continuous",
        "there is no such key: writes during a run are not followed; run the job again for new keys",
    ),
    (
        "compare validate verification verify_mode checksum check_values diff",
        "source and destination are compared after the job by `verify`, such as verify = \"full\"",
    ),
    (
        "resume checkpoint_file checkpoints state state_file cursor",
        "progress is kept in the file that `checkpoint` names, and `run --resume` continues from there",
    ),
    (
        "hooks hook before after before_job after_job on_failure notify webhook",
        "there is no such key: a script can run commands before and after the run, and use its exit code",
    ),
    (
        "max_errors error_limit max_failures max_failed max_failed_keys errors stop_after fail_fast",
        "how many keys may fail before the job stops is given as `max_errored_keys`",
    ),
    (
        "batch_size batch batches count scan_count page_size chunk_size bulk_size",
        "the batch sizes are `scan_batch_size` (keys of one `SCAN`) and `pipeline_batch_size` (writes in one pipeline)",
    ),
    (
        "pipeline pipeline_size pipelining pipeline_count",
        "the number of writes in one pipeline is given as `pipeline_batch_size`",
    ),
    (
        "concurrency threads workers parallel parallelism jobs_in_parallel connections max_connections pool pool_size shards",
        "there is no such key: `lanes` sets in how many parts the source is scanned; jobs are run one after another",
    ),
    (
        "rate rate_limit ratelimit throttle qps ops max_rate max_ops speed bandwidth max_bandwidth max_keys_per_sec",
        "the pace is limited by `max_keys_per_second`, `max_bytes_per_second` and `max_source_latency`",
    ),
    (
        "delay pause wait interval sleep_time sleep_ms sleep_seconds",
        "the pause between pipelines is given as `sleep`, such as sleep = \"250ms\"",
    ),
    (
        "memory max_memory buffer buffer_size big_key_threshold",
        "there is no such key: memory is bounded, and smaller with a smaller `pipeline_batch_size`",
    ),
    (
        "dry_run dryrun dry simulate noop test plan",
        "a dry run is an option of the command: `redis-keys-migrator run FILE --dry-run`",
    ),
    (
        "report output progress color colour verbose quiet debug log_level log_format format",
        "there is no such key: `redis-keys-migrator run --help` lists the options for reports, progress and logs",
    ),
    (
        "diff_file differences differences_file verify_file verify_path verify_report",
        "where differences are recorded is given as `verify_log`",
    ),
    (
        "log log_file logfile log_path error_file errors_file errorlog",
        "where failed keys are recorded is given as `error_log.path`",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::keys::{self, KEYS};

    #[test]
    fn a_name_has_one_answer_and_is_no_key() {
        let mut seen = BTreeSet::new();
        for name in ANSWERS.iter().flat_map(|(names, _)| names.split(' ')) {
            assert!(seen.insert(name), "{name} has two answers");
            assert!(keys::find(name).is_none(), "{name} is a key");
        }
    }

    #[test]
    fn the_keys_in_an_answer_exist() {
        let known = |word: &str| {
            let end = format!(".{word}");
            keys::is_table(word) || KEYS.iter().any(|key| key.path == word || key.path.ends_with(&end))
        };
        for (_, text) in ANSWERS {
            let quoted = text.split('`').skip(1).step_by(2);
            let keys =
                quoted.filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase() || b"._".contains(&byte)));
            for key in keys.filter(|word| *word != "existing") {
                assert!(known(key), "`{key}` in: {text}");
            }
        }
    }

    #[test]
    fn spelling_does_not_matter() {
        assert_eq!(answer("source.TLS"), answer("tls"));
        assert_eq!(answer("dry-run"), answer("dry_run"));
        assert!(answer("source.tls").is_some_and(|text| text.starts_with("TLS is given as")));
        assert_eq!(answer("sleeep"), None);
    }
}
