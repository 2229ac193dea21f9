//! Mistakes of users: each has its message, and no key is moved.

use std::fs;

use insta::assert_snapshot;

use crate::support::{Ran, Scene};

fn scene() -> Scene {
    let scene = Scene::new();
    scene.source.fill(5);
    scene
}

/// The error of a run that is refused and changes neither servers nor files.
#[track_caller]
fn refused(scene: &Scene, ran: Ran) -> String {
    let ran = ran.exits(2);
    assert!(ran.stdout.is_empty(), "diagnostics belong on stderr:\n{}", ran.stdout);
    assert_eq!(scene.destination.size(), 0, "keys were moved");
    assert_eq!(scene.source.calls("scan"), 0, "the source was scanned");
    assert!(!scene.folder().join("redis-keys-migrator-error.log").exists(), "the error log was written");
    ran.masked_stderr()
}

/// The error about a job with these further lines, which begin at line 5.
#[track_caller]
fn job(lines: &str) -> String {
    let scene = scene();
    scene.file(
        "job.toml",
        &format!("[[job]]\nname = \"all\"\nsource = {{SOURCE}}\ndestination = {{DESTINATION}}\n{lines}\n"),
    );
    refused(&scene, scene.run(&["run", "job.toml"]))
}

/// The error about a whole file.
#[track_caller]
fn file(bytes: &[u8]) -> String {
    let scene = scene();
    fs::write(scene.folder().join("job.toml"), bytes).expect("a file in the test's folder");
    refused(&scene, scene.run(&["run", "job.toml"]))
}

/// The error about a good file with these arguments and this variable.
#[track_caller]
fn with(arguments: &[&str], variable: Option<(&str, &str)>) -> String {
    let scene = scene();
    scene.job("");
    let mut run = scene.prepare(&[&["run", "job.toml"], arguments].concat());
    if let Some((name, value)) = variable {
        run = run.env(name, value);
    }
    refused(&scene, run.run())
}

#[test]
fn an_unknown_key() {
    assert_snapshot!(job("sleeep = \"1s\""), @r#"
    error: job.toml:5: job `all`: unknown key `sleeep`
      hint: did you mean `sleep`?
    "#);
}

#[test]
fn an_unknown_key_of_an_endpoint() {
    assert_snapshot!(file(b"[[job]]\nname = \"all\"\nsource.hots = \"x\"\nsource.host = \"y\"\ndestination.host = \"a\"\n"), @r#"
    error: job.toml:3: job `all`: unknown key `source.hots`
      hint: did you mean `source.host`?
    "#);
}

#[test]
fn a_number_that_is_text() {
    assert_snapshot!(
        job("scan_batch_size = \"many\""),
        @r#"error: job.toml:5: job `all`: `scan_batch_size` is "many", but must be a whole number, between 1 and 1000000"#
    );
}

#[test]
fn a_batch_size_of_zero() {
    assert_snapshot!(job("scan_batch_size = 0\npipeline_batch_size = 0"), @r#"
    error: job.toml:5: job `all`: `scan_batch_size` is 0, but must be between 1 and 1000000
    error: job.toml:6: job `all`: `pipeline_batch_size` is 0, but must be between 1 and 100000
    "#);
}

#[test]
fn a_limit_of_zero() {
    assert_snapshot!(job("max_errored_keys = 0\nmax_processed_existing_keys = 0"), @r#"
    error: job.toml:5: job `all`: `max_errored_keys` is 0, but must be at least 1
    error: job.toml:6: job `all`: `max_processed_existing_keys` is 0, but must be at least 1
    "#);
}

#[test]
fn a_negative_sleep() {
    assert_snapshot!(
        job("sleep = \"-1s\""),
        @r#"error: job.toml:5: job `all`: `sleep` is "-1s", but must be a duration of at most 365 days, such as "250ms", "1s" or "0s""#
    );
}

#[test]
fn a_sleep_without_a_unit() {
    assert_snapshot!(job("sleep = 1"), @r#"
    error: job.toml:5: job `all`: `sleep` is 1, but must be a duration of at most 365 days, such as "250ms", "1s" or "0s"
      hint: write seconds as "1s"
    "#);
}

#[test]
fn an_empty_pattern() {
    assert_snapshot!(
        job("match = \"\""),
        @r#"error: job.toml:5: job `all`: `match` is "", but must be a pattern that is not empty, or a list of such patterns"#
    );
}

#[test]
fn an_empty_list_of_patterns() {
    assert_snapshot!(
        job("match = []"),
        @"error: job.toml:5: job `all`: `match` is [], but must be a list of at least one pattern"
    );
}

#[test]
fn a_misspelt_type() {
    assert_snapshot!(job("types = [\"strings\", \"hash\"]"), @r#"
    error: job.toml:5: job `all`: `types[0]` is "strings", but must be `string`, `list`, `set`, `zset`, `hash`, `stream`, or the name of a module's type: nine of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`
      hint: did you mean `string`?
    "#);
}

#[test]
fn a_misspelt_choice() {
    assert_snapshot!(
        job("on_existing = \"overwrite\""),
        @r#"error: job.toml:5: job `all`: `on_existing` is "overwrite", but must be "skip" or "replace""#
    );
}

#[test]
fn a_port_that_is_too_large() {
    assert_snapshot!(
        file(b"[[job]]\nname = \"all\"\ndestination = { host = \"a\", port = 70000 }\nsource.host = \"b\"\n"),
        @"error: job.toml:3: job `all`: `destination.port` is 70000, but must be between 1 and 65535"
    );
}

#[test]
fn several_faults_are_reported_at_once() {
    assert_snapshot!(job("scan_batch_size = 0\nsleep = \"soon\"\nmatsch = \"x\"\ntypes = [\"blob\"]"), @r#"
    error: job.toml:5: job `all`: `scan_batch_size` is 0, but must be between 1 and 1000000
    error: job.toml:6: job `all`: `sleep` is "soon", but must be a duration of at most 365 days, such as "250ms", "1s" or "0s"
    error: job.toml:7: job `all`: unknown key `matsch`
      hint: did you mean `match`?
    error: job.toml:8: job `all`: `types[0]` is "blob", but must be `string`, `list`, `set`, `zset`, `hash`, `stream`, or the name of a module's type: nine of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`
    "#);
}

#[test]
fn no_source_host() {
    assert_snapshot!(file(b"[[job]]\nname = \"all\"\ndestination.host = \"a\"\n"), @r#"
    error: job.toml:1: job `all`: `source.host` is missing
      hint: give it, `source.socket`, `source.cluster`, `source.sentinel`, `source.url` or `source.rdb` in the job or in `[defaults]`, as variable `RKM_SOURCE__HOST`, or by `--set source.host=…`
    "#);
}

#[test]
fn no_destination_host() {
    assert_snapshot!(file(b"[[job]]\nname = \"all\"\nsource.host = \"a\"\n"), @r#"
    error: job.toml:1: job `all`: `destination.host` is missing
      hint: give it, `destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` in the job or in `[defaults]`, as variable `RKM_DESTINATION__HOST`, or by `--set destination.host=…`
    "#);
}

#[test]
fn both_url_and_host_in_one_layer() {
    assert_snapshot!(
        file(b"[[job]]\nname = \"all\"\ndestination = { url = \"redis://:secret@a:1/2\", host = \"b\" }\nsource.host = \"b\"\n"),
        @"error: job.toml:3: job `all`: `destination.url` and `destination.host` cannot be given together: a `url` replaces the single keys"
    );
}

#[test]
fn a_host_with_a_port_in_it() {
    assert_snapshot!(file(b"[[job]]\nname = \"all\"\ndestination.host = \"cache:6379\"\nsource.host = \"b\"\n"), @r#"
    error: job.toml:3: job `all`: `destination.host` is "cache:6379", but must be a host name or an IP address, without port
      hint: give `destination.host` as "cache" and `destination.port` as 6379
    "#);
}

#[test]
fn a_url_that_is_not_of_redis() {
    assert_snapshot!(
        file(b"[[job]]\nname = \"all\"\ndestination.url = \"http://:secret@a\"\nsource.host = \"b\"\n"),
        @"error: job.toml:3: job `all`: `destination.url` has the scheme `http://`, which is not supported: it must be `redis://[user[:password]@]host[:port][/db]`, `unix://[user[:password]@]/path[?db=N]`, `redis-cluster://[user[:password]@]host[:port][,host[:port]…][/db]` or `redis-sentinel://[user[:password]@]host[:port][,host[:port]…]/service[/db]`"
    );
}

#[test]
fn a_job_without_a_name() {
    assert_snapshot!(file(b"[[job]]\ndestination.host = \"a\"\nsource.host = \"b\"\n"), @r#"
    error: job.toml:1: `name` is missing
      hint: give each `[[job]]` a `name`
    "#);
}

#[test]
fn a_name_with_a_space() {
    assert_snapshot!(
        file(b"[[job]]\nname = \"my job\"\ndestination.host = \"a\"\nsource.host = \"b\"\n"),
        @r#"error: job.toml:2: job `my job`: `name` is "my job", but must be one or more of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`"#
    );
}

#[test]
fn a_job_with_a_bad_name_and_other_faults() {
    let scene = scene();
    scene.file(
        "a.toml",
        "[[job]]\nname = \"my job\"\nsleep = \"soon\"\nsource.host = \"a\"\n[[job]]\nsource.host = \"a\"\n",
    );
    scene.file("b.toml", "[[job]]\nname = \"other\"\nsource.host = \"a\"\n");
    assert_snapshot!(refused(&scene, scene.run(&["check", "a.toml", "b.toml"])), @r#"
    error: a.toml:2: job `my job`: `name` is "my job", but must be one or more of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`
    error: a.toml:3: job `my job`: `sleep` is "soon", but must be a duration of at most 365 days, such as "250ms", "1s" or "0s"
    error: a.toml:5: `name` is missing
      hint: give each `[[job]]` a `name`
    error: a.toml:1: job `my job`: `destination.host` is missing
      hint: give it, `destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` in the job or in `[defaults]`, as variable `RKM_DESTINATION__HOST`, or by `--set destination.host=…`
    error: a.toml:5: `destination.host` is missing
      hint: give it, `destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` in the job or in `[defaults]`, as variable `RKM_DESTINATION__HOST`, or by `--set destination.host=…`
    error: b.toml:1: job `other`: `destination.host` is missing
      hint: give it, `destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` in the job or in `[defaults]`, as variable `RKM_DESTINATION__HOST`, or by `--set destination.host=…`
    "#);
}

#[test]
fn two_jobs_with_the_same_name_in_two_files() {
    let scene = scene();
    for name in ["a.toml", "b.toml"] {
        scene.file(name, "[[job]]\nname = \"all\"\nsource = {SOURCE}\ndestination = {DESTINATION}\n");
    }
    assert_snapshot!(
        refused(&scene, scene.run(&["run", "a.toml", "b.toml"])),
        @"error: b.toml:2: the name `all` is already taken by the job at a.toml:2"
    );
}

#[test]
fn two_jobs_whose_names_are_the_same_in_variables() {
    assert_snapshot!(
        file(b"[defaults]\ndestination.host = \"a\"\nsource.host = \"b\"\n[[job]]\nname = \"a-b\"\n[[job]]\nname = \"a_b\"\n"),
        @"error: job.toml:7: the names `a_b` and `a-b` (job.toml:5) have the same form in variables: `RKM_JOB__A_B__…`"
    );
}

#[test]
fn a_missing_file() {
    let scene = scene();
    assert_snapshot!(
        refused(&scene, scene.run(&["run", "missing.toml"])),
        @"error: missing.toml: cannot be read: No such file or directory (os error 2)"
    );
}

#[test]
fn a_folder_instead_of_a_file() {
    let scene = scene();
    assert_snapshot!(refused(&scene, scene.run(&["run", "."])), @"error: .: is a directory, but must be a job file");
}

#[test]
fn a_file_that_is_not_utf_8() {
    assert_snapshot!(file(b"[[job]]\nname = \"all\"\n# caf\xe9\n"), @"error: job.toml:3: is not valid UTF-8");
}

#[test]
fn a_file_that_is_not_toml() {
    assert_snapshot!(
        file(b"[[job]]\nname = all\n"),
        @"error: job.toml:2:8: a text must be in quotes"
    );
}

#[test]
fn a_file_without_a_job() {
    assert_snapshot!(file(b"# nothing yet\n"), @"error: job.toml: has no job: there must be at least one `[[job]]`");
}

#[test]
fn no_file_and_no_variable() {
    let scene = scene();
    assert_snapshot!(refused(&scene, scene.run(&["run"])), @r#"
    error: job `default`: `destination.host` is missing
      hint: name a job file, or give it, `destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` as variable `DESTINATION_REDIS_HOST` or `RKM_DESTINATION__HOST`, or by `--set destination.host=…`
    "#);
}

#[test]
fn an_unknown_job() {
    assert_snapshot!(with(&["--job", "al"], None), @r#"
    error: --job: no job has the name `al`
      hint: did you mean `all`?
    "#);
}

#[test]
fn an_unknown_variable() {
    assert_snapshot!(with(&[], Some(("RKM_SLEEEP", "0s"))), @r#"
    error: RKM_SLEEEP: unknown variable
      hint: did you mean `RKM_SLEEP`?
    "#);
}

#[test]
fn a_variable_for_an_unknown_job() {
    assert_snapshot!(with(&[], Some(("RKM_JOB__AL__SLEEP", "0s"))), @r#"
    error: RKM_JOB__AL__SLEEP: no job has a name that is written `AL` in variables
      hint: did you mean `ALL`?
    "#);
}

#[test]
fn a_variable_that_is_empty_where_a_number_belongs() {
    assert_snapshot!(
        with(&[], Some(("RKM_SCAN_BATCH_SIZE", ""))),
        @r#"error: RKM_SCAN_BATCH_SIZE: `scan_batch_size` is "", but must be a whole number, between 1 and 1000000"#
    );
}

#[test]
fn a_variable_that_is_out_of_range() {
    assert_snapshot!(
        with(&[], Some(("RKM_JOB__ALL__SCAN_BATCH_SIZE", "1000001"))),
        @"error: RKM_JOB__ALL__SCAN_BATCH_SIZE: job `all`: `scan_batch_size` is 1000001, but must be between 1 and 1000000"
    );
}

#[test]
fn a_set_of_an_unknown_key() {
    assert_snapshot!(with(&["--set", "slep=0s"], None), @r#"
    error: --set slep: unknown key `slep`
      hint: did you mean `sleep`?
    "#);
}

#[test]
fn a_set_for_an_unknown_job() {
    assert_snapshot!(with(&["--set", "job.al.sleep=0s"], None), @r#"
    error: --set job.al.sleep: no job has the name `al`
      hint: did you mean `all`?
    "#);
}

#[test]
fn a_set_without_a_value() {
    assert_snapshot!(
        with(&["--set", "sleep"], None),
        @"error: --set sleep: has no value: write `--set sleep=VALUE`, with a `=` and without spaces around it"
    );
}

#[test]
fn a_password_file_that_cannot_be_read() {
    assert_snapshot!(
        with(&["--set", "source.password_file=no/such/file"], None),
        @"error: --set source.password_file: `source.password_file`: cannot read no/such/file: No such file or directory (os error 2)"
    );
}

#[test]
fn an_unknown_option() {
    assert_snapshot!(with(&["--dryrun"], None), @r#"
    error: unexpected argument '--dryrun' found

      tip: a similar argument exists: '--dry-run'

    Usage: redis-keys-migrator run --dry-run <FILE>...

    For more information, try '--help'.
    "#);
}

#[test]
fn an_error_log_in_a_missing_folder() {
    assert_snapshot!(with(&["--set", "error_log.path=no/such/folder/a.log"], None), @r#"
    TIME override: `error_log.path` is "no/such/folder/a.log", set by --set error_log.path (in all)
    error: the error log `no/such/folder/a.log` (`error_log.path` of job `all`) cannot be created: there is no directory `no/such/folder`
    "#);
}

#[test]
fn an_error_log_that_is_a_folder() {
    assert_snapshot!(with(&["--set", "error_log.path=."], None), @r#"
    TIME override: `error_log.path` is ".", set by --set error_log.path (in all)
    error: the error log `.` (`error_log.path` of job `all`) is a directory, but must be a file
    "#);
}

#[test]
fn a_report_in_a_missing_folder() {
    assert_snapshot!(
        with(&["--report", "no/such/folder/report.json"], None),
        @"error: the report `no/such/folder/report.json` (`--report`) cannot be created: there is no directory `no/such/folder`"
    );
}

#[test]
fn a_report_that_is_the_error_log() {
    assert_snapshot!(
        with(&["--report", "./redis-keys-migrator-error.log"], None),
        @"error: the report `./redis-keys-migrator-error.log` (`--report`) is the same file as the error log `redis-keys-migrator-error.log` (`error_log.path` of job `all`); choose another path"
    );
}

/// The error about a run with an output that would overwrite its input: `job.toml`, the link `link.toml` to it, or the
/// password file `secret`.
#[track_caller]
fn over_an_input(arguments: &[&str]) -> String {
    let scene = scene();
    let source = "{ host = \"127.0.0.1\", port = {SOURCE_PORT}, password_file = \"secret\" }";
    scene.file("job.toml", &format!("[[job]]\nname = \"all\"\nsource = {source}\ndestination = {{DESTINATION}}\n"));
    scene.secret_file("secret", "s3cret\n");
    std::os::unix::fs::symlink("job.toml", scene.folder().join("link.toml")).expect("a link in the test's folder");
    let before = [scene.read("job.toml"), scene.read("secret")];
    let error = refused(&scene, scene.run(&[&["run", "-q", "job.toml"], arguments].concat()));
    assert_eq!([scene.read("job.toml"), scene.read("secret")], before);
    error
}

#[test]
fn an_error_log_that_is_a_job_file_or_a_password_file() {
    assert_snapshot!(over_an_input(&["--set", "error_log.path=./job.toml"]), @"error: the error log `./job.toml` (`error_log.path` of job `all`) is the same file as the job file `job.toml`; choose another path");
    assert_snapshot!(over_an_input(&["--set", "error_log.path=link.toml"]), @"error: the error log `link.toml` (`error_log.path` of job `all`) is the same file as the job file `job.toml`; choose another path");
    assert_snapshot!(over_an_input(&["--set", "error_log.path=secret", "--set", "error_log.mode=append"]), @"error: the error log `secret` (`error_log.path` of job `all`) is the same file as the password file `secret`; choose another path");
}

#[test]
fn a_report_that_is_a_job_file_or_a_password_file() {
    assert_snapshot!(over_an_input(&["--report", "job.toml"]), @"error: the report `job.toml` (`--report`) is the same file as the job file `job.toml`; choose another path");
    assert_snapshot!(over_an_input(&["--report", "secret", "--dry-run"]), @"error: the report `secret` (`--report`) is the same file as the password file `secret`; choose another path");
}

#[test]
fn a_script_variable_that_is_not_a_number() {
    let scene = scene();
    let run = scene.prepare(&["run"]).env("DESTINATION_REDIS_HOST", "127.0.0.1").env("SLEEP_TIME", "soon");
    assert_snapshot!(refused(&scene, run.env("FILEMOD", "x").run()), @r#"
    error: SLEEP_TIME: `sleep` is "soon", but must be a number of seconds, such as 1, 0.25 or 0
    error: FILEMOD: `error_log.mode` is "x", but must be "overwrite" or "append" (or, in short, "w" or "a")
    "#);
}

#[test]
fn lanes_that_are_not_a_power_of_two() {
    assert_snapshot!(
        job("lanes = 3"),
        @r#"error: job.toml:5: job `all`: `lanes` is 3, but must be "auto", 1, 2, 4, 8, 16, 32 or 64"#
    );
    assert_snapshot!(
        job("lanes = \"many\""),
        @r#"error: job.toml:5: job `all`: `lanes` is "many", but must be "auto", 1, 2, 4, 8, 16, 32 or 64"#
    );
}

#[test]
fn limits_of_zero() {
    assert_snapshot!(job("max_keys_per_second = 0\nmax_bytes_per_second = \"0MiB\"\nmax_source_latency = \"0ms\""), @r#"
    error: job.toml:5: job `all`: `max_keys_per_second` is 0, but must be at least 1
    error: job.toml:6: job `all`: `max_bytes_per_second` is "0MiB", but must be a size of at least one byte with its unit, such as "800kB", "50MiB" or "1GB"
    error: job.toml:7: job `all`: `max_source_latency` is "0ms", but must be a duration of more than zero and at most 365 days, such as "500ms", "5s" or "1m 30s"
    "#);
}

#[test]
fn limits_without_a_unit() {
    assert_snapshot!(job("max_bytes_per_second = 1000000\nmax_source_latency = 2"), @r#"
    error: job.toml:5: job `all`: `max_bytes_per_second` is 1000000, but must be a size of at least one byte with its unit, such as "800kB", "50MiB" or "1GB"
    error: job.toml:6: job `all`: `max_source_latency` is 2, but must be a duration of more than zero and at most 365 days, such as "500ms", "5s" or "1m 30s"
      hint: write seconds as "2s"
    "#);
}
