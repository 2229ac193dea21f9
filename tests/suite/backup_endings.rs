//! How a run from a file ends when something happens during the run, and that a second run moves the rest.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{Dataset, Kind, Proxy, Ran, RdbFile, Running, Scene, Server, assert_same, words};

const KEYS: u64 = 1500;
/// Enough keys to interrupt the run in the middle.
const SLOWLY: [&str; 3] = [
    "max_keys_per_second = 1000\npipeline_batch_size = 50",
    "pipeline_batch_size = 50\nsleep = \"50ms\"",
    "max_keys_per_second = 1000\npipeline_batch_size = 20\nsource.db = \"all\"",
];

/// A mixed backup.
fn saved() -> Scene {
    let scene = Scene::new();
    Dataset::mixed(KEYS).fill(&mut scene.source.client());
    scene.save();
    scene
}

/// A slow run that has moved its first keys.
fn in_mid_run<'s>(scene: &'s Scene, lines: &str) -> Running<'s> {
    scene.backup_job(lines);
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 300);
    running
}

fn arrived(scene: &Scene) -> u64 {
    u64::try_from(scene.destination.size()).expect("a count")
}

/// Runs again: the keys that have arrived are existing, and afterwards all keys exist.
#[track_caller]
fn is_completed(scene: &Scene) {
    let before = arrived(scene);
    assert!((1..KEYS).contains(&before), "{before} arrived");
    scene.run_backup("").exits(0).outcomes("all", &format!("copied {}, existing {before}", KEYS - before));
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn a_run_that_was_killed_is_completed_by_the_next() {
    for lines in SLOWLY {
        let scene = saved();
        let running = in_mid_run(&scene, lines);
        running.signal(Signal::KILL);
        running.wait_killed();
        is_completed(&scene);
    }
}

#[test]
fn a_signal_finishes_keys_in_flight_and_the_next_run_moves_the_rest() {
    for (lines, signal, code) in
        [(SLOWLY[0], Signal::TERM, 143), (SLOWLY[1], Signal::INT, 130), (SLOWLY[2], Signal::TERM, 143)]
    {
        let scene = saved();
        let running = in_mid_run(&scene, lines);
        let began = Instant::now();
        running.signal(signal);
        let ran = running.wait().exits(code);
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        let ran = ran.outcomes("all", &format!("copied {}", arrived(&scene)));
        assert_eq!(ran.status_of("all"), "interrupted");
        is_completed(&scene);
    }
}

#[test]
fn a_signal_to_a_run_at_full_speed_leaves_exact_counts() {
    let scene = Scene::new();
    scene.source.run(words!["DEBUG", "POPULATE", 200_000, "key", 100]);
    scene.save();
    scene.backup_job("");
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 1000);
    running.signal(Signal::TERM);
    let ran = running.wait().exits(143);
    let copied = arrived(&scene);
    assert!((1000..200_000).contains(&copied), "{copied} arrived");
    ran.outcomes("all", &format!("copied {copied}"));
}

#[test]
fn a_signal_before_the_first_key_ends_the_run() {
    let scene = saved();
    scene.destination.pause();
    scene.backup_job("");
    let running = scene.prepare(&["run", "job.toml"]).spawn();
    thread::sleep(Duration::from_millis(300));
    running.signal(Signal::INT);
    running.wait().exits(130);
    scene.destination.resume();
    assert_eq!(arrived(&scene), 0);
}

/// Keys in flight may have arrived. They are failed, because the client cannot know.
#[track_caller]
fn accounts_for_what_arrived(scene: &Scene, ran: &Ran) {
    let (copied, failed, arrived) = (ran.count("all", "copied"), ran.count("all", "failed"), arrived(scene));
    assert!((copied..=copied + failed).contains(&arrived), "{arrived} arrived: {}", ran.report());
    ran.assert_account("all");
    assert_eq!(ran.count("all", "matched"), copied + failed);
    assert_eq!(ran.status_of("all"), "endpoint-failed");
    let log = scene.read("redis-keys-migrator-error.log");
    assert!(log.matches(" key=\"").count() as u64 == failed && log.matches(" key=- ").count() == 1, "{log}");
    assert!(log.lines().all(|line| line.contains("side=destination")), "{log}");
}

#[test]
fn a_destination_that_disconnects_ends_the_job_with_code_3_and_the_next_run_moves_the_rest() {
    for lines in SLOWLY {
        let scene = saved().never_retries();
        let way = Proxy::to(scene.destination.port());
        scene.backup_job(lines);
        let port = format!("destination.port={}", way.port());
        let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json", "--set", &port]).spawn();
        running.until("keys arrive", |scene| scene.destination.size() >= 300);
        way.close();
        let ran = running.wait().exits(3).stderr_has("the destination").stderr_has("closed the connection");
        accounts_for_what_arrived(&scene, &ran);
        is_completed(&scene);
    }
}

#[test]
fn a_destination_that_is_killed_ends_the_job_with_code_3() {
    let scene = saved().never_retries();
    let running = in_mid_run(&scene, SLOWLY[0]);
    scene.destination.stop();
    let ran = running.wait().exits(3).stderr_has("closed the connection");
    ran.assert_account("all");
    assert_eq!(ran.count("all", "matched"), ran.count("all", "copied") + ran.count("all", "failed"));
    assert_eq!(ran.status_of("all"), "endpoint-failed");
}

#[test]
fn a_destination_that_hangs_ends_the_job_after_response_timeout() {
    let scene = saved().never_retries();
    let running = in_mid_run(&scene, &format!("{}\ndestination.response_timeout = \"1s\"", SLOWLY[0]));
    scene.destination.pause();
    let ran = running.wait().exits(3).stderr_has("did not answer within 1s (`response_timeout`)");
    scene.destination.resume();
    accounts_for_what_arrived(&scene, &ran);
}

#[test]
fn a_destination_that_is_full_ends_the_job_with_code_3_and_exact_counts() {
    let full = Server::with(Kind::Redis70, &["--maxmemory", "4mb", "--maxmemory-policy", "noeviction"]);
    let scene = Scene::of(Server::start(Kind::Redis70), full);
    scene.source.run(words!["DEBUG", "POPULATE", 3000, "key", 10_000]);
    scene.save();
    let ran = scene.run_backup("").exits(3).stderr_has("is out of memory");
    assert_eq!(ran.count("all", "copied"), arrived(&scene));
    let (failed, log) = (ran.count("all", "failed"), scene.error_log());
    assert!(log.matches(" key=\"").count() as u64 == failed && log.matches(" key=- ").count() == 1, "{log}");
}

#[test]
fn a_pipe_that_is_silent_for_longer_than_the_servers_idle_timeout_closes_no_connection() {
    let forgetful = Server::with(Kind::Redis70, &["--timeout", "6"]);
    let scene = Scene::of(Server::start(Kind::Redis70), forgetful);
    let file = RdbFile::new().string("a", "0").database(1).string("a", "1").database(2).string("a", "2");
    let (first, whole) = (file.len(), file.string("b", "2").database(1).string("b", "1").database(0).string("b", "0"));
    let whole = whole.finished();
    scene.backup_job("source = { rdb = \"-\", db = \"all\" }");
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    let running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).stdin(reader).spawn();
    writer.write_all(&whole[..first]).expect("a pipe takes that much");
    thread::sleep(Duration::from_secs(8));
    writer.write_all(&whole[first..]).expect("the program reads");
    drop(writer);
    running.wait().exits(0).outcomes("all", "copied 6").stderr_lacks("warn");
}
