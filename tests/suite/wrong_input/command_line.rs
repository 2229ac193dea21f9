//! Commands, options and job files.

use super::table::{Row, arguments};

pub fn rows() -> Vec<Row> {
    let mut rows = commands();
    rows.extend(options());
    rows.extend(files());
    rows
}

fn commands() -> Vec<Row> {
    vec![
        arguments("no command", &[], &["Usage: ", "run "]),
        arguments("a file in place of a command", &["job.toml"], &["'job.toml'", "write `run job.toml`"]),
        arguments("a command with a typo", &["chekc", "job.toml"], &["'chekc'", "'check'"]),
        arguments("a command of another tool", &["copy", "redis://u:S3CRET@h"], &["'copy'"]),
        arguments("a destination that is missing", &["migrate", "redis://u:S3CRET@h"], &["<DESTINATION>"]),
        arguments("a URL in place of a command", &["redis://u:S3CRET@h"], &["'…'"]),
        arguments(
            "an override in place of a command",
            &["source.password=S3CRET"],
            &["'source.password=…'", "`run FILE --set KEY=VALUE`"],
        ),
        arguments(
            "an option before the command",
            &["--set", "source.password=S3CRET", "run", "job.toml"],
            &["'--set'", "'run --set' exists"],
        ),
        arguments("an unknown command of the manual", &["man", "redis://u:S3CRET@h"], &["'…'", "possible values: run"]),
        arguments("an unknown shell", &["completions", "tcsh"], &["'tcsh'", "possible values: bash"]),
        arguments("a file for the schema", &["schema", "job.toml"], &["'job.toml'", "possible values: job"]),
    ]
}

fn options() -> Vec<Row> {
    let run = |option: &[&'static str], says| arguments("an option", &[&["run", "job.toml"], option].concat(), says);
    vec![
        run(&["--dryrun"], &["'--dryrun'", "'--dry-run'"]),
        run(&["--sets", "source.password=S3CRET"], &["'--sets'", "'--set'"]),
        run(&["--source.password=S3CRET"], &["'--source.password'", "`--set source.password=…`"]),
        run(
            &["--password", "S3CRET"],
            &["'--password'", "`--set source.password=…` or `--set destination.password=…`"],
        ),
        run(&["-a", "S3CRET"], &["'-a'", "`password`"]),
        run(&["-aS3CRET"], &["'-a'", "`password`"]),
        run(&["-u", "redis://u:S3CRET@h"], &["'-u'", "`--set source.url=…`"]),
        run(&["-n", "3"], &["'-n'", "`--set source.db=…`"]),
        run(&["--threads", "4"], &["'--threads'", "`lanes`"]),
        run(&["--tls"], &["'--tls'", "`--set source.tls=…`"]),
        run(&["--match", "user:*"], &["'--match'", "`--set match=…`"]),
        run(&["--frobnicate"], &["'--frobnicate'", "--help"]),
        run(&["--dry-run=S3CRET"], &["'--dry-run'", "no more were expected"]),
        run(&["--report"], &["'--report <FILE>'", "a value is required"]),
        run(&["--set"], &["'--set <KEY=VALUE>'", "a value is required"]),
        run(&["--job"], &["'--job <NAME>'", "a value is required"]),
        run(&["--progress", "fancy"], &["'fancy'", "possible values: auto"]),
        run(&["--progress", "redis://u:S3CRET@h"], &["'…'", "possible values: auto"]),
        run(&["--log-format", "yaml"], &["'yaml'", "possible values: text, json"]),
        run(&["--color", "yes"], &["'yes'", "possible values: auto"]),
        run(&["--report", "a.json", "--report", "b.json"], &["'--report <FILE>'", "multiple times"]),
        run(&["--job", "al"], &["--job: no job has the name `al`", "did you mean `all`?"]),
        run(&["--job", "carts"], &["--job: no job has the name `carts`", "known names: `all`"]),
        run(&["--job", "redis://u:S3CRET@h"], &["--job: no job has the name `…`", "known names: `all`"]),
        run(&["--job", ""], &["--job: no job has the name ``", "known names: `all`"]),
        run(&["--connect"], &["'--connect'"]),
        run(
            &["—set", "source.password=S3CRET"],
            &["`—set` is not a job file", "another dash", "`--set source.password=…`"],
        ),
    ]
}

fn files() -> Vec<Row> {
    let run = |more: &[&'static str], says| {
        arguments("an argument in place of a job file", &[&["run", "job.toml"], more].concat(), says)
    };
    vec![
        run(&["source.password=S3CRET"], &["`source.password=…` is not a job file", "`--set source.password=…`"]),
        run(
            &["job.all.source.password=S3CRET"],
            &["`job.all.source.password=…` is not", "`--set job.all.source.password=…`"],
        ),
        run(&["source.password", "S3CRET"], &["`source.password` is not a job file", "`--set source.password=…`"]),
        run(&["RKM_SOURCE__PASSWORD=S3CRET"], &["`RKM_SOURCE__PASSWORD=…` is not", "before the command"]),
        run(&["redis://u:S3CRET@h"], &["`…` is not a job file", "may hold a password"]),
        run(&["u:S3CRET@h"], &["`…` is not a job file", "may hold a password"]),
        run(&["--", "--password=S3CRET"], &["`--password=…` is not a job file", "`--set source.password=…`"]),
        run(&["missing.toml"], &["missing.toml: cannot be read: No such file"]),
        run(&["missing/job.toml"], &["missing/job.toml: cannot be read: No such file"]),
        run(&["."], &[".: is a directory", "a job file"]),
        run(&["job.toml"], &["job.toml: is given twice"]),
        run(&["./job.toml"], &["./job.toml: is given twice"]),
        run(&["job.toml/x"], &["job.toml/x: cannot be read: Not a directory"]),
        arguments("no file", &["run"], &["`destination.host` is missing", "name a job file"]),
        arguments(
            "no file, but a key",
            &["run", "--set", "match=a"],
            &["`destination.host` is missing", "name a job file"],
        ),
        arguments(
            "a pattern that the shell did not replace",
            &["run", "jobs/*.toml"],
            &["jobs/*.toml: cannot be read: No such file"],
        ),
    ]
}
