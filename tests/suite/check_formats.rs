//! `check --format github` and `check --format json`.

use serde_json::{Value, json};

use crate::reports::assert_matches;
use crate::support::{Ran, Scene, closed_port};

const BAD: &str = "[[job]]\nname = \"sessions\"\nmach = \"a*\"\nscan_batch_size = 0\nsource.host = \"127.0.0.1\"\n";

/// What is on stdout; it must match its schema.
fn document(ran: &Ran) -> Value {
    let document = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout));
    assert_matches("check.schema.json", &document);
    document
}

fn finding(severity: &str, message: &str, [hint, job, file]: [Option<&str>; 3], line: Option<u64>) -> Value {
    let (line, column) = (json!(line), Value::Null);
    json!({ "severity": severity, "message": message, "hint": hint, "profile": null, "job": job, "file": file, "line": line, "column": column })
}

#[test]
fn faults_are_commands_of_github_actions_with_their_lines() {
    let scene = Scene::new();
    let ran = scene.file("bad,1.toml", BAD).run(&["check", "bad,1.toml", "--format", "github"]).exits(2);
    let commands = "\
::error title=redis-keys-migrator,file=bad%2C1.toml,line=3::job `sessions`: unknown key `mach`%0Ahint: did you mean `match`?
::error title=redis-keys-migrator,file=bad%2C1.toml,line=4::job `sessions`: `scan_batch_size` is 0, but must be between 1 and 1000000
::error title=redis-keys-migrator,file=bad%2C1.toml,line=1::job `sessions`: `destination.host` is missing%0Ahint: give it, \
`destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` in the job or in `[defaults]`, as variable `RKM_DESTINATION__HOST`, or by \
`--set destination.host=…`
";
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), (commands, ""));
}

#[test]
fn faults_are_one_json_object() {
    let scene = Scene::new();
    let ran = scene.file("bad.toml", BAD).run(&["check", "bad.toml", "--format", "json"]).exits(2);
    let document = document(&ran);
    assert_eq!(
        (&document["format_version"], &document["exit_code"], &document["files"]),
        (&json!(1), &json!(2), &json!([]))
    );
    let place = |hint| [hint, Some("sessions"), Some("bad.toml")];
    let unknown = "job `sessions`: unknown key `mach`";
    assert_eq!(document["findings"][0], finding("error", unknown, place(Some("did you mean `match`?")), Some(3)));
    let range = "job `sessions`: `scan_batch_size` is 0, but must be between 1 and 1000000";
    assert_eq!(document["findings"][1], finding("error", range, place(None), Some(4)));
    assert_eq!(document["findings"].as_array().map(Vec::len), Some(3));
    assert_eq!(ran.stderr, "");
}

#[test]
fn each_finding_names_its_profile_if_all_are_checked() {
    let scene = Scene::new();
    let project = "[endpoint.old]\nhost = \"h\"\n[profile.one.defaults]\nrename.strip_prefix = \"x\"\n\
                   [profile.two.defaults]\nmatch = \"^a\"\n";
    scene.file("redis-keys-migrator.toml", project);
    scene.file("job.toml", "[[job]]\nname = \"all\"\nsource = \"old\"\ndestination.host = \"g\"\n");
    let check = |format: &str| scene.run(&["check", "job.toml", "--all-profiles", "--format", format, "-q"]).exits(2);
    let document = document(&check("json"));
    let found = |number: usize, name: &str| document["findings"][number][name].clone();
    assert_eq!([found(0, "profile"), found(0, "severity"), found(0, "line")], [json!("one"), json!("error"), json!(4)]);
    assert_eq!(
        [found(1, "profile"), found(1, "severity"), found(1, "line")],
        [json!("two"), json!("warning"), json!(1)]
    );
    assert_eq!(document["findings"].as_array().map(Vec::len), Some(2));
    let ran = check("github");
    let first = "::error title=redis-keys-migrator,file=redis-keys-migrator.toml,line=4::profile `one`: job `all`: ";
    assert!(ran.stdout.starts_with(first), "{}", ran.stdout);
    let ran = ran
        .stdout_has("\n::warning title=redis-keys-migrator,file=job.toml,line=1::profile `two`: job `all`: `match`: ");
    assert!(
        ran.stdout.ends_with("profile `one`:\nprofile `two`:\njob.toml: 1 job\nconfiguration is valid\n"),
        "{}",
        ran.stdout
    );
    check("text")
        .stderr_has("error: profile `one`: redis-keys-migrator.toml:4: job `all`: ")
        .stderr_has("warning: profile `two`: job `all`: `match`: ");
}

#[test]
fn a_valid_file_has_no_findings_and_a_warning_is_at_the_line_of_its_job() {
    let scene = Scene::new();
    let ran = scene.job("").run(&["check", "job.toml", "--format", "json"]).exits(0);
    let expected = json!({
        "format_version": 1, "exit_code": 0, "files": [{ "file": "job.toml", "jobs": 1 }], "findings": []
    });
    assert_eq!((document(&ran), ran.stderr.as_str()), (expected, ""));
    let ran = scene.job("match = \"^user:\"").run(&["check", "job.toml", "--format", "json"]).exits(0);
    let warning = &document(&ran)["findings"][0];
    assert_eq!(
        (&warning["severity"], &warning["line"], &warning["job"]),
        (&json!("warning"), &json!(1), &json!("all"))
    );
    let ran = scene.run(&["check", "job.toml", "--format", "github"]).exits(0);
    assert!(
        ran.stdout.starts_with("::warning title=redis-keys-migrator,file=job.toml,line=1::job `all`: `match`: "),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.ends_with("\njob.toml: 1 job\nconfiguration is valid\n"), "{}", ran.stdout);
}

#[test]
fn outputs_and_endpoints_that_cannot_be_used_are_findings_too() {
    let scene = Scene::new();
    scene.job("error_log = { path = \"no/errors.log\" }");
    let port = format!("destination.port={}", closed_port());
    let arguments = [
        "check",
        "job.toml",
        "--connect",
        "--report-junit",
        "no/a.xml",
        "--format",
        "json",
        "--set",
        &port,
        "--set",
        "destination.connect_timeout=100ms",
    ];
    let ran = scene.run(&arguments).exits(3);
    let document = document(&ran);
    let log =
        "the error log `no/errors.log` (`error_log.path` of job `all`) cannot be created: there is no directory `no`";
    assert_eq!(document["findings"][0], finding("error", log, [None; 3], None));
    let report = "the report `no/a.xml` (`--report-junit`) cannot be created: there is no directory `no`";
    assert_eq!(document["findings"][1], finding("error", report, [None; 3], None));
    let refused = &document["findings"][2];
    let message = refused["message"].as_str().expect("text");
    assert!(message.starts_with("job `all` cannot be run: the destination `127.0.0.1:"), "{message}");
    assert_eq!((&refused["job"], &refused["file"], &refused["line"]), (&json!("all"), &json!("job.toml"), &json!(1)));
    assert_eq!(document["exit_code"], 3);
    ran.errors_and_warnings(&[]);
}

#[test]
fn a_password_at_a_wrong_place_is_in_no_format() {
    let scene = Scene::new();
    scene.file(
        "bad.toml",
        "[[job]]\nname = \"a\"\nsource = { host = \"x\", pasword = \"s3cret\" }\ndestination = \"u:s3cret@h\"\n",
    );
    for format in ["text", "github", "json"] {
        let ran = scene.run(&["check", "bad.toml", "--format", format]).exits(2);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("s3cret"), "{}{}", ran.stdout, ran.stderr);
    }
}
