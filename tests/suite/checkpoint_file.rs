//! The file of a checkpoint: what a run makes of it, and which files it refuses.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{Ran, Running, Scene, assert_same, is_superuser};

const KEYS: usize = 200;
/// Takes two seconds for [`KEYS`] keys.
const SLOWLY: &str = "pipeline_batch_size = 10\nscan_batch_size = 10\nsleep = \"100ms\"\ncheckpoint = \"{job}.cp\"";
const RUN: [&str; 4] = ["run", "job.toml", "--report", "report.json"];

/// A scene with keys and a slow job.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.source.fill(KEYS);
    scene.job(SLOWLY);
    scene
}

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&RUN[..], more].concat()
}

/// A run that has copied some keys.
fn begun<'a>(scene: &'a Scene, arguments: &[&str]) -> Running<'a> {
    let mut running = scene.prepare(arguments).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 40);
    running
}

/// Interrupts a run in the middle.
#[track_caller]
fn interrupted(scene: &Scene) -> Ran {
    let running = begun(scene, &RUN);
    running.signal(Signal::TERM);
    running.wait().exits(143)
}

fn record(scene: &Scene) -> Value {
    serde_json::from_str(&scene.read("all.cp")).expect("a record is JSON")
}

/// The files in the folder, except the job file and the report.
fn files(scene: &Scene) -> Vec<String> {
    let entries = fs::read_dir(scene.folder()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().expect("text")).collect();
    names.retain(|name| !["job.toml", "report.json"].contains(&name.as_str()));
    names.sort();
    names
}

#[test]
fn a_run_has_a_record_for_its_owner_only_and_leaves_nothing_when_it_is_done() {
    let scene = scene();
    let mut running = begun(&scene, &RUN);
    running.until("a record has keys", |scene| record(scene)["keys"].as_u64() > Some(0));
    let mode = fs::metadata(scene.folder().join("all.cp")).expect("a record").permissions().mode();
    assert_eq!((mode & 0o777, record(&scene)["state"].as_str()), (0o600, Some("running")));
    let ran = running.wait().exits(0).outcomes("all", "copied 200").errors_and_warnings(&[]);
    assert!(files(&scene).is_empty(), "{:?}", files(&scene));
    assert_same(&scene.source.reading(), &scene.destination.reading());
    ran.stdout_lacks("to continue");
}

#[test]
fn an_interrupted_run_leaves_its_record_and_prints_the_command_that_continues_it() {
    let scene = scene();
    let ran = interrupted(&scene);
    let last = ran.stdout.lines().last().unwrap_or_default();
    assert!(
        last.starts_with("to continue: ") && last.ends_with(" run job.toml --report report.json --resume"),
        "{last}"
    );
    let record = record(&scene);
    assert_eq!(files(&scene), ["all.cp"]);
    assert_eq!((record["state"].as_str(), record["job"].as_str()), (Some("stopped"), Some("all")));
    // A page is walked again if a key of it has no outcome.
    let keys = record["keys"].as_u64().expect("a number");
    assert!((20..=ran.count("all", "matched")).contains(&keys), "{keys}");
    assert_eq!(record["fingerprint"]["job"]["match"], "[\"*\"]");
    assert_eq!(record["fingerprint"]["source"]["run_id"].as_str().map(str::len), Some(40));
}

#[test]
fn a_run_does_not_overwrite_the_record_of_an_unfinished_run_and_names_both_ways_out() {
    let scene = scene();
    interrupted(&scene);
    let keys = &record(&scene)["keys"];
    let (before, copied) = (scene.read("all.cp"), scene.destination.size());
    // It is refused before it connects.
    scene.source.stop();
    let refused = scene.run(&RUN).exits(2);
    let written = format!(", after {keys} keys)");
    refused
        .errors_and_warnings(&[&[
            "the checkpoint `all.cp` of job `all` belongs to a run that has not finished",
            &written,
        ]])
        .stderr_has("hint: `--resume` continues that run; `--discard-checkpoint` starts from the beginning")
        .stdout_lacks("all");
    scene.source.start_again();
    scene.source.fill(KEYS);
    assert_eq!((scene.read("all.cp"), scene.destination.size()), (before, copied));
    for way_out in ["--resume", "--discard-checkpoint"] {
        let ran = scene.run(&with(&[way_out, "--set", "sleep=0s"])).exits(0);
        ran.assert_account("all");
        assert!(files(&scene).is_empty());
        scene.destination.run([b"FLUSHALL".to_vec()]);
        interrupted(&scene);
    }
}

#[test]
fn a_run_that_is_killed_leaves_a_whole_record_and_no_lock() {
    let scene = scene();
    let running = begun(&scene, &RUN);
    running.signal(Signal::KILL);
    running.wait_killed();
    assert_eq!(record(&scene)["state"], "running");
    scene.run(&RUN).exits(2).stderr_has("belongs to a run that has not finished");
    scene.run(&with(&["--resume", "--set", "sleep=0s"])).exits(0);
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn check_reports_what_a_run_would_meet() {
    let scene = scene();
    scene.run(&["check", "job.toml"]).exits(0).errors_and_warnings(&[]);
    interrupted(&scene);
    let unfinished = ["job `all`: the checkpoint `all.cp` belongs to a run that has not finished (written at 2"];
    scene.run(&["check", "job.toml"]).exits(0).errors_and_warnings(&[&unfinished]).stderr_has("`--resume` continues");
    scene.run(&["check", "job.toml", "--deny-warnings"]).exits(2);
    scene.file("all.cp", "{\"redis-keys-migrator checkpoint\":1");
    scene.run(&["check", "job.toml"]).exits(2).errors_and_warnings(&[&["`all.cp` of job `all` is damaged: EOF while"]]);
    scene.run(&["show", "job.toml"]).exits(0).shows("checkpoint", "\"{job}.cp\" job.toml:8 [[job]]");
}

#[test]
fn what_is_no_usable_record_is_refused_with_its_reason_and_stays_as_it_is() {
    let scene = scene();
    interrupted(&scene);
    let record = scene.read("all.cp");
    let newer = record.replacen("checkpoint\":1", "checkpoint\":9", 1);
    let other_job = {
        scene.file("other.toml", "[[job]]\nname = \"other\"\nsource = {SOURCE}\ndestination = {DESTINATION}\n");
        ["run", "other.toml", "--set", "checkpoint=all.cp", "--resume"]
    };
    for (content, expected) in [
        ("my notes\n", "is not a checkpoint, and is not overwritten"),
        ("", "is damaged: it ends early"),
        (&record[..record.len() / 2], "is damaged: EOF while parsing"),
        (
            &record.replacen("copied", "copier", 1).replacen("\"keys\":", "\"keys\":1", 1),
            "is damaged: its checksum is wrong",
        ),
        (&newer, "was written by version 0.1.0 in format 9, but this version reads format 1 and older"),
    ] {
        scene.file("all.cp", content);
        for option in [&[][..], &["--resume"], &["--resume=strict"]] {
            let refused = scene.run(&with(option)).exits(2);
            refused.errors_and_warnings(&[&["the checkpoint `all.cp` of job `all` ", expected]]);
            assert_eq!(scene.read("all.cp"), content);
        }
        let is_ours = !content.starts_with("my");
        let discarded = scene.run(&with(&["--discard-checkpoint", "--set", "sleep=0s"]));
        discarded.exits(if is_ours { 0 } else { 2 });
    }
    scene.file("all.cp", &record);
    scene.run(&other_job).exits(2).errors_and_warnings(&[&["`all.cp` of job `other` belongs to job `all`"]]);
}

#[test]
fn with_strict_a_changed_job_is_refused_and_every_change_is_named() {
    let scene = scene();
    interrupted(&scene);
    let changes = ["--set", "match=key:1*", "--set", "on_existing=replace", "--set", "sleep=0s"];
    let refused = scene.run(&with(&[&["--resume=strict"], &changes[..]].concat())).exits(2);
    refused.errors_and_warnings(&[&[
        "the checkpoint `all.cp` of job `all` does not fit: `match` is `[\"key:1*\"]`, before `[\"*\"]`; `on_existing` is \
         `replace`, before `skip`",
    ]]);
    scene.run(&with(&["--resume=strict", "--set", "sleep=0s", "--set", "lanes=4"])).exits(0);
}

#[test]
fn a_changed_job_and_a_restarted_server_are_noticed_and_the_job_starts_from_the_beginning() {
    let scene = scene();
    interrupted(&scene);
    scene.destination.run([b"FLUSHALL".to_vec()]);
    let running = begun(&scene, &with(&["--resume", "--set", "types=string", "--set", "sleep=100ms"]));
    running.signal(Signal::TERM);
    let changed = "job `all`: the checkpoint `all.cp` does not fit, so the job starts from the beginning: `types` is \
                   `[\"string\"]`, before `[]`";
    running.wait().exits(143).stderr_has(changed);
    scene.source.stop();
    scene.source.start_again();
    scene.source.fill(KEYS);
    let record = scene.read("all.cp");
    let refused = scene.run(&with(&["--resume=strict", "--set", "types=string"])).exits(2);
    assert_eq!(refused.status_of("all"), "refused");
    let reason =
        "job `all` cannot be run: cannot continue from the checkpoint all.cp: the source is another process (run_id ";
    refused.errors_and_warnings(&[&[reason]]);
    assert_eq!(scene.read("all.cp"), record);
    let ran = scene.run(&with(&["--resume", "--set", "types=string", "--set", "sleep=0s"])).exits(0);
    ran.errors_and_warnings(&[&[
        "does not fit, so the job starts from the beginning: the source is another process (run_id ",
    ]]);
}

#[test]
fn two_runs_cannot_have_one_checkpoint() {
    let scene = scene();
    let running = begun(&scene, &RUN);
    let inode = || fs::metadata(scene.folder().join("all.cp")).expect("a record").ino();
    let before = inode();
    let second = scene.run(&["run", "job.toml", "--set", "error_log.path=other.log"]).exits(2);
    second.errors_and_warnings(&[&["the checkpoint `all.cp` (`checkpoint` of job `all`) is in use by another run"]]);
    assert_eq!(before, inode());
    running.signal(Signal::INT);
    running.wait().exits(130);
    assert_eq!(record(&scene)["state"], "stopped");
}

#[test]
fn a_checkpoint_is_a_file_of_its_own() {
    let scene = scene();
    fs::create_dir(scene.folder().join("folder")).expect("a folder");
    symlink("elsewhere", scene.folder().join("link")).expect("a link");
    let refused = |path: &str, expected: &str| {
        let ran = scene.run(&with(&["--set", &format!("checkpoint={path}")])).exits(2);
        ran.errors_and_warnings(&[&[&format!("`{path}`"), expected]]);
    };
    refused("job.toml", "is the same file as the job file `job.toml`; choose another path");
    refused("redis-keys-migrator-error.log", "is the same file as the error log");
    refused("report.json", "is the same file as the report `report.json` (`--report`)");
    refused("folder", "is a directory, but must be a file");
    refused("/dev/null", "is a device or a FIFO, but must be a file");
    refused("link", "is a symbolic link, but must be a file, because it is replaced as a whole");
    refused("none/x.cp", "cannot be created: there is no directory `none`");
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn a_dry_run_writes_no_record_and_ends_like_the_run() {
    let scene = scene();
    scene.run(&with(&["--dry-run"])).exits(0);
    assert!(files(&scene).is_empty());
    interrupted(&scene);
    let before = scene.read("all.cp");
    scene
        .run(&with(&["--dry-run"]))
        .exits(2)
        .stderr_has("belongs to a run that has not finished")
        .stdout_has("dry run");
    scene.run(&with(&["--dry-run", "--resume"])).exits(0);
    assert_eq!(scene.read("all.cp"), before);
}

#[test]
fn options_for_checkpoints_need_one() {
    let scene = scene();
    scene.job("");
    for option in ["--resume", "--resume=strict", "--discard-checkpoint"] {
        let name = option.split('=').next().expect("a word");
        let expected = format!("`{name}` has no effect, because no job has a checkpoint");
        scene.run(&with(&[option])).exits(2).errors_and_warnings(&[&[&expected]]);
    }
    scene.run(&with(&["--resume", "--discard-checkpoint"])).exits(2).stderr_has("cannot be used with");
    scene.run(&with(&["--resume=sometimes"])).exits(2).stderr_has("strict");
}

#[test]
fn the_directory_of_outputs_is_that_of_checkpoints_too() {
    let scene = scene();
    let running = begun(&scene, &with(&["--output-dir", "out"]));
    assert!(scene.folder().join("out/all.cp").exists());
    running.signal(Signal::TERM);
    running.wait().exits(143).stdout_has(" --output-dir out --resume\n");
    let check = ["check", "job.toml", "--output-dir", "out"];
    scene.run(&check).exits(0).stderr_has("the checkpoint `out/all.cp` belongs to a run that has not finished");
}

#[test]
fn the_record_of_a_job_that_is_done_stays_until_the_run_is_done() {
    let scene = Scene::new();
    scene.source.fill(KEYS);
    let jobs = "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\ncheckpoint = \"{job}.cp\"\n";
    let quick = "[[job]]\nname = \"quick\"\nsleep = \"0s\"\nmatch = \"key:1\"\n";
    scene.file("job.toml", &format!("{jobs}{quick}[[job]]\nname = \"all\"\n{}", SLOWLY.replace("checkpoint", "#")));
    let running = begun(&scene, &RUN);
    running.signal(Signal::TERM);
    running.wait().exits(143);
    let state = |name: &str| serde_json::from_str::<Value>(&scene.read(name)).expect("JSON")["state"].clone();
    assert_eq!((state("quick.cp"), state("all.cp")), ("finished".into(), "stopped".into()));
    let refused = scene.run(&RUN).exits(2);
    refused.errors_and_warnings(&[&["the checkpoint `all.cp` of job `all` belongs to a run that has not finished"]]);
    scene.run(&with(&["--resume", "--set", "sleep=0s"])).exits(0);
    assert!(files(&scene).is_empty());
}

#[test]
fn a_full_disk_is_reported_once_and_the_run_goes_on() {
    if !is_superuser("it mounts a file system, in a namespace of its own") {
        return;
    }
    let scene = scene();
    fs::create_dir(scene.folder().join("full")).expect("a folder");
    let script = "mount -t tmpfs -o size=16k tmpfs full && head -c 16384 /dev/zero > full/ballast; $BEFORE \"$@\"; \
                  code=$?; ls -a full | grep -v ballast; exit $code";
    let run = |before: &str| {
        let arguments = with(&["--set", "checkpoint=full/x.cp", "--set", "sleep=30ms"]);
        let script = script.replace("$BEFORE", before);
        scene.prepare(&arguments).under(&["unshare", "--mount", "sh", "-c", &script, "sh"]).run()
    };
    let warning = "job `all`: the checkpoint `full/x.cp` cannot be written: No space left on device (os error 28); the job \
                   goes on, and further records are tried";
    let error = "job `all`: the checkpoint full/x.cp cannot be written: No space left on device (os error 28)";
    let ran = run("").exits(6).outcomes("all", "copied 200").errors_and_warnings(&[&[warning], &[error]]);
    assert_eq!(ran.status_of("all"), "output-failed");
    assert!(ran.stdout.ends_with("\n.\n..\n"), "nothing is left: {}", ran.stdout);
    assert_same(&scene.source.reading(), &scene.destination.reading());

    // Room for the last record.
    scene.destination.run([b"FLUSHALL".to_vec()]);
    let ran = run("(sleep 0.3; rm full/ballast)&").exits(0).errors_and_warnings(&[&[warning]]);
    assert_eq!(ran.status_of("all"), "done");
}

#[test]
fn a_folder_that_is_removed_does_not_end_the_run() {
    let scene = scene();
    fs::create_dir(scene.folder().join("folder")).expect("a folder");
    let running = begun(&scene, &with(&["--set", "checkpoint=folder/x.cp"]));
    fs::remove_dir_all(scene.folder().join("folder")).expect("the folder is there");
    let ran = running.wait().exits(6).outcomes("all", "copied 200");
    ran.reasons("all", &["the checkpoint folder/x.cp cannot be written: No such file or directory"])
        .stdout_has("output-failed")
        .stdout_lacks("to continue");
}

#[test]
fn a_failed_checkpoint_does_not_keep_later_jobs_from_running() {
    let scene = Scene::new();
    scene.source.fill(KEYS);
    fs::create_dir(scene.folder().join("folder")).expect("a folder");
    let jobs = "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\n";
    let slow = SLOWLY.replace("{job}", "folder/x");
    let later = "[[job]]\nname = \"later\"\nsleep = \"0s\"\nmatch = \"key:1\"\n";
    scene.file("job.toml", &format!("{jobs}[[job]]\nname = \"all\"\n{slow}\n{later}"));
    let running = begun(&scene, &RUN);
    fs::remove_dir_all(scene.folder().join("folder")).expect("the folder is there");
    let ran = running.wait().exits(6);
    assert_eq!((ran.status_of("all"), ran.status_of("later")), ("output-failed".to_owned(), "done".to_owned()));
}

#[test]
fn a_long_job_without_a_checkpoint_is_warned_about_in_the_log_only() {
    let scene = Scene::new();
    scene.source.fill(20_000);
    scene.job("pipeline_batch_size = 50\nscan_batch_size = 50\nsleep = \"3s\"");
    let mut running = scene.prepare(&with(&["--deny-warnings"])).spawn();
    let started = std::time::Instant::now();
    running.until("it is known how long it takes", |_| started.elapsed() > Duration::from_secs(14));
    running.signal(Signal::TERM);
    let ran = running.wait().exits(143).stderr_has("job `all` will take about ");
    assert_eq!(
        ran.stderr.matches("and has no `checkpoint`: after an interruption it starts from the beginning").count(),
        1
    );
    assert_eq!(ran.report()["warnings"], serde_json::json!([]));
    ran.stderr_lacks("makes errors");
}

#[test]
fn secrets_are_not_in_the_record_and_not_in_the_command() {
    let scene = scene();
    scene
        .destination
        .run([b"ACL", b"SETUSER" as &[u8], b"mover", b"on", b">s3cr3t", b"~*", b"+@all"].map(<[u8]>::to_vec));
    let arguments =
        with(&["--set", "destination.username=mover", "--set", "destination.password=s3cr3t", "--set", "sleep=200ms"]);
    let running = begun(&scene, &arguments);
    std::thread::sleep(Duration::from_millis(100));
    running.signal(Signal::TERM);
    let ran = running.wait().exits(143).stdout_has("--set 'destination.password=***' ").stdout_lacks("s3cr3t");
    ran.stderr_lacks("s3cr3t");
    let record = scene.read("all.cp");
    assert!(!record.contains("s3cr3t") && !record.contains("mover") && !record.contains("password"), "{record}");
}
