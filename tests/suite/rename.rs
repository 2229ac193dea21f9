//! `rename`: keys have other names at the destination.

use std::collections::BTreeMap;

use crate::support::{Dataset, Gate, Kind, Reading, Scene, Server, assert_same_within, poison, shown, words};

const RENAME: &str = "match = \"a:*\"\nrename = { strip_prefix = \"a:\", add_prefix = \"b:\" }";
const RUN: [&str; 4] = ["run", "job.toml", "--report", "report.json"];
const DRY_RUN: [&str; 5] = ["run", "job.toml", "--report", "report.json", "--dry-run"];

fn set(server: &Server, key: impl AsRef<[u8]>, value: &str) {
    server.run(words!["SET", key.as_ref(), value]);
}

/// The strings of a destination by name, as `redis-cli` shows both.
fn strings(server: &Server) -> BTreeMap<String, String> {
    let mut client = server.client();
    let keys = server.reading().0.into_keys();
    keys.map(|key| (shown(&key), client.run(words!["GET", key]).text())).collect()
}

fn expected<const N: usize>(strings: [(&str, &str); N]) -> BTreeMap<String, String> {
    strings.map(|(name, value)| (format!("\"{name}\""), value.to_owned())).into()
}

/// Keys with the prefix, one without, and one that has the new name of another one already.
fn scene() -> Scene {
    let scene = Scene::new();
    for (key, value) in [("a:1", "one"), ("a:2", "two"), ("a:b:1", "three"), ("b:1", "four"), ("a", "five")] {
        set(&scene.source, key, value);
    }
    scene
}

#[test]
fn one_prefix_is_replaced_by_another_one() {
    let scene = scene();
    scene.run_job(RENAME).exits(0).outcomes("all", "copied 3");
    assert_eq!(strings(&scene.destination), expected([("b:1", "one"), ("b:2", "two"), ("b:b:1", "three")]));
    // Another run finds them under their new names, also a dry run.
    for command in [&RUN[..], &DRY_RUN] {
        scene.run(command).exits(0).outcomes("all", "existing 3");
    }
}

#[test]
fn a_prefix_may_only_be_added_or_only_be_removed() {
    let scene = scene();
    scene.run_job("rename.add_prefix = \"new:\"").exits(0).outcomes("all", "copied 5");
    let all = [("new:a", "five"), ("new:a:1", "one"), ("new:a:2", "two"), ("new:a:b:1", "three"), ("new:b:1", "four")];
    assert_eq!(strings(&scene.destination), expected(all));
    scene.destination.run(words!["FLUSHALL"]);
    set(&scene.source, "a:", "nothing is left of its name");
    let job = "match = [\"a:*\"]\nrename.strip_prefix = \"a:\"";
    scene.run_job(job).exits(0).outcomes("all", "copied 4");
    let stripped = [("", "nothing is left of its name"), ("1", "one"), ("2", "two"), ("b:1", "three")];
    assert_eq!(strings(&scene.destination), expected(stripped));
}

#[test]
fn what_exists_is_decided_by_the_new_name() {
    let scene = scene();
    set(&scene.destination, "b:1", "there");
    set(&scene.destination, "a:2", "another key");
    let ran = scene.job(RENAME).run(&DRY_RUN).exits(0);
    ran.outcomes("all", "copied 2, existing 1");
    scene.run(&RUN).exits(0).outcomes("all", "copied 2, existing 1");
    let kept = [("a:2", "another key"), ("b:1", "there"), ("b:2", "two"), ("b:b:1", "three")];
    assert_eq!(strings(&scene.destination), expected(kept));
    let replace = format!("{RENAME}\non_existing = \"replace\"");
    let ran = scene.job(&replace).run(&DRY_RUN).exits(0);
    ran.outcomes("all", "replaced 3");
    scene.run(&RUN).exits(0).outcomes("all", "replaced 3");
    let replaced = [("a:2", "another key"), ("b:1", "one"), ("b:2", "two"), ("b:b:1", "three")];
    assert_eq!(strings(&scene.destination), expected(replaced));
}

#[test]
fn pauses_do_not_change_the_names() {
    let scene = scene();
    set(&scene.destination, "b:2", "there");
    let job = format!("{RENAME}\nsleep = \"1ms\"\npipeline_batch_size = 1");
    scene.run_job(&job).exits(0).outcomes("all", "copied 2, existing 1");
    assert_eq!(strings(&scene.destination), expected([("b:1", "one"), ("b:2", "there"), ("b:b:1", "three")]));
}

#[test]
fn the_keys_of_a_file_are_renamed() {
    let scene = scene();
    std::fs::copy(scene.source.save(), scene.folder().join("dump.rdb")).expect("a saved file");
    let job = format!(
        "[[job]]\nname = \"all\"\nsource.rdb = \"dump.rdb\"\ndestination = {{DESTINATION}}\nsleep = \"0s\"\n{RENAME}\n"
    );
    scene.file("job.toml", &job).run(&RUN).exits(0).outcomes_and_filtered("all", "copied 3", 2);
    assert_eq!(strings(&scene.destination), expected([("b:1", "one"), ("b:2", "two"), ("b:b:1", "three")]));
}

#[test]
fn a_failed_key_has_both_names_in_the_error_log_and_in_log_lines() {
    let scene = Scene::careful();
    poison(&scene.source, b"a:\xff");
    let ran = scene.job(RENAME).run(&[&RUN[..], &["-vv"]].concat()).exits(1).outcomes("all", "failed 1");
    let log = scene.error_log();
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains(r#" job=all key="a:\xff" destination_key="b:\xff" type=hash side=destination "#), "{log}");
    ran.stderr_has(r#"trace: job `all`: key "a:\xff" (at the destination "b:\xff"): failed: "#);
    let ran = scene.run(&RUN).exits(1);
    let ran = ran.stdout_has(r#"(key "a:\xff", at the destination "b:\xff")"#);
    let job = ran.job("all");
    assert_eq!(job["failures"][0]["example_key"], r#""a:\xff""#);
    assert_eq!(job["failures"][0]["example_destination_key"], r#""b:\xff""#);
    assert_eq!(job["configuration"]["rename"]["strip_prefix"], "a:");
}

#[test]
fn a_write_without_reply_is_settled_by_its_new_name() {
    let scene = Scene::new();
    for number in 0..100 {
        set(&scene.source, format!("a:{number}"), "v");
    }
    // Keys with the old names must not be mistaken for the new ones.
    set(&scene.destination, "a:1", "other");
    let gate = Gate::losing_replies(scene.destination.port(), "RESTORE", 30);
    scene.job(RENAME);
    let running = scene.prepare_job(&[format!("destination.port={}", gate.port())]).spawn();
    gate.until_cut();
    gate.reopen();
    running.wait().exits(0).outcomes("all", "copied 100");
    let names = strings(&scene.destination);
    assert_eq!(names.keys().filter(|name| name.starts_with("\"b:")).count(), 100);
    assert_eq!(names.len(), 101);
}

#[test]
fn a_new_name_that_is_too_long_for_the_destination_fails_alone() {
    const LONGEST: usize = 1 << 20;
    let limit = ["--proto-max-bulk-len", "1048576"];
    let scene = Scene::of(Server::start(Kind::Redis70), Server::with(Kind::Redis70, &limit));
    set(&scene.source, "x".repeat(LONGEST), "too long with a prefix");
    set(&scene.source, "x".repeat(LONGEST - 2), "fits");
    scene.source.fill(50);
    for command in [&DRY_RUN[..], &RUN] {
        let ran = scene.job("rename.add_prefix = \"b:\"").run(command).exits(1);
        ran.outcomes("all", "copied 51, failed 1");
    }
    assert_eq!(scene.destination.size(), 51);
    let reason =
        "its new name of 1048578 bytes is longer than the destination accepts (`proto-max-bulk-len` is 1048576)";
    assert!(scene.error_log().contains(reason));
}

#[test]
fn new_names_do_not_make_the_same_database_a_destination() {
    let scene = scene();
    let port = format!("destination.port={}", scene.source.port());
    let ran = scene.job(RENAME).run(&["check", "job.toml", "--connect", "--set", &port]).exits(3);
    ran.errors_and_warnings(&[&["the source's own database 0"]]);
    assert_eq!(scene.source.size(), 5);
}

#[test]
fn keys_of_all_types_arrive_under_their_new_names() {
    let scene = Scene::new();
    Dataset::mixed(3000).fill(&mut scene.source.client());
    scene.run_job("rename.add_prefix = \"new:\\n\"").exits(0).outcomes("all", "copied 3000");
    let before = scene.source.reading().0;
    let renamed = before.into_iter().map(|(key, entry)| ([b"new:\n", &*key].concat(), entry)).collect();
    assert_same_within(&Reading(renamed), &scene.destination.reading(), 0);
}
