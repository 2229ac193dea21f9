//! Slips in TOML.

use super::table::{Row, file, line};

pub fn rows() -> Vec<Row> {
    [tables(), lines(), secrets_and_formats()].into_iter().flatten().collect()
}

fn tables() -> Vec<Row> {
    vec![
        file("a text without quotes", "[[job]]\nname = all\n", &["job.toml:2:8", "in quotes"]),
        file(
            "a text that is not closed",
            "[[job]]\nsource.host = \"a\"\nname = \"all\ndestination.host = \"b\"\n",
            &["job.toml:3:12", "expected `\"`"],
        ),
        file("a text with one quote of each kind", "[[job]]\nname = \"all'\n", &["job.toml:2", "expected `\"`"]),
        file("typographic quotes", "[[job]]\nname = “all”\n", &["job.toml:2:8", "in quotes", "write the quotes"]),
        file("a header with one bracket missing", "[[job]\nname = \"all\"\n", &["job.toml:1:7", "expected `]`"]),
        file("a header that is not closed", "[[job\nname = \"all\"\n", &["job.toml:1:6", "expected `]]`"]),
        file("a single table", "[job]\nname = \"all\"\n", &["job.toml:1: `job`", "write `[[job]]`"]),
        file("a table with a plural", "[[jobs]]\nname = \"all\"\n", &["job.toml:1: unknown key `jobs`", "`job`?"]),
        file(
            "a list of defaults",
            "[[defaults]]\n[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination.host = \"b\"\n",
            &["job.toml:1: `defaults`", "write `[defaults]`"],
        ),
        file(
            "defaults in the singular",
            "[default]\nsleep = \"1s\"\n[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination.host = \"b\"\n",
            &["job.toml:1: unknown key `default`", "`defaults`?"],
        ),
        file(
            "a table that does not exist",
            "[settings]\nsleep = \"1s\"\n[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination.host = \"b\"\n",
            &[
                "job.toml:1: unknown key `settings`",
                "`[defaults]`, `[endpoint.NAME]`, `[profile.NAME.…]` and `[[job]]`",
            ],
        ),
        file(
            "a key outside of tables",
            "sleep = \"1s\"\n[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination.host = \"b\"\n",
            &["job.toml:1: unknown key `sleep`", "`[defaults]` or in a `[[job]]`"],
        ),
        file(
            "an endpoint outside of tables",
            "[source]\nhost = \"a\"\n[[job]]\nname = \"all\"\ndestination.host = \"b\"\n",
            &["job.toml:1: unknown key `source`", "`[defaults]` or in a `[[job]]`"],
        ),
        file(
            "a profile with a table that does not exist",
            "[profile.staging.settings]\nsleep = \"1s\"\n[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination.host = \"b\"\n",
            &["job.toml:1: unknown key `profile.staging.settings`", "`[profile.NAME.defaults]`"],
        ),
        file("no job", "# nothing yet\n", &["job.toml: has no job", "`[[job]]`"]),
        file("only defaults", "[defaults]\nsleep = \"1s\"\n", &["job.toml: has no job", "`[[job]]`"]),
        file("an empty list of jobs", "job = []\n", &["job.toml: has no job", "`[[job]]`"]),
        file("a job that is a text", "job = \"all\"\n", &["job.toml:1: `job`", "a list of tables"]),
        file("a list of texts as jobs", "job = [\"all\"]\n", &["job.toml:1: `job`", "a list of tables"]),
        file(
            "the same table twice",
            "[defaults]\nsleep = \"1s\"\n[defaults]\nlanes = 1\n",
            &["job.toml:3", "duplicate key"],
        ),
    ]
}

fn lines() -> Vec<Row> {
    vec![
        line(
            "the same key twice",
            "scan_batch_size = 10\nscan_batch_size = 20",
            &["job.toml:6:1", "duplicate key", "once only"],
        ),
        line("a key without a value", "sleep =", &["job.toml:5", "no value"]),
        line("a key alone", "sleep", &["job.toml:5", "expected"]),
        line("a colon in place of a `=`", "sleep: \"1s\"", &["job.toml:5", "expected"]),
        line("an arrow in place of a `=`", "sleep => \"1s\"", &["job.toml:5"]),
        line("two values", "lanes = 1 2", &["job.toml:5", "in quotes"]),
        line("a duration without quotes", "sleep = 1s", &["job.toml:5:9"]),
        line("a truth value in capitals", "functions = True", &["job.toml:5:13", "`true` or `false`"]),
        line("a truth value in Python's or YAML's way", "functions = yes", &["job.toml:5:13", "`true` or `false`"]),
        line("nothing, as in JSON", "match = null", &["job.toml:5:9", "leave the key out"]),
        line("a number with a zero in front", "lanes = 04", &["job.toml:5"]),
        line("a number that ends with `_`", "scan_batch_size = 1_000_", &["job.toml:5"]),
        line("a number with a comma", "scan_batch_size = 1,000", &["job.toml:5"]),
        line(
            "a backslash in a text",
            "error_log.path = \"C:\\redis\\a.log\"",
            &["job.toml:5", "escape", "single quotes"],
        ),
        line("a list without a comma", "match = [\"a\" \"b\"]", &["job.toml:5"]),
        line("a list that is not closed", "match = [\"a\",\nlanes = 1", &["job.toml:"]),
        line("an inline table that is not closed", "error_log = { path = \"a.log\"", &["job.toml:5"]),
        line("a key with a space", "scan batch size = 10", &["job.toml:5"]),
        line("a comment in another language's way", "// fast\nlanes = 1", &["job.toml:5", "begins with `#`"]),
        line(
            "a conflict of a merge",
            "<<<<<<< HEAD\nlanes = 1\n=======\nlanes = 2\n>>>>>>> main",
            &["job.toml:5", "conflict"],
        ),
        line(
            "a quoted path",
            "\"error_log.path\" = \"a.log\"",
            &["job.toml:5", "unknown key `error_log.path`", "write `error_log.path`"],
        ),
    ]
}

fn secrets_and_formats() -> Vec<Row> {
    vec![
        line("a password without quotes", "destination.password = S3CRET", &["job.toml:5", "in quotes"]),
        file(
            "a password without quotes in a good table",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination = { host = \"b\", password = S3CRET }\n",
            &["job.toml:4:", "in quotes"],
        ),
        file(
            "a password with a quote in it",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination.host = \"b\"\ndestination.password = \"S3CRET\"S3CRET\"\n",
            &["job.toml:5", "single quotes"],
        ),
        file(
            "a password that is not closed",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination.host = \"b\"\ndestination.password = \"S3CRET\n",
            &["job.toml:5", "expected `\"`"],
        ),
        file(
            "a password with a backslash",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination.host = \"b\"\ndestination.password = \"S3CRET\\q\"\n",
            &["job.toml:5", "escape"],
        ),
        file(
            "a URL without quotes",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination.url = redis://u:S3CRET@h\n",
            &["job.toml:4", "in quotes"],
        ),
        file("JSON", "{\"job\": [{\"name\": \"all\", \"password\": \"S3CRET\"}]}\n", &["job.toml:1", "is TOML"]),
        file("YAML", "job:\n  - name: all\n    password: S3CRET\n", &["job.toml:1", "is TOML"]),
        file("an environment file", "RKM_SOURCE__PASSWORD=S3CRET\n", &["job.toml:1"]),
        file(
            "a URL as the name of a key",
            "[[job]]\nsource.host = \"a\"\nname = \"all\"\ndestination.host = \"b\"\n\"redis://u:S3CRET@h\" = 1\n",
            &["job.toml:5", "unknown key `…`"],
        ),
        file("another encoding", b"[[job]]\nname = \"all\"\n# caf\xe9\n", &["job.toml:3", "UTF-8"]),
        file("UTF-16", b"\xff\xfe[\0[\0j\0o\0b\0]\0]\0", &["job.toml:1", "UTF-8", "save it as UTF-8"]),
        file("a NUL", b"[[job]]\nname = \"a\0ll\"\n", &["job.toml:2"]),
        file("an RDB file", b"REDIS0009\xfa\x09redis-ver", &["job.toml:1", "UTF-8", "source.rdb"]),
    ]
}
