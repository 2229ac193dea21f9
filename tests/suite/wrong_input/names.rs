//! Keys that do not exist: typos, and names that users try.

use super::table::{Row, file, line};

pub fn rows() -> Vec<Row> {
    let mut rows = typos();
    rows.extend(of_endpoints());
    rows.extend(of_jobs());
    rows
}

fn typos() -> Vec<Row> {
    vec![
        line(
            "a letter too many",
            "lanees = 1",
            &["job.toml:5: job `all`: unknown key `lanees`", "did you mean `lanes`?"],
        ),
        line("two letters in the wrong order", "macth = \"a\"", &["unknown key `macth`", "did you mean `match`?"]),
        line("capitals", "Match = \"a\"", &["unknown key `Match`", "did you mean `match`?"]),
        line("dashes", "scan-batch-size = 10", &["unknown key `scan-batch-size`", "did you mean `scan_batch_size`?"]),
        line("camel case", "onExisting = \"skip\"", &["unknown key `onExisting`", "did you mean `on_existing`?"]),
        line("a plural", "excludes = \"a\"", &["unknown key `excludes`", "did you mean `exclude`?"]),
        line("a singular", "type = \"hash\"", &["unknown key `type`", "did you mean `types`?"]),
        line("a part of a key", "max_errored = 1", &["unknown key `max_errored`"]),
        line(
            "a key of an endpoint in the job",
            "port = 7000",
            &["unknown key `port`", "`source.port` or `destination.port`"],
        ),
        line("a key of the log in the job", "path = \"a.log\"", &["unknown key `path`", "`error_log.path`"]),
        line(
            "an underscore in place of a dot",
            "source_host = \"a\"",
            &["unknown key `source_host`", "did you mean `source.host`?"],
        ),
        line("a table with a typo", "sorce.host = \"a\"", &["unknown key `sorce`", "did you mean `source`?"]),
        line("a table in the plural", "sources = \"a\"", &["unknown key `sources`", "did you mean `source`?"]),
        line("nothing that is near", "frobnicate = 1", &["unknown key `frobnicate`", "show --defaults"]),
        line("a job in a job", "job.name = \"b\"", &["unknown key `job`"]),
        line("defaults in a job", "defaults.sleep = \"1s\"", &["unknown key `defaults`"]),
        line(
            "a key of the log that does not exist",
            "error_log.level = \"info\"",
            &["unknown key `error_log.level`", "`path`, `mode` and `format`"],
        ),
        endpoint("hots = \"a\"", &["unknown key `destination.hots`", "did you mean `destination.host`?"]),
        endpoint(
            "passwrd = \"S3CRET\"",
            &["unknown key `destination.passwrd`", "did you mean `destination.password`?"],
        ),
        endpoint("rdb = \"a.rdb\"", &["unknown key `destination.rdb`"]),
        endpoint("allow_stale_replica = true", &["unknown key `destination.allow_stale_replica`"]),
    ]
}

/// A good job with one more key of its destination.
fn endpoint(key: &'static str, says: &'static [&'static str]) -> Row {
    let text = format!("[[job]]\nsource.host = \"a\"\nname = \"all\"\n[job.destination]\nhost = \"b\"\n{key}\n");
    Row { lines: key, ..file("a key of an endpoint that does not exist", text, says) }
}

fn of_endpoints() -> Vec<Row> {
    vec![
        endpoint("tls = { ca = \"ca.pem\" }", &["unknown key `destination.tls.ca`", "TLS is given as `tls`"]),
        endpoint("ssl = true", &["`destination.ssl`", "TLS is given as `tls`"]),
        endpoint("ca_file = \"ca.pem\"", &["`destination.ca_file`", "TLS is given as `tls`"]),
        endpoint("pass = \"S3CRET\"", &["`destination.pass`", "`password`, `password_file` or `password_command`"]),
        endpoint("auth = \"S3CRET\"", &["`destination.auth`", "`password`, `password_file` or `password_command`"]),
        endpoint("user = \"u\"", &["`destination.user`", "`username`"]),
        endpoint("database = 3", &["`destination.database`", "`db`"]),
        endpoint("timeout = \"5s\"", &["`destination.timeout`", "`connect_timeout` and `response_timeout`"]),
        endpoint("uri = \"redis://u:S3CRET@h\"", &["`destination.uri`", "`url`"]),
        endpoint("address = \"b:6379\"", &["`destination.address`", "`host` and `port`"]),
        endpoint("hostname = \"b\"", &["`destination.hostname`", "`host`"]),
        endpoint("unix_socket = \"/run/r.sock\"", &["`destination.unix_socket`", "`socket`"]),
        endpoint("nodes = [\"b:6379\"]", &["`destination.nodes`", "a cluster is given as `cluster`"]),
        endpoint("sentinels = [\"b:26379\"]", &["`destination.sentinels`", "`sentinel` and `service`"]),
        endpoint("readonly = true", &["`destination.readonly`", "`read_only = true`"]),
        endpoint("retries = 3", &["`destination.retries`", "`retry`"]),
        endpoint("pool_size = 10", &["`destination.pool_size`", "no such key", "`lanes`"]),
        endpoint(
            "password_comand = [\"pass\", \"S3CRET\"]",
            &["`destination.password_comand`", "`destination.password_command`"],
        ),
    ]
}

fn of_jobs() -> Vec<Row> {
    let name = |lines, says| line("a name that users try", lines, says);
    vec![
        name("prefix = \"user:\"", &["job.toml:5: job `all`: unknown key `prefix`", "`match`"]),
        name("pattern = \"user:*\"", &["`pattern`", "`match`"]),
        name("include = [\"user:*\"]", &["`include`", "`match`"]),
        name("ignore = [\"tmp:*\"]", &["`ignore`", "`exclude`"]),
        name("key_types = [\"hash\"]", &["`key_types`", "`types`"]),
        name("ttl = \"1h\"", &["`ttl`", "`min_ttl` and `max_ttl`", "keeps its expiry"]),
        name("disabled = true", &["`disabled`", "`enabled = false`", "`--job NAME`"]),
        name("replace = true", &["`replace`", "on_existing = \"replace\""]),
        name("overwrite = true", &["`overwrite`", "on_existing = \"replace\""]),
        name("batch_size = 100", &["`batch_size`", "`scan_batch_size`", "`pipeline_batch_size`"]),
        name("count = 100", &["`count`", "`scan_batch_size`"]),
        name("pipeline = 100", &["`pipeline`", "`pipeline_batch_size`"]),
        name("concurrency = 4", &["`concurrency`", "`lanes`"]),
        name("threads = 4", &["`threads`", "`lanes`"]),
        name("dry_run = true", &["`dry_run`", "--dry-run"]),
        name("strip_prefix = \"a:\"", &["`strip_prefix`", "`rename`"]),
        name("rename = { prefix = \"a:\" }", &["`rename.prefix`", "`strip_prefix` and `add_prefix`"]),
        name("delete_source = true", &["`delete_source`", "never deleted"]),
        name("flush = true", &["`flush`", "never emptied"]),
        name("follow = true", &["`follow`", "not followed"]),
        name("compare = true", &["`compare`", "verify = \"full\""]),
        name("differences = \"d.jsonl\"", &["`differences`", "`verify_log`"]),
        name("state_file = \"a.json\"", &["`state_file`", "`checkpoint` names"]),
        name("max_errors = 10", &["`max_errors`", "`max_errored_keys`"]),
        name("rate_limit = 1000", &["`rate_limit`", "`max_keys_per_second`"]),
        name("delay = 5", &["`delay`", "`sleep`"]),
        name("log_file = \"a.log\"", &["`log_file`", "`error_log.path`"]),
        name("report = \"r.json\"", &["`report`", "run --help"]),
        name("description = \"nightly\"", &["`description`", "comment"]),
        name("schedule = \"0 3 * * *\"", &["`schedule`", "cron"]),
        name("hooks = {}", &["`hooks`", "no such key"]),
        name("timeout = \"5s\"", &["`timeout`", "`connect_timeout` and `response_timeout`"]),
        name("retry = \"5m\"", &["`retry`", "`source.retry` or `destination.retry`"]),
        name("password = \"S3CRET\"", &["`password`", "`source.password` or `destination.password`"]),
        name("to = \"redis://u:S3CRET@h\"", &["`to`", "`destination`"]),
        name("limit = 100", &["`limit`", "`match`"]),
    ]
}
