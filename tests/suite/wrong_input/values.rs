//! Values of the wrong type, outside their limits, or that exclude each other.

use super::table::{Row, file, line};

pub fn rows() -> Vec<Row> {
    let all = [places(), logins(), settings(), of_urls(), keys_to_move(), limits(), names_and_combinations()];
    all.into_iter().flatten().collect()
}

/// A job whose destination has this value, and a host if that is not its place.
fn destination(what: &'static str, value: &'static str, says: &'static [&'static str]) -> Row {
    let is_place = ["host", "socket", "url"].iter().any(|key| value.starts_with(key));
    let host = if is_place { "" } else { "host = \"b\"\n" };
    Row {
        lines: value,
        ..file(what, format!("[[job]]\nsource.host = \"a\"\nname = \"all\"\n[job.destination]\n{host}{value}\n"), says)
    }
}

fn places() -> Vec<Row> {
    vec![
        destination(
            "a host that is a number",
            "host = 10",
            &["job.toml:5: job `all`: `destination.host` is 10", "a host name"],
        ),
        destination(
            "a host with a port",
            "host = \"b:7000\"",
            &["`destination.host` is \"b:7000\"", "`destination.port` as 7000"],
        ),
        destination("a host in brackets", "host = \"[::1]\"", &["`destination.host`", "as \"::1\""]),
        destination("a URL as host", "host = \"redis://b\"", &["`destination.host`", "`destination.url`"]),
        destination(
            "a URL with a login as host",
            "host = \"redis://u:S3CRET@b\"",
            &["`destination.host` is ***", "`destination.url`"],
        ),
        destination("no host", "host = \"\"", &["`destination.host` is \"\"", "a host name"]),
        destination("two hosts", "host = \"a,b\"", &["`destination.host` is \"a,b\"", "a host name"]),
        destination(
            "a variable as host",
            "host = \"${REDIS_HOST}\"",
            &["`destination.host` contains `${REDIS_HOST}`", "`RKM_DESTINATION__HOST`"],
        ),
        destination(
            "a variable without braces as host",
            "host = \"$REDIS_HOST\"",
            &["`$REDIS_HOST`", "`RKM_DESTINATION__HOST`"],
        ),
        destination("a template as host", "host = \"{{ redis_host }}\"", &["`destination.host`", "a host name"]),
        destination(
            "a list of hosts",
            "host = [\"a\", \"b\"]",
            &["`destination.host` is [\"a\", \"b\"]", "a host name"],
        ),
        destination(
            "a port that is a text",
            "port = \"6379\"",
            &["`destination.port` is \"6379\"", "without quotes: 6379"],
        ),
        destination("the port 0", "port = 0", &["`destination.port` is 0", "between 1 and 65535"]),
        destination(
            "a port that is too large",
            "port = 70000",
            &["`destination.port` is 70000", "between 1 and 65535"],
        ),
        destination("a negative port", "port = -1", &["`destination.port` is -1", "between 1 and 65535"]),
        destination("a port with a fraction", "port = 6379.5", &["`destination.port` is 6379.5", "a whole number"]),
        destination("a negative database", "db = -1", &["`destination.db` is -1", "between 0 and 65535"]),
        destination("a database by name", "db = \"sessions\"", &["`destination.db` is \"sessions\"", "a whole number"]),
        destination("all databases as destination", "db = \"all\"", &["`destination.db` is \"all\"", "a whole number"]),
    ]
}

fn logins() -> Vec<Row> {
    vec![
        destination("a user that is a number", "username = 5", &["`destination.username` is 5", "a text"]),
        destination("a password that is a number", "password = 5", &["`destination.password` is ***", "in quotes"]),
        destination(
            "a password that is a list",
            "password = [\"S3CRET\"]",
            &["`destination.password` is ***", "a text"],
        ),
        destination(
            "a password that is a table",
            "password = { file = \"S3CRET\" }",
            &["`destination.password` is ***", "a text"],
        ),
        destination(
            "a variable as password",
            "password = \"${REDIS_PASSWORD}\"",
            &["`destination.password` contains", "`RKM_DESTINATION__PASSWORD`"],
        ),
        file(
            "a password file that does not exist",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination = { host = \"b\", password_file = \"run/secrets/none\" }\n",
            &["job.toml:4", "`destination.password_file`", "run/secrets/none"],
        ),
        file(
            "a password as its file",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination = { host = \"b\", password_file = \"S3CRET\" }\n",
            &["job.toml:4", "`destination.password_file`", "not shown", "`destination.password`"],
        ),
        file(
            "a password with slashes as its file",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination = { host = \"b\", password_file = \"S3CRET/+/x=\" }\n",
            &["`destination.password_file`", "not shown", "`destination.password`"],
        ),
        file(
            "a folder as password file",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination = { host = \"b\", password_file = \".\" }\n",
            &["`destination.password_file`", "cannot read .: Is a directory"],
        ),
    ]
}

fn settings() -> Vec<Row> {
    vec![
        destination(
            "a timeout of zero",
            "connect_timeout = \"0s\"",
            &["`destination.connect_timeout` is \"0s\"", "more than zero"],
        ),
        destination(
            "a timeout without a unit",
            "response_timeout = 5",
            &["`destination.response_timeout` is 5", "write seconds as \"5s\""],
        ),
        destination(
            "a timeout with an unknown unit",
            "response_timeout = \"5 sek\"",
            &["`destination.response_timeout` is \"5 sek\"", "a duration"],
        ),
        destination(
            "a timeout of years",
            "response_timeout = \"900d\"",
            &["`destination.response_timeout`", "at most 365 days"],
        ),
        destination("a negative retry", "retry = \"-1s\"", &["`destination.retry` is \"-1s\"", "a duration"]),
        destination(
            "a URL as socket",
            "socket = \"unix:///run/r.sock\"",
            &["`destination.socket`", "`destination.url`"],
        ),
        destination(
            "a URL with a login as socket",
            "socket = \"redis://u:S3CRET@h\"",
            &["`destination.socket` is ***", "`destination.url`"],
        ),
        line(
            "a table that is extended later",
            "lanes = 1\n[job.source.host]\nname = \"a\"",
            &["job.toml:6", "cannot extend"],
        ),
        file(
            "an endpoint that is a URL",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination = \"redis://u:S3CRET@h\"\n",
            &["job.toml:4", "`destination` is not a table", "`destination.url`"],
        ),
        file(
            "an endpoint that is a list",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination = [\"redis://u:S3CRET@h\"]\n",
            &["job.toml:4", "`destination` is not a table"],
        ),
        file(
            "a database of a server by a word",
            "[[job]]\nname = \"all\"\nsource = { host = \"a\", db = \"every\" }\ndestination.host = \"b\"\n",
            &["job.toml:3", "`source.db` is \"every\"", "\"all\""],
        ),
        file(
            "a flag that is a text",
            "[[job]]\nname = \"all\"\nsource.allow_stale_replica = \"yes\"\ndestination.host = \"b\"\n",
            &["job.toml:3", "`source.allow_stale_replica` is \"yes\"", "true or false"],
        ),
    ]
}

fn of_urls() -> Vec<Row> {
    vec![
        destination(
            "a URL with TLS beside a key without",
            "url = \"rediss://u:S3CRET@h\"\ntls = false",
            &["job.toml:5: job `all`: `destination.url` and `destination.tls`", "a `rediss://` URL means TLS"],
        ),
        destination(
            "a URL of a socket with TLS",
            "url = \"unix://u:S3CRET@/r.sock\"\ntls = true",
            &["`destination.tls` cannot be used with a Unix socket"],
        ),
        destination("a URL of another kind", "url = \"http://u:S3CRET@h\"", &["`http://`", "`redis://"]),
        destination(
            "a URL of a Sentinel without a service",
            "url = \"redis-sentinel://u:S3CRET@h\"",
            &["has no service after its addresses", "`redis-sentinel://"],
        ),
        destination("a URL without a scheme", "url = \"u:S3CRET@h\"", &["does not begin with `redis://`"]),
        destination("a host as URL", "url = \"cache:6379\"", &["does not begin with `redis://`"]),
        destination(
            "a password alone in a URL",
            "url = \"redis://S3CRET@h\"",
            &["`destination.url` has a text before its `@`", "`:PASSWORD@`"],
        ),
        destination(
            "a password alone in the URL of a socket",
            "url = \"unix://S3CRET@/r.sock\"",
            &["`destination.url` has a text before its `@`", "`:PASSWORD@`"],
        ),
        destination("a URL without a host", "url = \"redis://u:S3CRET@\"", &["no valid host name"]),
        destination(
            "a URL with a port that is no number",
            "url = \"redis://u:S3CRET@h:x\"",
            &["a port that is not between 1 and 65535"],
        ),
        destination(
            "a URL with a database that is no number",
            "url = \"redis://u:S3CRET@h/x\"",
            &["a database that is not between 0 and 65535"],
        ),
        destination("a URL with a query", "url = \"redis://h?password=S3CRET\"", &["contains a `?`"]),
        destination(
            "a password with a slash in a URL",
            "url = \"redis://u:S3CRET/x@h\"",
            &["contains a `/` before its `@`", "write `%2F`"],
        ),
        destination("a password with a `%` in a URL", "url = \"redis://u:S3CRET%@h\"", &["write `%25`"]),
        destination("a password with a `#` in a URL", "url = \"redis://u:S3CRET#@h\"", &["`%23`"]),
        destination("an IPv6 address without brackets in a URL", "url = \"redis://u:S3CRET@::1\"", &["brackets"]),
        destination(
            "a URL of a socket with two slashes",
            "url = \"unix://run/S3CRET.sock\"",
            &["has a host", "third slash"],
        ),
        destination(
            "a URL of a socket with a password after it",
            "url = \"unix:///r.sock?password=S3CRET\"",
            &["`db=N`"],
        ),
        destination(
            "a variable in a URL",
            "url = \"redis://u:${REDIS_PASSWORD}@h\"",
            &["`destination.url` contains `${…}`", "`RKM_DESTINATION__URL`"],
        ),
        destination("a URL that is a number", "url = 6379", &["`destination.url` is ***", "`redis://"]),
        destination("an empty URL", "url = \"\"", &["does not begin with `redis://`"]),
    ]
}

fn keys_to_move() -> Vec<Row> {
    vec![
        line("a pattern that is a number", "match = 5", &["job.toml:5: job `all`: `match` is 5", "a pattern"]),
        line("an empty pattern", "match = \"\"", &["`match` is \"\"", "not empty"]),
        line("no patterns", "match = []", &["`match` is []", "at least one pattern"]),
        line(
            "an empty pattern in a list",
            "match = [\n\"a\",\n\"\",\n]",
            &["job.toml:7", "`match[1]` is \"\"", "not empty"],
        ),
        line("a list in a list", "match = [[\"a\"]]", &["`match[0]` is [\"a\"]", "a pattern"]),
        line(
            "a variable in a pattern",
            "match = \"${PREFIX}:*\"",
            &["`match` contains `${PREFIX}`", "`RKM_MATCH`", "`\\$`"],
        ),
        line(
            "a variable in a list",
            "exclude = [\"a\", \"${PREFIX}:*\"]",
            &["`exclude[1]` contains `${PREFIX}`", "`RKM_EXCLUDE`"],
        ),
        line("one type", "types = \"hash\"", &["`types` is \"hash\"", "[\"hash\"]"]),
        line("no types", "types = []", &["`types` is []", "at least one type"]),
        line("a type in the plural", "types = [\"strings\"]", &["`types[0]` is \"strings\"", "did you mean `string`?"]),
        line("a type in capitals", "types = [\"HASH\"]", &["`types[0]` is \"HASH\"", "did you mean `hash`?"]),
        line("a type with its long name", "types = [\"sorted set\"]", &["`types[0]` is \"sorted set\"", "`zset`"]),
        line("a type with the name of a module", "types = [\"json\"]", &["`types[0]` is \"json\"", "ReJSON-RL"]),
    ]
}

fn limits() -> Vec<Row> {
    vec![
        line("a batch of zero", "scan_batch_size = 0", &["`scan_batch_size` is 0", "between 1 and 1000000"]),
        line(
            "a batch that is a text",
            "scan_batch_size = \"many\"",
            &["`scan_batch_size` is \"many\"", "a whole number"],
        ),
        line(
            "a batch that is too large",
            "pipeline_batch_size = 100001",
            &["`pipeline_batch_size` is 100001", "between 1 and 100000"],
        ),
        line(
            "a batch with an exponent",
            "pipeline_batch_size = 1e3",
            &["`pipeline_batch_size` is 1e3", "a whole number"],
        ),
        line("three lanes", "lanes = 3", &["`lanes` is 3", "\"auto\", 1, 2, 4"]),
        line("lanes as a text", "lanes = \"4\"", &["`lanes` is \"4\"", "without quotes: 4"]),
        line(
            "a limit that is a truth value",
            "max_errored_keys = true",
            &["`max_errored_keys` is true", "a whole number"],
        ),
        line("no limit", "max_errored_keys = 0", &["`max_errored_keys` is 0", "at least 1"]),
        line("an endless number", "max_errored_keys = 99999999999999999999", &["`max_errored_keys`", "between 1 and"]),
        line("no keys per second", "max_keys_per_second = 0", &["`max_keys_per_second` is 0", "at least 1"]),
        line(
            "a size without a unit",
            "max_bytes_per_second = 1000000",
            &["`max_bytes_per_second` is 1000000", "\"50MiB\""],
        ),
        line(
            "a size with a wrong unit",
            "max_bytes_per_second = \"10 megabytes\"",
            &["`max_bytes_per_second`", "\"50MiB\""],
        ),
        line(
            "a latency of zero",
            "max_source_latency = \"0ms\"",
            &["`max_source_latency` is \"0ms\"", "more than zero"],
        ),
        line("no least number of keys", "min_keys = 0", &["`min_keys` is 0", "at least 1"]),
        line(
            "an unknown choice",
            "on_existing = \"overwrite\"",
            &["`on_existing` is \"overwrite\"", "\"skip\" or \"replace\""],
        ),
        line("a truth value as a choice", "on_existing = true", &["`on_existing` is true", "\"skip\" or \"replace\""]),
        line(
            "a part of a choice",
            "on_unsupported = \"drop\"",
            &["`on_unsupported` is \"drop\"", "\"drop-field-ttl\""],
        ),
        line("a flag that is a number", "functions = 1", &["`functions` is 1", "true or false"]),
        line("a log that is a text", "error_log = \"a.log\"", &["`error_log` is \"a.log\"", "a table"]),
        line("a log that is a URL", "error_log = \"redis://u:S3CRET@h\"", &["`error_log` is ***", "a table"]),
        line("an empty path", "error_log.path = \"\"", &["`error_log.path` is \"\"", "not empty"]),
        line(
            "a variable in a path",
            "error_log.path = \"$HOME/a.log\"",
            &["`error_log.path` contains `$HOME`", "`RKM_ERROR_LOG__PATH`"],
        ),
        line(
            "an unknown mode",
            "error_log.mode = \"create\"",
            &["`error_log.mode` is \"create\"", "\"overwrite\" or \"append\""],
        ),
        line(
            "a verification that is a flag",
            "verify = true",
            &["`verify` is true", "\"off\", \"sample\" or \"full\""],
        ),
        line("an unknown choice", "verify_extra = \"off\"", &["`verify_extra` is \"off\"", "\"differ\" or \"ignore\""]),
        line("a tolerance below zero", "verify_tolerance = \"-1s\"", &["`verify_tolerance` is \"-1s\"", "a duration"]),
        line(
            "differences at a URL",
            "verify_log = \"redis://u:S3CRET@h\"",
            &["`verify_log` is ***", "the path of a file"],
        ),
        line("a date", "match = 2024-01-01", &["`match` is 2024-01-01", "a pattern"]),
        file(
            "a sleep that is a number",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\nsleep = 0.25\ndestination.host = \"b\"\n",
            &["`sleep` is 0.25", "write seconds as \"0.25s\""],
        ),
        file(
            "a sleep in months",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\nsleep = \"1M\"\ndestination.host = \"b\"\n",
            &["`sleep` is \"1M\"", "a duration"],
        ),
        file(
            "a variable with a default",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\nsleep = \"${SLEEP:-1s}\"\ndestination.host = \"b\"\n",
            &["`sleep` contains `${SLEEP:-1s}`", "`RKM_SLEEP`"],
        ),
    ]
}

fn names_and_combinations() -> Vec<Row> {
    vec![
        file(
            "no name",
            "[[job]]\nsource.host = \"a\"\ndestination.host = \"b\"\n",
            &["job.toml:1", "`name` is missing", "give each `[[job]]` a `name`"],
        ),
        file(
            "a name with a space",
            "[[job]]\nsource.host = \"a\"\nname = \"my job\"\ndestination.host = \"b\"\n",
            &["job.toml:3", "`name` is \"my job\"", "`A-Z`"],
        ),
        file(
            "a name that is a number",
            "[[job]]\nsource.host = \"a\"\nname = 5\ndestination.host = \"b\"\n",
            &["job.toml:3", "`name` is 5", "`A-Z`"],
        ),
        file(
            "an empty name",
            "[[job]]\nsource.host = \"a\"\nname = \"\"\ndestination.host = \"b\"\n",
            &["job.toml:3", "`name` is \"\"", "`A-Z`"],
        ),
        file(
            "a name with two underscores",
            "[[job]]\nsource.host = \"a\"\nname = \"a__b\"\ndestination.host = \"b\"\n",
            &["job.toml:3", "without `__`"],
        ),
        file(
            "a URL as name",
            "[[job]]\nsource.host = \"a\"\nname = \"redis://u:S3CRET@h\"\ndestination.host = \"b\"\n",
            &["job.toml:3", "job `…`", "`name` is ***"],
        ),
        file(
            "a name in the defaults",
            "[defaults]\nsource.host = \"a\"\nname = \"all\"\n[[job]]\nname = \"b\"\ndestination.host = \"b\"\n",
            &["job.toml:3", "`name` cannot be given in `[defaults]`"],
        ),
        file(
            "the same name twice",
            "[defaults]\nsource.host = \"a\"\ndestination.host = \"b\"\n[[job]]\nname = \"a\"\n[[job]]\nname = \"a\"\n",
            &["job.toml:7", "already taken by the job at job.toml:5"],
        ),
        file(
            "two names that are one in variables",
            "[defaults]\nsource.host = \"a\"\ndestination.host = \"b\"\n[[job]]\nname = \"a-b\"\n[[job]]\nname = \"a_b\"\n",
            &["job.toml:7", "`RKM_JOB__A_B__…`"],
        ),
        file(
            "no destination",
            "[[job]]\nname = \"all\"\n",
            &["job.toml:1", "`destination.host` is missing", "`RKM_DESTINATION__HOST`"],
        ),
        file(
            "a URL and a host",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination = { url = \"redis://u:S3CRET@a\", host = \"b\" }\n",
            &["job.toml:4", "`destination.url` and `destination.host` cannot be given together"],
        ),
        file(
            "a password and its file",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination = { host = \"b\", password = \"S3CRET\", password_file = \"p\" }\n",
            &["job.toml:4", "`destination.password` and `destination.password_file` cannot"],
        ),
        file(
            "a socket and a port",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination = { socket = \"s\", port = 1 }\n",
            &["job.toml:4", "`destination.socket` and `destination.port` cannot"],
        ),
        file(
            "a file and a server",
            "[[job]]\nname = \"all\"\nsource = { rdb = \"a.rdb\", host = \"a\" }\ndestination.host = \"b\"\n",
            &["job.toml:3", "`source.rdb` and `source.host` cannot"],
        ),
        file(
            "all databases into another one",
            "[[job]]\nname = \"all\"\nsource = { rdb = \"a.rdb\", db = \"all\" }\ndestination = { host = \"b\", db = 3 }\n",
            &["job.toml:4", "`destination.db` is 3", "several databases cannot go into one"],
        ),
    ]
}
