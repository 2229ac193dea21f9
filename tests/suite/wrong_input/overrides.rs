//! Variables and `--set`.

use super::table::{Row, arguments, set, variable};

pub fn rows() -> Vec<Row> {
    let mut rows = variables();
    rows.extend(script_variables());
    rows.extend(sets());
    rows
}

fn variables() -> Vec<Row> {
    let one = |name, value, says| variable("a variable", name, value, says);
    vec![
        one("RKM_SLEEEP", "0s", &["RKM_SLEEEP: unknown variable", "did you mean `RKM_SLEEP`?"]),
        one("RKM_SOURCE_HOST", "a", &["RKM_SOURCE_HOST: unknown variable", "did you mean `RKM_SOURCE__HOST`?"]),
        one(
            "RKM_SOURCE_PASSWORD",
            "S3CRET",
            &["RKM_SOURCE_PASSWORD: unknown variable", "did you mean `RKM_SOURCE__PASSWORD`?"],
        ),
        one(
            "RKM_PASSWORD",
            "S3CRET",
            &["RKM_PASSWORD: unknown variable", "`RKM_SOURCE__PASSWORD` or `RKM_DESTINATION__PASSWORD`"],
        ),
        one(
            "RKM_URL",
            "redis://u:S3CRET@h",
            &["RKM_URL: unknown variable", "`RKM_SOURCE__URL` or `RKM_DESTINATION__URL`"],
        ),
        one("RKM_SOURCE__TLS", "on", &["RKM_SOURCE__TLS: `source.tls` is \"on\"", "true, false, or a table"]),
        one("RKM_SOURCE_TLS", "true", &["RKM_SOURCE_TLS: unknown variable", "TLS is given as `tls`"]),
        one("RKM_DRY_RUN", "1", &["RKM_DRY_RUN: unknown variable", "--dry-run"]),
        one(
            "RKM_PROFILE",
            "staging",
            &["RKM_PROFILE: no profile has the name `staging`", "`[profile.staging.defaults]`"],
        ),
        one("RKM_FROBNICATE", "1", &["RKM_FROBNICATE: unknown variable", "show --defaults"]),
        one("RKM_", "1", &["RKM_: unknown variable", "`RKM_<KEY>` or `RKM_JOB__<NAME>__<KEY>`"]),
        one("RKM_NAME", "x", &["RKM_NAME: `name` cannot be given here"]),
        one("RKM_JOB", "all", &["RKM_JOB: unknown variable", "`RKM_JOB__<NAME>__<KEY>`"]),
        one("RKM_JOB_ALL_SLEEP", "0s", &["RKM_JOB_ALL_SLEEP: unknown variable", "did you mean `RKM_JOB__ALL__SLEEP`?"]),
        one("RKM_JOB_OTHER_SLEEP", "0s", &["RKM_JOB_OTHER_SLEEP: unknown variable", "two underscores"]),
        one("RKM_JOB__AL__SLEEP", "0s", &["RKM_JOB__AL__SLEEP: no job has", "did you mean `ALL`?"]),
        one("RKM_JOB__CARTS__SLEEP", "0s", &["RKM_JOB__CARTS__SLEEP: no job has", "known names: `ALL`"]),
        one(
            "RKM_JOB__ALL__SLEEEP",
            "0s",
            &["RKM_JOB__ALL__SLEEEP: unknown variable", "did you mean `RKM_JOB__ALL__SLEEP`?"],
        ),
        one("RKM_JOB__ALL", "0s", &["RKM_JOB__ALL: unknown variable", "`RKM_JOB__<NAME>__<KEY>`"]),
        one("RKM_SCAN_BATCH_SIZE", "", &["RKM_SCAN_BATCH_SIZE: `scan_batch_size` is \"\"", "a whole number"]),
        one("RKM_SCAN_BATCH_SIZE", "1e3", &["`scan_batch_size` is \"1e3\"", "a whole number"]),
        one(
            "RKM_JOB__ALL__SCAN_BATCH_SIZE",
            "0",
            &["RKM_JOB__ALL__SCAN_BATCH_SIZE: job `all`: `scan_batch_size` is 0", "between"],
        ),
        one("RKM_SLEEP", "1", &["RKM_SLEEP: `sleep` is \"1\"", "write seconds as \"1s\""]),
        one("RKM_FUNCTIONS", "yes", &["RKM_FUNCTIONS: `functions` is \"yes\"", "true or false"]),
        one("RKM_ON_EXISTING", "\"replace\"", &["RKM_ON_EXISTING", "\"skip\" or \"replace\""]),
        one("RKM_MATCH", "", &["RKM_MATCH: `match` is \"\"", "not empty"]),
        one("RKM_MATCH", "[\"a\",\"b\"", &["RKM_MATCH: `match` is [\"a\",\"b\"", "[\"a*\", \"b*\"]"]),
        one("RKM_MATCH", "[a*,b*]", &["RKM_MATCH: `match` is [a*,b*]", "in quotes"]),
        one("RKM_MATCH", "[\"a\", 1]", &["RKM_MATCH: `match` is [\"a\", 1]", "in quotes"]),
        one("RKM_TYPES", "[hash]", &["RKM_TYPES: `types` is [hash]", "[\"string\", \"hash\"]"]),
        one("RKM_TYPES", "hash,zset", &["RKM_TYPES", "\"hash,zset\"", "[\"string\", \"hash\"]"]),
        one("RKM_SOURCE__HOST", "${HOST}", &["RKM_SOURCE__HOST: `source.host` contains `${HOST}`", "not supported"]),
        one(
            "RKM_SOURCE__PASSWORD",
            "${PASSWORD}",
            &["RKM_SOURCE__PASSWORD: `source.password` contains", "not supported"],
        ),
        one("RKM_SOURCE__URL", "redis://u:S3CRET@h:x", &["RKM_SOURCE__URL: `source.url` has a port"]),
        one("RKM_SOURCE__URL", "S3CRET", &["RKM_SOURCE__URL: `source.url` does not begin with `redis://`"]),
        one("RKM_SOURCE__URL", "redis://S3CRET@h", &["RKM_SOURCE__URL: job `all`: `source.url`", "`:PASSWORD@`"]),
        one("RKM_SOURCE__URL", "", &["RKM_SOURCE__URL: `source.url` does not begin"]),
        one("RKM_SOURCE__HOST", "u:S3CRET@h", &["RKM_SOURCE__HOST: `source.host` is ***", "`source.url`"]),
        one(
            "RKM_SOURCE__PORT",
            "tcp://10.0.0.9:6379",
            &["RKM_SOURCE__PORT: `source.port` is \"tcp://10.0.0.9:6379\"", "a whole number"],
        ),
        one("RKM_SOURCE__PASSWORD_FILE", "S3CRET", &["RKM_SOURCE__PASSWORD_FILE", "not shown", "`source.password`"]),
        Row {
            variables: vec![("RKM_SOURCE__URL", "redis://u:S3CRET@h"), ("RKM_SOURCE__PORT", "1")],
            ..one("", "", &["`source.url` and `source.port` cannot be given together"])
        },
    ]
}

/// Without a file, the script's variables count.
fn script_variables() -> Vec<Row> {
    let run =
        |name, value, says| Row { arguments: vec!["run"], ..variable("a variable of the script", name, value, says) };
    vec![
        run("SLEEP_TIME", "soon", &["SLEEP_TIME: `sleep` is \"soon\"", "a number of seconds"]),
        run("SOURCE_REDIS_PORT", "x", &["SOURCE_REDIS_PORT: `source.port` is \"x\"", "a whole number"]),
        run("FILEMOD", "x", &["FILEMOD: `error_log.mode` is \"x\"", "\"append\""]),
        run("DESTINATION_REDIS_HOST", "redis://u:S3CRET@h", &["DESTINATION_REDIS_HOST: `destination.host` is ***"]),
        run("SOURCE_REDIS_HOST", "a", &["`destination.host` is missing", "DESTINATION_REDIS_HOST"]),
        run("SCAN_MATCH_PATTERN", "", &["SCAN_MATCH_PATTERN: `match` is \"\"", "not empty"]),
    ]
}

fn sets() -> Vec<Row> {
    let one = |text, says| set("a `--set`", text, says);
    vec![
        one("slep=0s", &["--set slep: unknown key `slep`", "did you mean `sleep`?"]),
        one("tls=true", &["--set tls: unknown key `tls`", "TLS is given as `tls`"]),
        one(
            "password=S3CRET",
            &["--set password: unknown key `password`", "`source.password` or `destination.password`"],
        ),
        one("source.pasword=S3CRET", &["--set source.pasword", "did you mean `source.password`?"]),
        one("source=redis://u:S3CRET@h", &["--set source: unknown key `source`", "is a table", "`source.url`"]),
        one("SOURCE__PASSWORD=S3CRET", &["--set SOURCE__PASSWORD", "did you mean `source.password`?"]),
        one("RKM_SLEEP=0s", &["--set RKM_SLEEP", "did you mean `sleep`?"]),
        one("frobnicate=1", &["--set frobnicate", "show --defaults"]),
        one("name=x", &["--set name: `name` cannot be given here"]),
        one("job.al.sleep=0s", &["--set job.al.sleep: no job has the name `al`", "did you mean `all`?"]),
        one("job.carts.sleep=0s", &["--set job.carts.sleep: no job has the name `carts`", "known names: `all`"]),
        one("job.all.sleeep=0s", &["--set job.all.sleeep: unknown key `sleeep`", "did you mean `sleep`?"]),
        one("job.all=0s", &["--set job.all: unknown key", "`--set job.NAME.KEY=VALUE`"]),
        one("all.sleep=0s", &["--set all.sleep: unknown key `all.sleep`", "`--set job.all.sleep=…`"]),
        one("sleep", &["--set sleep: has no value", "`--set sleep=VALUE`"]),
        one("job.all.sleep", &["--set job.all.sleep: has no value", "`--set job.all.sleep=VALUE`"]),
        one("source.password", &["--set source.password: has no value", "`--set source.password=VALUE`"]),
        one("source.password:S3CRET", &["--set …: has no value", "`--set KEY=VALUE`"]),
        one("source.password S3CRET", &["--set …: has no value", "`--set KEY=VALUE`"]),
        one("redis://u:S3CRET@h", &["--set …: has no value", "`--set KEY=VALUE`"]),
        one("redis://u:S3CRET@h?x=1", &["--set …: unknown key `…`", "`--set KEY=VALUE`"]),
        one("S3CRET", &["--set …: has no value", "`--set KEY=VALUE`"]),
        one("", &["--set …: has no value", "`--set KEY=VALUE`"]),
        one("=0s", &["--set …: unknown key", "`--set KEY=VALUE`"]),
        one("sleep =0s", &["--set …: unknown key", "`--set KEY=VALUE`"]),
        one("sleep= 0", &["--set sleep: `sleep` is \" 0\"", "a duration"]),
        one("sleep='1s'", &["--set sleep: `sleep` is \"'1s'\"", "a duration"]),
        one("source.port=\"6379\"", &["--set source.port", "a whole number"]),
        one("match=[\"a\",\"b\"", &["--set match: `match` is [\"a\",\"b\"", "in quotes"]),
        one("match=['a", &["--set match: `match` is ['a", "in quotes"]),
        one("match=${PREFIX}:*", &["--set match: `match` contains `${PREFIX}`", "not supported"]),
        one("match=", &["--set match: `match` is \"\"", "not empty"]),
        one("types=Hash", &["--set types: `types[0]` is \"Hash\"", "did you mean `hash`?"]),
        one(
            "source.url=https://u:S3CRET@h",
            &["--set source.url: `source.url` has the scheme `https://`", "`redis://"],
        ),
        one("source.url=redis://S3CRET@h", &["--set source.url: job `all`: `source.url`", "`:PASSWORD@`"]),
        one("source.host=u:S3CRET@h", &["--set source.host: `source.host` is ***", "`source.url`"]),
        one("source.password_file=S3CRET", &["--set source.password_file", "not shown", "`source.password`"]),
        one("source.password_file=no/such/file", &["--set source.password_file", "no/such/file", "No such file"]),
        one("job.all.source.password=${PASSWORD}", &["--set job.all.source.password", "`source.password` contains"]),
        arguments(
            "a value after a space",
            &["run", "job.toml", "--set", "source.password", "S3CRET"],
            &["--set source.password: has no value", "with a `=`"],
        ),
        arguments(
            "a URL after a space",
            &["run", "job.toml", "--set", "source.url", "redis://u:S3CRET@h"],
            &["--set source.url: has no value", "with a `=`"],
        ),
    ]
}
