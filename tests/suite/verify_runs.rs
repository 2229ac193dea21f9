//! Which jobs are verified, and when.

use std::fs;

use serde_json::Value;

use crate::support::{CAREFUL, Kind, Ran, Scene, Server, closed_port, poison, words};
use crate::verify::recorded;

const VERIFY: [&str; 4] = ["verify", "job.toml", "--report", "report.json"];
const RUN: [&str; 4] = ["run", "job.toml", "--report", "report.json"];

/// Writes jobs, each of a name and its lines, with the servers of the scene unless the lines name others.
fn jobs(scene: &Scene, jobs: &[(&str, &str)]) {
    let defaults = "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"0s\"\n";
    let job = |(name, lines): &(&str, &str)| format!("[[job]]\nname = \"{name}\"\n{lines}\n");
    scene.file("job.toml", &(defaults.to_owned() + &jobs.iter().map(job).collect::<String>()));
}

/// The job's name, its status, and the keys that were compared, and that are equal.
fn results(ran: &Ran) -> Vec<(String, String, Option<[u64; 2]>)> {
    let report = ran.report();
    let jobs = report["jobs"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let counts = |found: &Value| Some([found["compared"].as_u64()?, found["keys"]["equal"].as_u64()?]);
    jobs.iter().map(|job| (text(&job["name"]), text(&job["status"]), counts(&job["verification"]))).collect()
}

fn result(name: &str, status: &str, counts: Option<[u64; 2]>) -> (String, String, Option<[u64; 2]>) {
    (name.to_owned(), status.to_owned(), counts)
}

#[test]
fn a_refused_job_keeps_the_others_from_being_verified_unless_they_keep_going() {
    let scene = Scene::new().never_retries();
    scene.source.fill(3);
    jobs(&scene, &[("two", "")]);
    scene.run(&RUN).exits(0);
    let lost = format!("source = {{ host = \"127.0.0.1\", port = {}, retry = \"0s\" }}", closed_port());
    jobs(&scene, &[("one", &format!("{lost}\nmatch = \"other:*\"")), ("two", "")]);
    let ran = scene.run(&VERIFY).exits(3);
    assert_eq!(results(&ran), [result("one", "refused", None), result("two", "not-run", None)]);
    let ran = scene.run(&[&VERIFY[..], &["--keep-going"]].concat()).exits(3);
    assert_eq!(results(&ran), [result("one", "refused", None), result("two", "done", Some([3, 3]))]);
}

#[test]
fn differences_of_one_job_do_not_keep_the_next_one_from_being_verified() {
    let scene = Scene::new();
    scene.source.fill(20);
    jobs(&scene, &[("one", "match = \"key:?\""), ("two", "match = \"key:1?\"")]);
    scene.run(&RUN).exits(0);
    scene.destination.run(words!["DEL", "key:1", "key:11"]);
    let ran = scene.run(&VERIFY).exits(5);
    assert_eq!(results(&ran), [result("one", "done", Some([10, 9])), result("two", "done", Some([10, 9]))]);
}

#[test]
fn a_disabled_job_is_not_verified() {
    let scene = Scene::new();
    scene.source.fill(20);
    let off = "enabled = false\nmatch = \"key:1?\"\nverify = \"full\"";
    jobs(&scene, &[("one", "match = \"key:?\"\nverify = \"full\""), ("off", off)]);
    let expected = [result("one", "done", Some([10, 10])), result("off", "disabled", None)];
    for arguments in [RUN, VERIFY] {
        let ran = scene.run(&arguments).exits(0);
        assert_eq!((results(&ran), recorded(&scene)), (expected.to_vec(), Vec::new()));
    }
    let ran = scene.run(&[&VERIFY[..], &["--job", "off"]].concat()).exits(0);
    assert_eq!(results(&ran), expected[1..]);
}

#[test]
fn jobs_that_share_a_walk_are_verified_one_by_one() {
    let scene = Scene::new();
    scene.source.fill(300);
    let log = |name: &str| format!("verify_log = \"{name}.jsonl\"");
    let (one, two, three) = (log("one"), log("two"), log("three"));
    let all = [
        ("one", format!("match = \"key:1*\"\nverify = \"full\"\n{one}")),
        ("two", format!("match = \"key:2*\"\n{two}")),
        ("three", format!("match = \"key:3*\"\nverify = \"full\"\n{three}")),
    ];
    jobs(&scene, &all.each_ref().map(|(name, lines)| (*name, lines.as_str())));
    scene.destination.run(words!["SET", "key:100", "another value"]);
    scene.destination.run(words!["SET", "key:3000", "extra"]);
    let before = scene.source.calls("scan");
    let ran = scene.run(&RUN).exits(5);
    // Each of pre-flight, one for the jobs, and one for each that is verified.
    assert_eq!(scene.source.calls("scan") - before, 3 + 1 + 2);
    let expected =
        [result("one", "done", Some([111, 110])), result("two", "done", None), result("three", "done", Some([11, 11]))];
    assert_eq!(results(&ran), expected);
    let ran = ran.outcomes("one", "copied 110, existing 1").outcomes("two", "copied 111");
    let ran = ran.outcomes("three", "copied 11");
    let kinds = ["one", "three"].map(|job| ran.job(job)["verification"]["keys"].clone());
    assert_eq!([&kinds[0]["value"], &kinds[0]["extra"], &kinds[1]["extra"]], [&1.into(), &0.into(), &Value::from(1)]);
    let lines = ["one", "three"].map(|job| scene.read(&format!("{job}.jsonl")).lines().count());
    assert_eq!((lines, fs::exists(scene.folder().join("two.jsonl")).ok()), ([1, 1], Some(false)));
}

#[test]
fn a_dry_run_verifies_nothing() {
    let scene = Scene::new();
    scene.source.fill(3);
    scene.job("verify = \"full\"");
    let ran = scene.run(&[&RUN[..], &["--dry-run"]].concat()).exits(0);
    assert_eq!(results(&ran), [result("all", "done", None)]);
    drop(ran.stdout_lacks("differ"));
    // Pre-flight tries it once at each.
    assert_eq!((scene.source.calls("dump"), scene.destination.calls("dump")), (1, 1));
    scene.run(&[&VERIFY[..], &["--dry-run"]].concat()).exits(2);
}

#[test]
fn keys_that_are_run_again_are_verified_and_no_others() {
    let scene = Scene::of(Server::start(Kind::Redis70), Server::with(Kind::Redis70, &CAREFUL));
    for key in ["one", "two"] {
        poison(&scene.source, key);
    }
    scene.source.fill(3);
    scene.job("verify = \"full\"\nerror_log.path = \"first.log\"");
    let ran = scene.run(&RUN).exits(5);
    assert_eq!(results(&ran), [result("all", "done", Some([5, 3]))]);
    let missing = |key: &str| (0, format!("\"{key}\""), "missing".to_owned());
    assert_eq!(recorded(&scene), [missing("one"), missing("two")]);
    scene.source.run(words!["SET", "one", "repaired"]);
    // A difference of a key that did not fail.
    scene.destination.run(words!["DEL", "key:1"]);
    let retry = ["retry", "first.log", "job.toml", "--report", "report.json", "--set", "error_log.path=second.log"];
    let ran = scene.run(&retry).exits(5);
    assert_eq!(results(&ran), [result("all", "done", Some([2, 1]))]);
    assert_eq!(recorded(&scene), [missing("two")]);
    scene.source.run(words!["SET", "two", "repaired"]);
    assert_eq!(results(&scene.run(&retry).exits(0)), [result("all", "done", Some([2, 2]))]);
}

#[test]
fn values_are_only_in_the_differences_file_and_passwords_nowhere() {
    const PASSWORD: &str = "the-password";
    let server = || Server::with(Kind::Redis70, &["--requirepass", PASSWORD]);
    let scene = Scene::of(server(), server());
    scene.source.run(words!["SET", "key", "value-at-the-source"]);
    scene.destination.run(words!["SET", "key", "value-at-the-destination"]);
    scene.job("");
    let passwords = ["source", "destination"].map(|side| format!("{side}.password={PASSWORD}"));
    for options in [&["-vv"][..], &["-vv", "--log-format", "json"], &["--report-markdown", "m", "--report-junit", "j"]]
    {
        let settings = ["--set", &passwords[0], "--set", &passwords[1]];
        let ran = scene.run(&[&VERIFY[..], &settings, options].concat()).exits(5);
        let lines = scene.read("redis-keys-migrator-differences.jsonl");
        assert!(
            ["value-at-the-source", "value-at-the-destination"].iter().all(|value| lines.contains(value)),
            "{lines}"
        );
        assert!(!lines.contains(PASSWORD), "{lines}");
        let files = ["m", "j", "report.json"].map(|name| fs::read_to_string(scene.folder().join(name)));
        let others = [ran.stdout, ran.stderr].into_iter().chain(files.into_iter().filter_map(Result::ok));
        for text in others {
            assert!(!text.contains("value-at-the") && !text.contains(PASSWORD), "{text}");
        }
    }
}
