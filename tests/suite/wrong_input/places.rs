//! Paths, servers that cannot be reached, and patterns that look like a mistake.

use super::table::{Row, arguments, line, set};

pub fn rows() -> Vec<Row> {
    let mut rows = paths();
    rows.extend(servers());
    rows.extend(patterns());
    rows
}

fn paths() -> Vec<Row> {
    let report = |path, says| arguments("a path of a report", &["run", "job.toml", "-q", "--report", path], says);
    let log = |path, says| arguments("a path of a log", &["run", "job.toml", "-q", "--set", path], says);
    let differences = |path, says| {
        let command = ["run", "job.toml", "-q", "--set", "verify=full", "--set", path];
        arguments("a path of differences", &command, says)
    };
    let rdb = |path, says| arguments("a path of a backup", &["run", "job.toml", "-q", "--set", path], says);
    vec![
        report(
            "no/such/folder/r.json",
            &["the report `no/such/folder/r.json`", "there is no directory `no/such/folder`"],
        ),
        report(".", &["the report `.`", "is a directory"]),
        report("job.toml", &["the report `job.toml`", "the same file as the job file", "choose another path"]),
        report("", &["'--report <FILE>'", "a value is required"]),
        report("redis-keys-migrator-error.log", &["the same file as the error log", "choose another path"]),
        log(
            "error_log.path=no/such/folder/a.log",
            &["the error log `no/such/folder/a.log`", "there is no directory `no/such/folder`"],
        ),
        log("error_log.path=.", &["the error log `.`", "is a directory"]),
        log("error_log.path=job.toml", &["the error log `job.toml`", "choose another path"]),
        log("error_log.path=job.toml/a", &["the error log `job.toml/a`"]),
        differences("verify_log=no/d.jsonl", &["the differences file `no/d.jsonl`", "there is no directory `no`"]),
        differences("verify_log=.", &["the differences file `.`", "is a directory"]),
        differences("verify_log=job.toml", &["the differences file `job.toml`", "choose another path"]),
        differences("verify_log=redis-keys-migrator-error.log", &["the same file as the error log", "`verify_log`"]),
        rdb("source.rdb=none.rdb", &["none.rdb", "No such file"]),
        rdb("source.rdb=.", &["directory"]),
        rdb("source.rdb=job.toml", &["job.toml"]),
        rdb("source.rdb=", &["`source.rdb` is \"\"", "the path of an RDB file"]),
        rdb("source.rdb=redis://u:S3CRET@h", &["`source.rdb` is ***", "`source.url`"]),
        rdb("error_log.path=redis://u:S3CRET@h", &["`error_log.path` is ***", "the path of a file"]),
    ]
}

fn servers() -> Vec<Row> {
    let server = |what, key| set(what, key, &[]);
    vec![
        Row {
            says: &["the source `127.0.0.1:PORT` cannot be reached", "refused"],
            ..server("a closed port", "source.port=1")
        },
        Row {
            says: &["the destination `no-such-host.invalid:6379` cannot be reached"],
            ..server("an unknown host", "destination.url=redis://no-such-host.invalid")
        },
        Row {
            says: &["no/such.sock", "No such file"],
            ..server("a socket that does not exist", "source.socket=no/such.sock")
        },
        Row { says: &["job.toml"], ..server("a socket that is a file", "source.socket=job.toml") },
        Row { says: &["127.0.0.1"], ..server("a password that the server does not need", "source.password=S3CRET") },
        Row {
            says: &["127.0.0.1"],
            ..server(
                "a user that the server does not have",
                "source.url=redis://stranger:S3CRET@127.0.0.1:{SOURCE_PORT}",
            )
        },
        Row { says: &["99"], ..server("a database that the server lacks", "source.db=99") },
        Row { says: &["must differ"], ..server("one server for both", "destination.port={SOURCE_PORT}") },
    ]
    .into_iter()
    .map(|row| {
        Row {
            arguments: [
                row.arguments,
                vec!["-q", "--set", "source.connect_timeout=1s", "--set", "destination.connect_timeout=1s"],
            ]
            .concat(),
            ..row
        }
        .exits(3)
    })
    .collect()
}

/// A pattern is never refused for its look, but there is a warning.
fn patterns() -> Vec<Row> {
    let pattern = |lines, says| Row {
        arguments: vec!["run", "job.toml", "--dry-run", "-q"],
        ..line("a pattern that looks like a mistake", lines, says).exits(0)
    };
    vec![
        pattern("match = '^user:.*$'", &["warning", "regular expression"]),
        pattern("match = 'user:\\d+'", &["warning", "regular expression"]),
        pattern("match = '{user,cart}:*'", &["warning", "[\"user:*\", \"cart:*\"]"]),
        pattern("match = 'user:*,cart:*'", &["warning", "[\"user:*\", \"cart:*\"]"]),
        pattern("match = 'user:[0-9'", &["warning", "`[` without `]`"]),
        pattern("match = \"user:\\u200b*\"", &["warning", "invisible"]),
        pattern("match = 'usr:*'", &["warning", "no key"]),
        pattern("exclude = '^tmp:'", &["warning", "regular expression"]),
    ]
}
