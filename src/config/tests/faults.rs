//! Every bad input has its message.

use std::time::Duration;

use insta::assert_snapshot;

use super::{Scene, server};

#[test]
fn every_fault_of_every_file_is_reported_in_one_go() {
    let scene = Scene::new()
        .file("a.toml", "[defaults]\nsleep = \"-1s\"\n\n[[job]]\nname = \"a\"\nscan_batch_size = 0\nmacth = \"x\"\nsleep = \"2s\"\n")
        .file("b.toml", "[[job]]\nname = \"b\"\nsource.hots = \"x\"\nsource.port = \"6379\"\n\n[[job]]\nmatch = \"\"\n")
        .env("RKM_SLEEEP", "1s")
        .set("on_existing=overwrite");
    assert_snapshot!(scene.faults(), @r#"
        a.toml:2: `sleep` is "-1s", but must be a duration of at most 365 days, such as "250ms", "1s" or "0s"
        a.toml:6: job `a`: `scan_batch_size` is 0, but must be between 1 and 1000000
        a.toml:7: job `a`: unknown key `macth`
          hint: did you mean `match`?
        b.toml:3: job `b`: unknown key `source.hots`
          hint: did you mean `source.host`?
        b.toml:4: job `b`: `source.port` is "6379", but must be a whole number, between 1 and 65535
          hint: write the number without quotes: 6379
        b.toml:6: `name` is missing
          hint: give each `[[job]]` a `name`
        b.toml:7: `match` is "", but must be a pattern that is not empty, or a list of such patterns
        RKM_SLEEEP: unknown variable
          hint: did you mean `RKM_SLEEP`?
        --set on_existing: `on_existing` is "overwrite", but must be "skip" or "replace"
        a.toml:4: job `a`: `source.host` is missing
          hint: give it, `source.socket`, `source.cluster`, `source.sentinel`, `source.url` or `source.rdb` in the job or in `[defaults]`, as variable `RKM_SOURCE__HOST`, or by `--set source.host=…`
        a.toml:4: job `a`: `destination.host` is missing
          hint: give it, `destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` in the job or in `[defaults]`, as variable `RKM_DESTINATION__HOST`, or by `--set destination.host=…`
        b.toml:1: job `b`: `source.host` is missing
          hint: give it, `source.socket`, `source.cluster`, `source.sentinel`, `source.url` or `source.rdb` in the job or in `[defaults]`, as variable `RKM_SOURCE__HOST`, or by `--set source.host=…`
        b.toml:1: job `b`: `destination.host` is missing
          hint: give it, `destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` in the job or in `[defaults]`, as variable `RKM_DESTINATION__HOST`, or by `--set destination.host=…`
        b.toml:6: `source.host` is missing
          hint: give it, `source.socket`, `source.cluster`, `source.sentinel`, `source.url` or `source.rdb` in the job or in `[defaults]`, as variable `RKM_SOURCE__HOST`, or by `--set source.host=…`
        b.toml:6: `destination.host` is missing
          hint: give it, `destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` in the job or in `[defaults]`, as variable `RKM_DESTINATION__HOST`, or by `--set destination.host=…`
    "#);
}

#[test]
fn an_unknown_key_has_a_hint_with_the_nearest_one() {
    assert_snapshot!(Scene::job("sleeep = \"1s\"").faults(), @r"
        a.toml:4: job `a`: unknown key `sleeep`
          hint: did you mean `sleep`?
    ");
    assert_snapshot!(Scene::job("source_host = \"x\"").faults(), @r"
        a.toml:4: job `a`: unknown key `source_host`
          hint: did you mean `source.host`?
    ");
    assert_snapshot!(Scene::job("error_log.file = \"x\"").faults(), @r"
    a.toml:4: job `a`: unknown key `error_log.file`
      hint: `error_log` has the keys `path`, `mode` and `format`
    ");
    assert_snapshot!(Scene::job("\"source.host\" = \"x\"").faults(), @r"
        a.toml:4: job `a`: unknown key `source.host`
          hint: the quotes make it one name: write `source.host`
    ");
}

#[test]
fn a_key_outside_of_any_table_has_a_hint_with_its_table() {
    let scene = Scene::new().file("a.toml", "sleep = \"1s\"\n[[jobs]]\nname = \"a\"\n");
    assert_snapshot!(scene.faults(), @r"
    a.toml:1: unknown key `sleep`
      hint: `sleep` belongs in `[defaults]` or in a `[[job]]`
    a.toml:2: unknown key `jobs`
      hint: did you mean `job`?
    ");
}

#[test]
fn a_wrong_type_is_reported_with_the_right_one() {
    assert_snapshot!(Scene::job("scan_batch_size = \"1000\"").faults(), @r#"
        a.toml:4: job `a`: `scan_batch_size` is "1000", but must be a whole number, between 1 and 1000000
          hint: write the number without quotes: 1000
    "#);
    assert_snapshot!(Scene::job("sleep = 1").faults(), @r#"
        a.toml:4: job `a`: `sleep` is 1, but must be a duration of at most 365 days, such as "250ms", "1s" or "0s"
          hint: write seconds as "1s"
    "#);
    assert_snapshot!(Scene::job("match = 7").faults(), @"a.toml:4: job `a`: `match` is 7, but must be a pattern that is not empty, or a list of such patterns");
    assert_snapshot!(Scene::job("error_log = \"x.log\"").faults(), @r#"a.toml:4: job `a`: `error_log` is "x.log", but must be a table, such as { path = "errors.log", mode = "append" }"#);
    assert_snapshot!(Scene::job("source = \"redis://u:s3cr3t@h\"").faults(), @r#"
    a.toml:4: job `a`: `source` is not a table, but must be a table, such as { host = "localhost", port = 6379 }, or the name of an endpoint
      hint: a URL is given as `source.url`
    "#);
    assert_snapshot!(Scene::job("source.password = 12345").faults(), @"a.toml:4: job `a`: `source.password` is ***, but must be a text (in quotes, if it consists of digits)");
    assert_snapshot!(Scene::job("source.host = 2020-01-01").faults(), @"a.toml:4: job `a`: `source.host` is 2020-01-01, but must be a host name or an IP address, without port");
    assert_snapshot!(Scene::job("types = \"hash\"").faults(), @r#"
        a.toml:4: job `a`: `types` is "hash", but must be a list of types, such as ["string", "hash"]
          hint: a list of one type is ["hash"]
    "#);
    assert_snapshot!(Scene::job("max_errored_keys = 1.5").faults(), @"a.toml:4: job `a`: `max_errored_keys` is 1.5, but must be a whole number, at least 1");
}

#[test]
fn numbers_outside_their_limits_are_reported_with_the_limits() {
    assert_snapshot!(Scene::job("scan_batch_size = 0").faults(), @"a.toml:4: job `a`: `scan_batch_size` is 0, but must be between 1 and 1000000");
    assert_snapshot!(Scene::job("pipeline_batch_size = 100_001").faults(), @"a.toml:4: job `a`: `pipeline_batch_size` is 100_001, but must be between 1 and 100000");
    assert_snapshot!(Scene::job("source.port = 65536").faults(), @"a.toml:4: job `a`: `source.port` is 65536, but must be between 1 and 65535");
    assert_snapshot!(Scene::job("source.db = -1").faults(), @"a.toml:4: job `a`: `source.db` is -1, but must be between 0 and 65535");
    assert_snapshot!(Scene::job("max_errored_keys = 0").faults(), @"a.toml:4: job `a`: `max_errored_keys` is 0, but must be at least 1");
    assert_snapshot!(Scene::job("max_processed_existing_keys = 99999999999999999999").faults(), @"a.toml:4: job `a`: `max_processed_existing_keys` is 99999999999999999999, but must be between 1 and 9223372036854775807");
    assert_snapshot!(Scene::job("").env("RKM_MAX_ERRORED_KEYS", "99999999999999999999").faults(), @"RKM_MAX_ERRORED_KEYS: `max_errored_keys` is 99999999999999999999, but must be between 1 and 9223372036854775807");
}

#[test]
fn a_negative_sleep_and_a_timeout_of_nothing_are_refused() {
    assert_snapshot!(Scene::job("sleep = \"-1s\"").faults(), @r#"a.toml:4: job `a`: `sleep` is "-1s", but must be a duration of at most 365 days, such as "250ms", "1s" or "0s""#);
    assert_snapshot!(Scene::job("source.response_timeout = \"0s\"").faults(), @r#"a.toml:4: job `a`: `source.response_timeout` is "0s", but must be a duration of more than zero and at most 365 days, such as "500ms", "5s" or "1m 30s""#);
}

#[test]
fn a_retry_of_zero_is_accepted_and_a_negative_one_is_not() {
    let job = Scene::job("source.retry = \"0s\"\ndestination.retry = \"1h\"").only_job();
    assert_eq!((server(&job).retry, job.destination.retry), (Duration::ZERO, Duration::from_hours(1)));
    assert_snapshot!(Scene::job("source.retry = \"-1s\"").faults(), @r#"a.toml:4: job `a`: `source.retry` is "-1s", but must be a duration of at most 365 days, such as "250ms", "1s" or "0s""#);
}

#[test]
fn empty_patterns_are_refused() {
    assert_snapshot!(Scene::job("match = \"\"").faults(), @r#"a.toml:4: job `a`: `match` is "", but must be a pattern that is not empty, or a list of such patterns"#);
    assert_snapshot!(Scene::job("match = []").faults(), @"a.toml:4: job `a`: `match` is [], but must be a list of at least one pattern");
    assert_snapshot!(Scene::job("match = [\n  \"a\",\n  \"\",\n]").faults(), @r#"a.toml:6: job `a`: `match[1]` is "", but must be a pattern that is not empty"#);
    assert_snapshot!(Scene::job("exclude = \"\"").faults(), @r#"a.toml:4: job `a`: `exclude` is "", but must be a pattern that is not empty, or a list of such patterns"#);
    assert_snapshot!(Scene::job("").env("RKM_MATCH", "").faults(), @r#"RKM_MATCH: `match` is "", but must be a pattern that is not empty, or a list of such patterns"#);
}

#[test]
fn misspelt_types_are_refused() {
    assert_snapshot!(Scene::job("types = [\"hash\", \"sring\"]").faults(), @r#"
        a.toml:4: job `a`: `types[1]` is "sring", but must be `string`, `list`, `set`, `zset`, `hash`, `stream`, or the name of a module's type: nine of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`
          hint: did you mean `string`?
    "#);
    assert_snapshot!(Scene::job("types = []").faults(), @"a.toml:4: job `a`: `types` is [], but must be a list of at least one type; without the key, keys of all types are moved");
    assert_snapshot!(Scene::job("").set("types=Hash").faults(), @r#"
        --set types: `types[0]` is "Hash", but must be `string`, `list`, `set`, `zset`, `hash`, `stream`, or the name of a module's type: nine of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`
          hint: did you mean `hash`?
    "#);
}

#[test]
fn a_host_is_only_a_host() {
    assert_snapshot!(Scene::job("source.host = \"cache:6380\"").faults(), @r#"
        a.toml:4: job `a`: `source.host` is "cache:6380", but must be a host name or an IP address, without port
          hint: give `source.host` as "cache" and `source.port` as 6380
    "#);
    assert_snapshot!(Scene::job("source.host = \"[::1]\"").faults(), @r#"
        a.toml:4: job `a`: `source.host` is "[::1]", but must be a host name or an IP address, without port
          hint: give `source.host` as "::1"
    "#);
    assert_snapshot!(Scene::job("source.host = \"redis://cache\"").faults(), @r#"
        a.toml:4: job `a`: `source.host` is "redis://cache", but must be a host name or an IP address, without port
          hint: a URL is given as `source.url`
    "#);
    assert_snapshot!(Scene::job("source.host = \"\"").faults(), @r#"a.toml:4: job `a`: `source.host` is "", but must be a host name or an IP address, without port"#);
    assert_snapshot!(Scene::job("source.host = \"a\\nb\"").faults(), @r#"a.toml:4: job `a`: `source.host` is "a\nb", but must be a host name or an IP address, without port"#);
}

#[test]
fn a_missing_destination_has_a_hint_how_to_set_it() {
    assert_snapshot!(Scene::new().file("a.toml", "[[job]]\nname = \"a\"\n").faults(), @r"
        a.toml:1: job `a`: `destination.host` is missing
          hint: give it, `destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` in the job or in `[defaults]`, as variable `RKM_DESTINATION__HOST`, or by `--set destination.host=…`
    ");
    assert_snapshot!(Scene::new().faults(), @r"
        job `default`: `destination.host` is missing
          hint: name a job file, or give it, `destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` as variable `DESTINATION_REDIS_HOST` or `RKM_DESTINATION__HOST`, or by `--set destination.host=…`
    ");
}

#[test]
fn a_destination_that_is_given_badly_is_not_missing_too() {
    let text = "[[job]]\nname = \"a\"\ndestination.host = \"x:1\"\n[[job]]\nname = \"b\"\ndestination.url = \"x\"\n\
                [[job]]\nname = \"c\"\ndestination = \"x\"\n";
    assert_snapshot!(Scene::new().file("a.toml", text).faults(), @r#"
    a.toml:3: job `a`: `destination.host` is "x:1", but must be a host name or an IP address, without port
      hint: give `destination.host` as "x" and `destination.port` as 1
    a.toml:6: job `b`: `destination.url` does not begin with `redis://` or `unix://`: it must be `redis://[user[:password]@]host[:port][/db]`, `unix://[user[:password]@]/path[?db=N]`, `redis-cluster://[user[:password]@]host[:port][,host[:port]…][/db]` or `redis-sentinel://[user[:password]@]host[:port][,host[:port]…]/service[/db]`
    a.toml:9: job `c`: no endpoint has the name `x`
      hint: an endpoint is a table such as `[endpoint.x]`; a host is given as `destination.host`
    "#);
}

#[test]
fn a_url_is_refused_without_being_shown() {
    assert_snapshot!(Scene::job("source.url = \"https://u:s3cr3t@h\"").faults(), @"a.toml:4: job `a`: `source.url` has the scheme `https://`, which is not supported: it must be `redis://[user[:password]@]host[:port][/db]`, `unix://[user[:password]@]/path[?db=N]`, `redis-cluster://[user[:password]@]host[:port][,host[:port]…][/db]` or `redis-sentinel://[user[:password]@]host[:port][,host[:port]…]/service[/db]`");
    assert_snapshot!(Scene::job("").env("RKM_SOURCE__URL", "redis://u:s3cr3t@h:x").faults(), @"RKM_SOURCE__URL: `source.url` has a port that is not between 1 and 65535: it must be `redis://[user[:password]@]host[:port][/db]`");
    assert_snapshot!(Scene::job("source.host = \"redis://u:s3cr3t@h\"").faults(), @r"
        a.toml:4: job `a`: `source.host` is ***, but must be a host name or an IP address, without port
          hint: a URL is given as `source.url`
    ");
    assert_snapshot!(Scene::job("").set("source.host=u:s3cr3t@h").faults(), @r"
        --set source.host: `source.host` is ***, but must be a host name or an IP address, without port
          hint: a URL is given as `source.url`
    ");
    assert_snapshot!(Scene::job("source.url = 1").faults(), @"a.toml:4: job `a`: `source.url` is ***, but must be `redis://[user[:password]@]host[:port][/db]`, `unix://[user[:password]@]/path[?db=N]`, `redis-cluster://[user[:password]@]host[:port][,host[:port]…][/db]` or `redis-sentinel://[user[:password]@]host[:port][,host[:port]…]/service[/db]`");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    assert_snapshot!(Scene::new().given("none.toml").faults(), @"none.toml: cannot be read: No such file or directory (os error 2)");
    assert_snapshot!(Scene::new().given(".").faults().replace("/.:", ":"), @".: is a directory, but must be a job file");
    assert_snapshot!(Scene::new().file("a.toml", b"[[job]]\nname = \"\xff\"\n").faults(), @"a.toml:2: is not valid UTF-8");
    assert_snapshot!(Scene::new().file("a.toml", "").faults(), @"a.toml: has no job: there must be at least one `[[job]]`");
    assert_snapshot!(Scene::new().file("a.toml", "job = []\n").faults(), @"a.toml: has no job: there must be at least one `[[job]]`");
    assert_snapshot!(Scene::job("").given("a.toml").faults(), @"a.toml: is given twice");
}

#[test]
fn invalid_toml_is_reported_with_line_and_column() {
    assert_snapshot!(Scene::new().file("a.toml", "[[job]]\nname = \"a\nmatch = \"x\"\n").faults(), @r#"a.toml:2:10: invalid basic string, expected `"`"#);
    assert_snapshot!(Scene::job("sleep = \"1s\"\nsleep = \"2s\"").faults(), @r"
    a.toml:5:1: duplicate key
      hint: a key or a table may be given once only
    ");
    assert_snapshot!(Scene::job("source.password = s3cr3t").faults(), @"a.toml:4:19: a text must be in quotes");
    assert_snapshot!(Scene::new().file("a.toml", "[job]\nname = \"a\"\n").faults(), @r"
        a.toml:1: `job` is a single table, but must be a list of tables
          hint: write `[[job]]`, with two brackets
    ");
    assert_snapshot!(Scene::new().file("a.toml", "job = 1\n[[defaults]]\n").faults(), @r"
        a.toml:1: `job` is not a table, but must be a list of tables
        a.toml:2: `defaults` is a list, but must be a single table
          hint: write `[defaults]`, with one bracket
    ");
    assert_snapshot!(Scene::new().file("a.toml", "job = [1]\n").faults(), @"a.toml:1: `job` is not a table, but must be a list of tables");
}

#[test]
fn a_file_that_is_not_understood_does_not_make_its_jobs_unknown() {
    let scene =
        Scene::job("").file("b.toml", "[[job]\n").only("b").set("job.b.sleep=1s").env("RKM_JOB__B__SLEEP", "1s");
    assert_snapshot!(scene.faults(), @"b.toml:1:7: unclosed array table, expected `]`");
}

#[test]
fn values_of_variables_and_options_are_checked_like_those_of_files() {
    let scene = Scene::job("")
        .env("RKM_SCAN_BATCH_SIZE", "0")
        .env("RKM_SOURCE__PORT", "")
        .env("RKM_JOB__A__ON_EXISTING", "keep")
        .set("sleep=1")
        .set("job.a.error_log.mode=x");
    assert_snapshot!(scene.faults(), @r#"
        RKM_JOB__A__ON_EXISTING: job `a`: `on_existing` is "keep", but must be "skip" or "replace"
        RKM_SCAN_BATCH_SIZE: `scan_batch_size` is 0, but must be between 1 and 1000000
        RKM_SOURCE__PORT: `source.port` is "", but must be a whole number, between 1 and 65535
        --set sleep: `sleep` is "1", but must be a duration of at most 365 days, such as "250ms", "1s" or "0s"
          hint: write seconds as "1s"
        --set job.a.error_log.mode: job `a`: `error_log.mode` is "x", but must be "overwrite" or "append" (or, in short, "w" or "a")
    "#);
}

#[test]
fn unknown_variables_and_options_have_a_hint_with_the_nearest_ones() {
    let scene = Scene::job("")
        .env("RKM_PROGRESS", "none")
        .env("RKM_SOURCE_HOST", "x")
        .env("RKM_NAME", "x")
        .env("RKM_JOB__A__SLEEEP", "1s")
        .env("RKM_JOB__B__SLEEP", "1s")
        .env("RKM_JOB__A", "1s")
        .set("slep=1s")
        .set("job.b.sleep=1s")
        .set("job.a=1")
        .set("job.a.name=x")
        .set("sleep")
        .set("redis://u:s3cr3t@h?x=1")
        .set("s3cr3t");
    assert_snapshot!(scene.faults(), @r"
    RKM_JOB__A: unknown variable
      hint: write `RKM_<KEY>` or `RKM_JOB__<NAME>__<KEY>`, with two underscores between the parts
    RKM_JOB__A__SLEEEP: unknown variable
      hint: did you mean `RKM_JOB__A__SLEEP`?
    RKM_JOB__B__SLEEP: no job has a name that is written `B` in variables
      hint: known names: `A`
    RKM_NAME: `name` cannot be given here: the name of a job is only set in its file
    RKM_PROGRESS: unknown variable
      hint: there is no such key: `redis-keys-migrator run --help` lists the options for reports, progress and logs
    RKM_SOURCE_HOST: unknown variable
      hint: did you mean `RKM_SOURCE__HOST`?
    --set slep: unknown key `slep`
      hint: did you mean `sleep`?
    --set job.b.sleep: no job has the name `b`
      hint: known names: `a`
    --set job.a: unknown key `job.a`
      hint: write `--set KEY=VALUE` or `--set job.NAME.KEY=VALUE`
    --set job.a.name: `name` cannot be given here: the name of a job is only set in its file
    --set sleep: has no value: write `--set sleep=VALUE`, with a `=` and without spaces around it
    --set …: unknown key `…`
      hint: write `--set KEY=VALUE` or `--set job.NAME.KEY=VALUE`
    --set …: has no value: write `--set KEY=VALUE`, with a `=` and without spaces around it
    ");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_named() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let not_utf8 = || OsString::from_vec(vec![b'x', 0xff]);
    let name = OsString::from_vec(b"RKM_\xff".to_vec());
    let scene = Scene::job("").env("RKM_MATCH", not_utf8()).env("OTHER", not_utf8()).env(name, "x");
    assert_snapshot!(scene.faults(), @r"
    RKM_MATCH: is not valid UTF-8
    RKM_�: unknown variable
      hint: `redis-keys-migrator show --defaults` lists all keys
    ");
}
