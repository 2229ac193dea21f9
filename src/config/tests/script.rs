//! Runs like the script: with variables, without a file.

use std::time::Duration;

use insta::assert_snapshot;

use super::{Scene, server};

const ALL: [(&str, &str); 14] = [
    ("SOURCE_REDIS_HOST", "src"),
    ("SOURCE_REDIS_PORT", "7001"),
    ("SOURCE_REDIS_DB_INDEX", "1"),
    ("DESTINATION_REDIS_HOST", "dst"),
    ("DESTINATION_REDIS_PORT", "7002"),
    ("DESTINATION_REDIS_DB_INDEX", "2"),
    ("SCAN_MATCH_PATTERN", "[\"a\"]*"),
    ("SCAN_BATCH_SIZE", "10"),
    ("PIPELINE_BATCH_SIZE", "20"),
    ("MAX_PROCESSED_EXISTING_KEYS_LIMIT", "30"),
    ("SLEEP_TIME", "0.25"),
    ("MAX_ERRORED_KEYS_LIMIT", "40"),
    ("ERROR_LOG_FILENAME", "x.log"),
    ("FILEMOD", "a"),
];

fn with_all(scene: Scene) -> Scene {
    ALL.iter().fold(scene, |scene, (name, value)| scene.env(name, value))
}

#[test]
fn without_a_file_the_fourteen_variables_make_one_job() {
    let scene = with_all(Scene::new());
    assert_snapshot!(scene.shows(""), @r#"
    default name = "default" (default)
    default source.host = "src" (SOURCE_REDIS_HOST)
    default source.port = 7001 (SOURCE_REDIS_PORT)
    default source.db = 1 (SOURCE_REDIS_DB_INDEX)
    default source.connect_timeout = "5s" (default)
    default source.response_timeout = "60s" (default)
    default source.retry = "5m" (default)
    default source.allow_stale_replica = false (default)
    default destination.host = "dst" (DESTINATION_REDIS_HOST)
    default destination.port = 7002 (DESTINATION_REDIS_PORT)
    default destination.db = 2 (DESTINATION_REDIS_DB_INDEX)
    default destination.connect_timeout = "5s" (default)
    default destination.response_timeout = "60s" (default)
    default destination.retry = "5m" (default)
    default enabled = true (default)
    default match = '["a"]*' (SCAN_MATCH_PATTERN)
    default scan_batch_size = 10 (SCAN_BATCH_SIZE)
    default lanes = "auto" (default)
    default pipeline_batch_size = 20 (PIPELINE_BATCH_SIZE)
    default max_processed_existing_keys = 30 (MAX_PROCESSED_EXISTING_KEYS_LIMIT)
    default sleep = "0.25s" (SLEEP_TIME)
    default max_errored_keys = 40 (MAX_ERRORED_KEYS_LIMIT)
    default on_existing = "skip" (default)
    default on_unsupported = "fail" (default)
    default functions = false (default)
    default share_walk = true (default)
    default verify = "off" (default)
    default verify_extra = "differ" (default)
    default verify_log = "redis-keys-migrator-differences.jsonl" (default)
    default error_log.path = "x.log" (ERROR_LOG_FILENAME)
    default error_log.mode = "append" (FILEMOD)
    default error_log.format = "text" (default)
    "#);
    assert_eq!(scene.only_job().sleep, Duration::from_millis(250));
}

#[test]
fn without_a_file_stronger_layers_apply_as_usual() {
    let scene = with_all(Scene::new())
        .env("RKM_SLEEP", "2s")
        .env("RKM_JOB__DEFAULT__SOURCE__PORT", "9")
        .set("job.default.match=m")
        .set("on_existing=replace");
    let job = scene.only_job();
    assert_eq!((job.sleep, server(&job).address().as_str()), (Duration::from_secs(2), "src:9"));
    assert_eq!(job.selection.matches[0].as_bytes(), b"m");
}

#[test]
fn with_a_file_they_change_nothing_loudly() {
    let scene = with_all(Scene::job(""));
    assert_eq!(scene.shows(""), Scene::job("").shows(""));
    assert_snapshot!(scene.warnings(), @r"
        ignored, because there are job files: SOURCE_REDIS_HOST, SOURCE_REDIS_PORT, SOURCE_REDIS_DB_INDEX, DESTINATION_REDIS_HOST, DESTINATION_REDIS_PORT, DESTINATION_REDIS_DB_INDEX, SCAN_MATCH_PATTERN, SCAN_BATCH_SIZE, PIPELINE_BATCH_SIZE, MAX_PROCESSED_EXISTING_KEYS_LIMIT, SLEEP_TIME, MAX_ERRORED_KEYS_LIMIT, ERROR_LOG_FILENAME, FILEMOD
          hint: with `--script-variables` they override the files
    ");
    assert_eq!(Scene::job("").warnings(), "");
}

#[test]
fn with_a_file_they_count_when_asked_to_over_the_file_and_below_the_rest() {
    let scene = with_all(Scene::job("source.host = \"h\"")).script_variables().env("RKM_SLEEP", "2s");
    let job = scene.only_job();
    assert_eq!((server(&job).address().as_str(), job.sleep), ("src:7001", Duration::from_secs(2)));
    assert_eq!(scene.warnings(), "");
}

#[test]
fn wrong_values_are_named_by_their_variable() {
    let scene = Scene::new()
        .env("DESTINATION_REDIS_HOST", "x")
        .env("SLEEP_TIME", "-1")
        .env("FILEMOD", "x")
        .env("SCAN_BATCH_SIZE", "0")
        .env("SCAN_MATCH_PATTERN", "")
        .env("SOURCE_REDIS_PORT", "");
    assert_snapshot!(scene.faults(), @r#"
        SOURCE_REDIS_PORT: `source.port` is "", but must be a whole number, between 1 and 65535
        SCAN_MATCH_PATTERN: `match` is "", but must be a pattern that is not empty, or a list of such patterns
        SCAN_BATCH_SIZE: `scan_batch_size` is 0, but must be between 1 and 1000000
        SLEEP_TIME: `sleep` is "-1", but must be a number of seconds, such as 1, 0.25 or 0
        FILEMOD: `error_log.mode` is "x", but must be "overwrite" or "append" (or, in short, "w" or "a")
    "#);
}

#[test]
fn an_empty_destination_is_wrong_not_missing() {
    assert_snapshot!(Scene::new().env("DESTINATION_REDIS_HOST", "").faults(), @r#"DESTINATION_REDIS_HOST: `destination.host` is "", but must be a host name or an IP address, without port"#);
}
