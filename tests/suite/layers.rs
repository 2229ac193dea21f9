//! Files, variables and `--set` together.

use crate::support::Scene;

/// Three jobs in two files.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.source.fill(20);
    let defaults = "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"5s\"\n";
    scene.file(
        "a.toml",
        &format!(
            "{defaults}[[job]]\nname = \"ones\"\nmatch = \"key:1\"\n[[job]]\nname = \"tens\"\nmatch = \"key:1?\"\n"
        ),
    );
    scene.file("b.toml", &format!("{defaults}[[job]]\nname = \"the-rest\"\nmatch = \"key:*\"\n"));
    scene
}

/// A variable for all jobs, a variable for one job, and `--set`.
const SET: [&str; 2] = ["--set", "job.tens.match=key:1[0-4]"];
const FOR_ALL: (&str, &str) = ("RKM_SLEEP", "0s");
const FOR_ONE: (&str, &str) = ("RKM_JOB__THE_REST__EXCLUDE", "key:19");

#[test]
fn a_run_of_three_jobs_in_two_files_adds_up() {
    let scene = scene();
    let arguments = ["run", "a.toml", "b.toml", "--report", "report.json", SET[0], SET[1]];
    let run = scene.prepare(&arguments).env(FOR_ALL.0, FOR_ALL.1).env(FOR_ONE.0, FOR_ONE.1);
    let ran = run.run().exits(0);
    let ran = ran.outcomes("ones", "copied 1").outcomes("tens", "copied 5");
    ran.outcomes_and_filtered("the-rest", "copied 13, existing 6", 1);
    assert_eq!(scene.destination.size(), 19);
}

#[test]
fn show_prints_the_origin_of_each_value() {
    let scene = scene();
    let arguments = ["show", "a.toml", "b.toml", SET[0], SET[1]];
    let shown = scene.prepare(&arguments).env(FOR_ALL.0, FOR_ALL.1).env(FOR_ONE.0, FOR_ONE.1).run().exits(0);
    for (value, origin) in [
        ("key:1[0-4]", "--set"),
        ("0s", "RKM_SLEEP"),
        ("key:19", "RKM_JOB__THE_REST__EXCLUDE"),
        ("key:1", "a.toml:7"),
        ("key:*", "b.toml:7"),
        ("1000", "default"),
    ] {
        let is_shown = shown.stdout.lines().any(|line| line.contains(value) && line.contains(origin));
        assert!(is_shown, "no line has `{value}` from `{origin}`:\n{}", shown.stdout);
    }
}

#[test]
fn one_job_can_be_selected() {
    let scene = scene();
    let arguments = ["run", "a.toml", "b.toml", "--job", "tens", "--report", "report.json"];
    let ran = scene.run(&arguments).exits(0).outcomes("tens", "copied 10");
    assert_eq!(ran.report()["jobs"].as_array().expect("a list").len(), 1);
}

#[test]
fn values_that_look_like_other_types_are_text_if_the_key_is_text() {
    for (pattern, key) in
        [("[ab]", "a"), ("643", "643"), ("007", "007"), ("true", "true"), ("{x}", "{x}"), ("\"q\"", "\"q\"")]
    {
        let scene = Scene::new();
        let mut client = scene.source.client();
        for name in ["a", "643", "007", "7", "true", "{x}", "\"q\"", "q"] {
            client.run(crate::support::words!["SET", name, ""]);
        }
        scene.job("");
        let by_variable =
            scene.prepare(&["run", "job.toml", "--report", "report.json"]).env("RKM_MATCH", pattern).run();
        by_variable.exits(0);
        assert!(scene.destination.reading().0.contains_key(key.as_bytes()), "`{pattern}` does not match `{key}`");
        let set = format!("match={pattern}");
        let by_set = scene.run(&["run", "job.toml", "--report", "report.json", "--set", &set]).exits(0);
        assert!(by_set.count("all", "existing") >= 1 && by_set.count("all", "copied") == 0, "{}", by_set.report());
    }
}

#[test]
fn a_password_that_looks_like_a_number_is_a_password() {
    use crate::support::{Kind, Server};
    for password in ["12345", "007", "true", "[x]", "\"q\""] {
        let scene = Scene::of(Server::with(Kind::Redis70, &["--requirepass", password]), Server::start(Kind::Redis70));
        scene.source.fill(1);
        scene.job("");
        let run = scene.prepare(&["run", "job.toml", "--report", "report.json"]);
        run.env("RKM_SOURCE__PASSWORD", password).run().exits(0).outcomes("all", "copied 1");
        let set = format!("source.password={password}");
        scene.run(&["run", "job.toml", "--report", "report.json", "--set", &set]).exits(0);
    }
}

#[test]
fn service_links_of_kubernetes_are_ignored_with_one_note() {
    let scene = Scene::new();
    scene.source.fill(1);
    scene.job("");
    let run = scene.prepare(&["run", "job.toml", "--report", "report.json"]);
    let links =
        [("RKM_SERVICE_HOST", "10.0.0.9"), ("RKM_PORT", "tcp://10.0.0.9:6379"), ("RKM_PORT_6379_TCP_PROTO", "tcp")];
    let run = links.iter().fold(run, |run, (name, value)| run.env(name, value));
    let ran = run.run().exits(0).outcomes("all", "copied 1").errors_and_warnings(&[]);
    let note =
        "ignored, because Kubernetes sets them for a service: RKM_PORT, RKM_PORT_6379_TCP_PROTO, RKM_SERVICE_HOST";
    assert_eq!(ran.stderr.matches("RKM_").count(), 3, "{}", ran.stderr);
    ran.stderr_has(note);
}

#[test]
fn a_url_may_begin_with_valkey() {
    let scene = Scene::new();
    scene.source.fill(3);
    scene.job("");
    let set = "source.url=valkey://127.0.0.1:{SOURCE_PORT}";
    scene.run(&["run", "job.toml", "--report", "report.json", "--set", set]).exits(0).outcomes("all", "copied 3");
}
