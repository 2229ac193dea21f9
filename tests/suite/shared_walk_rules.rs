//! Which jobs share a walk, and what the others do when one of them ends early.

use rustix::process::Signal;

use crate::support::{Pipeline, Ran, Scene, poison, words};

const RUN: [&str; 4] = ["run", "jobs.toml", "--report", "report.json"];

/// A job of these name and lines.
fn job(name: &str, lines: &str) -> String {
    let pace = if lines.contains("sleep") { "" } else { "sleep = \"0s\"\n" };
    format!(
        "[[job]]\nname = \"{name}\"\nsource = {{SOURCE}}\ndestination = {{DESTINATION}}\n\
         error_log.path = \"{name}.log\"\n{pace}{lines}\n"
    )
}

/// A source with 30 keys of each of these prefixes.
fn scene(prefixes: &[&str]) -> Scene {
    let scene = Scene::careful();
    let mut pipeline = Pipeline::new();
    for prefix in prefixes {
        (0..30).for_each(|number| pipeline.add(words!["SET", format!("{prefix}:{number}"), number]));
    }
    scene.source.client().run_all(&pipeline);
    scene
}

/// The `SCAN`s of a run, without those of pre-flight, which takes one sample for each job.
fn scans(scene: &Scene, jobs: &[String]) -> u64 {
    scene.destination.run(words!["FLUSHALL"]);
    scene.file("jobs.toml", &jobs.concat());
    let before = scene.source.calls("scan");
    scene.run(&RUN).exits(0);
    scene.source.calls("scan") - before - jobs.len() as u64
}

#[test]
fn jobs_with_the_same_endpoints_and_pace_share_a_walk() {
    let scene = scene(&["a", "b", "c"]);
    let jobs = [
        job("a", "match = \"a:*\""),
        job("b", "match = \"b:*\"\non_existing = \"replace\""),
        job("c", "match = \"c:*\""),
    ];
    assert_eq!(scans(&scene, &jobs), 1);
    assert_eq!(scene.destination.size(), 90);
}

#[test]
fn jobs_that_differ_in_pace_database_or_name_do_not_share_a_walk() {
    let scene = scene(&["a", "b"]);
    for line in [
        "share_walk = false",
        "sleep = \"1ms\"",
        "scan_batch_size = 999",
        "pipeline_batch_size = 999",
        "max_processed_existing_keys = 999",
        "lanes = 1",
        "max_keys_per_second = 100000",
        "max_bytes_per_second = \"100MiB\"",
        "max_source_latency = \"1s\"",
        "rename.add_prefix = \"new:\"",
    ] {
        let jobs = [job("a", "match = \"a:*\""), job("b", &format!("match = \"b:*\"\n{line}"))];
        assert_eq!(scans(&scene, &jobs), 2, "{line}");
    }
    let latency = "max_source_latency = \"1s\"";
    assert!(scans(&scene, &[job("a", latency), job("b", latency)]) >= 2);
}

#[test]
fn the_walk_asks_for_a_pattern_that_all_jobs_have() {
    let scene = scene(&["a", "b"]);
    scene.file("jobs.toml", &[job("one", "match = \"a:*\""), job("two", "match = \"a:*\"")].concat());
    let ran = scene.run(&RUN).exits(0).outcomes("one", "copied 30").outcomes("two", "existing 30");
    assert_eq!((ran.count("one", "scanned"), ran.count("two", "scanned")), (30, 30));
}

/// Three jobs. The second one reaches its error limit at its first key. All keys of the third one match the first one, too.
fn limited() -> Scene {
    let scene = scene(&["a", "c"]);
    poison(&scene.source, "b:1");
    let jobs = [
        job("first", "match = [\"a:*\", \"b:*\", \"c:*\"]"),
        job("second", "match = \"b:*\"\nmax_errored_keys = 1"),
        job("third", "match = [\"b:*\", \"c:*\"]\non_existing = \"replace\""),
    ];
    scene.file("jobs.toml", &jobs.concat());
    scene
}

#[track_caller]
fn first_two_are_unchanged(ran: Ran) -> Ran {
    let ran = ran.exits(4).outcomes("first", "copied 60, failed 1").outcomes("second", "failed 1");
    assert_eq!((ran.status_of("first"), ran.status_of("second")), ("done".to_owned(), "error-limit".to_owned()));
    ran
}

#[test]
fn the_jobs_after_one_that_ends_early_stop_and_the_jobs_before_it_do_not() {
    let scene = limited();
    let ran = first_two_are_unchanged(scene.run(&RUN));
    ran.assert_account("third");
    assert_eq!(ran.status_of("third"), "not-run");
    ran.reasons("third", &["job `second` ended early"]);
}

#[test]
fn with_keep_going_the_jobs_after_one_that_ends_early_continue() {
    let scene = limited();
    let ran = first_two_are_unchanged(scene.run(&[&RUN[..], &["--keep-going"]].concat()));
    let ran = ran.outcomes("third", "replaced 30, failed 1");
    assert_eq!(ran.status_of("third"), "done");
    for name in ["first", "second", "third"] {
        let log = scene.read(&format!("{name}.log"));
        assert!(log.lines().count() == 1 && log.contains(&format!(" job={name} key=\"b:1\" ")), "{log}");
    }
}

#[test]
fn more_keys_than_the_feed_has_room_for_pass_through_every_job() {
    for pace in ["sleep = \"0s\"", "sleep = \"1ms\"\npipeline_batch_size = 700"] {
        let scene = Scene::new();
        scene.source.fill(60_000);
        let lines = |more: &str| format!("{pace}\n{more}");
        let jobs = [
            job("one", &lines("match = \"key:*\"")),
            job("two", &lines("match = \"*7\"\non_existing = \"replace\"")),
            job("three", &lines("match = \"*\"")),
        ];
        scene.file("jobs.toml", &jobs.concat());
        let ran = scene.run(&[&RUN[..], &["--set", "max_processed_existing_keys=100000"]].concat()).exits(0);
        ran.outcomes("one", "copied 60000").outcomes("two", "replaced 6000").outcomes("three", "existing 60000");
        assert_eq!(scene.destination.size(), 60_000);
    }
}

#[test]
fn all_jobs_are_walked_again_if_the_destination_is_another_process() {
    let scene = scene(&[]);
    scene.source.fill(3000);
    let pace = "max_keys_per_second = 1500";
    let jobs = [
        job("one", &format!("{pace}\nmatch = \"key:*1\"")),
        job("two", &format!("{pace}\nexclude = \"key:*1\"")),
        job("three", &format!("{pace}\nmatch = \"key:*2\"")),
    ];
    scene.file("jobs.toml", &jobs.concat());
    let mut running = scene.prepare(&RUN).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 300);
    scene.destination.stop();
    scene.destination.start_again();
    let ran = running.wait().exits(0);
    for name in ["one", "two", "three"] {
        ran.assert_account(name);
        assert_eq!((ran.status_of(name), ran.restarts(name).len()), ("done".to_owned(), 1), "{name}");
    }
    assert_eq!(scene.destination.size(), 3000);
}

#[test]
fn a_signal_ends_all_jobs_of_a_walk_early() {
    let scene = scene(&[]);
    scene.source.fill(6000);
    let pace = "max_keys_per_second = 1500";
    let jobs = [job("one", &format!("{pace}\nmatch = \"key:*1\"")), job("two", &format!("{pace}\nmatch = \"*\""))];
    scene.file("jobs.toml", &jobs.concat());
    let mut running = scene.prepare(&RUN).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 300);
    running.signal(Signal::INT);
    let ran = running.wait().exits(130);
    for name in ["one", "two"] {
        ran.assert_account(name);
        assert_eq!(ran.status_of(name), "interrupted", "{name}");
    }
    assert!(scene.destination.size() < 6000);
}
