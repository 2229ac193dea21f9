//! `retry`: the failed keys of an earlier run are run again, and no others.

use crate::support::{CAREFUL, Ending, Gate, Kind, Scene, Server, poison, words};

/// The log of the first run, which is read by the second one.
const FIRST: &str = "first.log";

/// The formats of error logs.
const FORMATS: [&str; 2] = ["text", "json"];

/// A destination that refuses keys that are poison.
fn scene() -> Scene {
    Scene::of(Server::start(Kind::Redis70), Server::with(Kind::Redis70, &CAREFUL))
}

/// Two jobs, `carts` and `users`, whose error log is [`FIRST`].
fn jobs(scene: &Scene, format: &str, lines: &str) {
    let tables = "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"0s\"\n";
    let log = format!("error_log = {{ path = \"{FIRST}\", format = \"{format}\" }}\n{lines}\n");
    let jobs = ["cart", "user"].map(|name| format!("[[job]]\nname = \"{name}s\"\nmatch = \"{name}:*\"\n"));
    scene.file("job.toml", &[tables, &log, &jobs.concat()].concat());
}

/// The arguments of a second run.
const RETRY: [&str; 7] = ["retry", FIRST, "job.toml", "--report", "report.json", "--set", "error_log.path=second.log"];

/// The keys at the destination, in order.
fn arrived(scene: &Scene) -> Vec<Vec<u8>> {
    scene.destination.reading().0.into_keys().collect()
}

#[test]
fn only_the_failed_keys_are_run_again_whatever_their_names() {
    for format in FORMATS {
        let scene = scene();
        let failing: [&[u8]; 3] = [b"cart:\xff\n\"\\", b"cart: db=7 type=x", b"user:\x00"];
        for key in failing {
            poison(&scene.source, key);
        }
        scene.source.run(words!["SET", "cart:fine", "v"]);
        jobs(&scene, format, "");
        let run = scene.run(&["run", "job.toml", "--report", "report.json"]).exits(1);
        run.outcomes("carts", "copied 1, failed 2").outcomes("users", "failed 1");
        let (log, scans) = (scene.read(FIRST), scene.source.calls("scan"));
        // A key that would be scanned, and one that has been copied, are not failed keys.
        scene.source.run(words!["SET", "cart:new", "v"]);
        scene.destination.run(words!["DEL", "cart:fine"]);
        for key in failing {
            scene.source.run(words!["SET", key, "repaired"]);
        }
        let again = scene
            .run(&RETRY)
            .exits(0)
            .stderr_has("the error log `first.log`: 3 failed keys of 2 jobs will be run again");
        again.outcomes("carts", "copied 2").outcomes("users", "copied 1");
        let mut expected = failing.map(<[u8]>::to_vec).to_vec();
        expected.sort();
        assert_eq!(arrived(&scene), expected, "{format}");
        assert_eq!(scene.source.calls("scan"), scans, "{format}: the second run scans nothing");
        assert_eq!(scene.read(FIRST), log, "the log that was read stays as it is");
        assert!(!scene.folder().join("second.log").exists(), "no key failed");
    }
}

#[test]
fn keys_that_fail_again_are_in_the_log_of_the_second_run() {
    for format in FORMATS {
        let scene = scene();
        for key in ["cart:1", "cart:2"] {
            poison(&scene.source, key);
        }
        // Too few keys are no failure of a second run, and function libraries are left alone.
        jobs(&scene, format, "min_keys = 1\nfunctions = true");
        scene.source.run(words!["SET", "user:1", "v"]);
        scene.run(&["run", "job.toml", "--report", "report.json"]).exits(1).outcomes("carts", "failed 2");
        scene.source.run(words!["SET", "cart:1", "v"]);
        let again = scene.run(&[&RETRY[..], &["--set", "min_keys=5"]].concat()).exits(1);
        let again =
            again.outcomes("carts", "copied 1, failed 1").stderr_has(": 2 failed keys of 1 job will be run again");
        assert_eq!(again.report()["jobs"].as_array().map(Vec::len), Some(1), "job `users` had no failed key");
        let log = scene.read("second.log");
        assert!(log.lines().count() == 1 && log.contains("cart:2"), "{log}");
        // And so on.
        scene.source.run(words!["DEL", "cart:2"]);
        let third = ["retry", "second.log", "job.toml", "--report", "report.json"];
        scene.run(&third).exits(0).outcomes("carts", "vanished 1");
    }
}

#[test]
fn keys_keep_their_databases_and_their_new_names() {
    for format in FORMATS {
        let scene = scene();
        poison(&scene.source, "cart:3");
        scene.source.run(words!["MOVE", "cart:3", 3]);
        poison(&scene.source, "cart:0");
        jobs(&scene, format, "");
        let settings = ["--set", "source.db=[0, 3]", "--set", "destination.db=same", "--set", "rename.add_prefix=x:"];
        let run = ["run", "job.toml", "--report", "report.json"];
        scene.run(&[&run[..], &settings].concat()).exits(1).outcomes("carts", "failed 2");
        for (db, key) in [(0, "cart:0"), (3, "cart:3")] {
            scene.source.db(db).run(words!["SET", key, "v"]);
        }
        scene.source.run(words!["SET", "cart:3", "of database 0"]);
        scene.run(&[&RETRY[..], &settings].concat()).exits(0).outcomes("carts", "copied 2");
        assert_eq!(arrived(&scene), [b"x:cart:0".to_vec()]);
        assert_eq!(scene.destination.db(3).run(words!["GET", "x:cart:3"]).text(), "v");
        // A job that reads other databases now cannot find them.
        let ran = scene.run(&[&RETRY[..], &["--set", "source.db=1"]].concat()).exits(2);
        ran.stderr_has("error: first.log:1: the key is in database 0, but job `carts` reads database 1");
    }
}

#[test]
fn keys_without_a_reply_are_run_again() {
    for format in FORMATS {
        let scene = Scene::new().never_retries();
        scene.source.fill(3000);
        scene.job(&format!("error_log = {{ path = \"{FIRST}\", format = \"{format}\" }}"));
        let gate = Gate::new(scene.destination.port(), "RESTORE", 700, Ending::Close);
        let ran = scene.prepare_job(&[format!("destination.port={}", gate.port())]).run().exits(3);
        let failed = ran.count("all", "failed");
        assert!(failed > 0, "{}", ran.report());
        let log = scene.read(FIRST);
        assert_eq!(log.lines().count() as u64, failed + 1, "one line for each key, and one for the endpoint");
        let before = scene.destination.size();
        let again = scene.run(&RETRY).exits(0);
        let (copied, existing) = (again.count("all", "copied"), again.count("all", "existing"));
        assert_eq!((copied + existing, again.count("all", "matched")), (failed, failed));
        assert_eq!(scene.destination.size(), before + i64::try_from(copied).expect("it is small"));
    }
}

#[test]
fn the_checkpoint_of_the_run_that_failed_is_left_alone() {
    let scene = Scene::new().never_retries();
    scene.source.fill(3000);
    scene.job(&format!("error_log.path = \"{FIRST}\"\ncheckpoint = \"all.checkpoint\""));
    let gate = Gate::new(scene.destination.port(), "RESTORE", 700, Ending::Close);
    let failed =
        scene.prepare_job(&[format!("destination.port={}", gate.port())]).run().exits(3).count("all", "failed");
    let record = scene.read("all.checkpoint");
    let again = scene.run(&RETRY).exits(0);
    assert_eq!(again.count("all", "matched"), failed);
    assert_eq!(scene.read("all.checkpoint"), record);
    let ran = scene.run(&[&RETRY[..], &["--resume"]].concat()).exits(2);
    ran.stderr_has("`--resume` has no effect, because no job has a checkpoint");
}

#[test]
fn the_log_that_is_read_is_never_written() {
    let scene = scene();
    poison(&scene.source, "cart:1");
    jobs(&scene, "text", "");
    scene.run(&["run", "job.toml"]).exits(1);
    let log = scene.read(FIRST);
    for options in [&[][..], &["--set", "error_log.mode=append"], &["--dry-run"]] {
        let ran = scene.run(&[&["retry", FIRST, "job.toml"], options].concat()).exits(2);
        ran.stderr_has("is the same file as the error log `first.log`, whose keys are run again; choose another path");
        assert_eq!(scene.read(FIRST), log);
    }
    scene.run(&["retry", FIRST, "job.toml", "--output-dir", "second"]).exits(1);
    assert_eq!(scene.read(FIRST), log);
    assert_eq!(scene.read("second/first.log").lines().count(), 1);
}

#[test]
fn jobs_can_be_chosen_and_a_job_that_no_file_has_is_an_error() {
    let scene = scene();
    for key in ["cart:1", "user:1"] {
        poison(&scene.source, key);
    }
    jobs(&scene, "text", "");
    scene.run(&["run", "job.toml"]).exits(1);
    let carts = scene.run(&[&RETRY[..], &["--job", "carts"]].concat()).exits(1).outcomes("carts", "failed 1");
    assert_eq!(carts.report()["jobs"].as_array().map(Vec::len), Some(1));
    scene.file("other.toml", "[[job]]\nname = \"others\"\nsource = {SOURCE}\ndestination = {DESTINATION}\n");
    let ran = scene.run(&["retry", FIRST, "other.toml"]).exits(2);
    ran.errors_and_warnings(&[
        &["error: the error log `first.log` has failed keys of job `carts`, but no job has this name"],
        &["error: the error log `first.log` has failed keys of job `users`, but no job has this name"],
    ]);
    let both = ["retry", FIRST, "job.toml", "other.toml", "--job", "others"];
    scene.run(&both).exits(0).stderr_has("names no failed key of these jobs: nothing is run");
}

#[test]
fn a_file_that_is_no_error_log_and_a_backup_as_the_source_are_refused() {
    let scene = scene();
    jobs(&scene, "text", "");
    let refused = |expected: &str| {
        scene.run(&RETRY).exits(2).errors_and_warnings(&[&[expected]]);
    };
    refused("the error log `first.log` cannot be opened: No such file or directory");
    scene.file(FIRST, "\n[[job]]\n");
    refused("error: first.log:2: this is not a line of an error log");
    scene.file(FIRST, "{\"job\":7}\n");
    refused("error: first.log:1: this is not a line of an error log: invalid type: integer `7`, expected a string");
    poison(&scene.source, "cart:1");
    scene.run(&["run", "job.toml"]).exits(1);
    let log = scene.read(FIRST);
    scene.file(FIRST, &log[..log.find(" type=").expect("a field")]);
    refused("error: first.log:1: this is not a line of an error log");
    scene.file(FIRST, &log);
    let backup = "[[job]]\nname = \"carts\"\nsource.rdb = \"a.rdb\"\ndestination = {DESTINATION}\n";
    scene.file("job.toml", backup);
    refused("error: job `carts` cannot be retried: its source, the backup `a.rdb`, cannot be asked for single keys");
    // A log without failed keys is no error.
    jobs(&scene, "text", "");
    scene.file(FIRST, "");
    scene.run(&RETRY).exits(0).stderr_has("nothing is run").errors_and_warnings(&[]);
}

#[test]
fn a_dry_run_of_a_retry_writes_nothing() {
    let scene = scene();
    poison(&scene.source, "cart:1");
    jobs(&scene, "json", "");
    scene.run(&["run", "job.toml"]).exits(1);
    scene.source.run(words!["SET", "cart:1", "v"]);
    scene.run(&[&RETRY[..], &["--dry-run"]].concat()).exits(0).outcomes("carts", "copied 1");
    assert_eq!(scene.destination.size(), 0);
}
