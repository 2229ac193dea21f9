//! A job continues when connections break: lines that are cut all the time, servers that start late, and outages that a
//! signal ends.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{Dataset, Kind, Proxy, Ran, RdbFile, Running, Scene, Server, assert_same, at_once};

const SIDES: [&str; 2] = ["source", "destination"];
/// The time between two cuts of each line.
const INTERVAL: Duration = Duration::from_millis(150);

/// How many keys move over lines that are cut. `MIGRATOR_TEST_KEYS=100000` is a full test.
fn many() -> u64 {
    std::env::var("MIGRATOR_TEST_KEYS").map_or(5000, |text| text.parse().expect("`MIGRATOR_TEST_KEYS` is a number"))
}

/// A source with a mixed database.
fn mixed() -> Scene {
    let scene = Scene::new();
    Dataset::mixed(many()).fill(&mut scene.source.client());
    scene
}

/// Runs `job.toml` over lines to the servers of these sides. Each line is cut again and again.
fn over_bad_lines(scene: &Scene, sides: &[&str]) -> Ran {
    let lines: Vec<Proxy> =
        (1..).zip(sides).map(|(seed, side)| Proxy::to(scene.server(side).port()).cut_every(INTERVAL, seed)).collect();
    let ports: Vec<String> =
        sides.iter().zip(&lines).map(|(side, line)| format!("{side}.port={}", line.port())).collect();
    let mut ran = scene.prepare_job(&ports).run().exits(0);
    for side in sides {
        ran = ran.waited("all", side, "disconnected");
    }
    assert_eq!(ran.restarts("all").len(), 0, "{}", ran.report());
    assert_same(&scene.source.reading(), &scene.destination.reading());
    ran
}

#[test]
fn a_job_over_lines_that_are_cut_all_the_time_moves_everything() {
    let scene = mixed();
    scene.job("max_keys_per_second = 4000");
    over_bad_lines(&scene, &SIDES).outcomes("all", &format!("copied {}", many()));
}

#[test]
fn a_job_with_pauses_over_lines_that_are_cut_all_the_time_moves_everything() {
    let scene = mixed();
    scene.job("sleep = \"20ms\"\npipeline_batch_size = 100");
    over_bad_lines(&scene, &SIDES).outcomes("all", &format!("copied {}", many()));
}

#[test]
fn a_job_under_replace_over_lines_that_are_cut_all_the_time_moves_everything() {
    let scene = mixed();
    scene.job("max_keys_per_second = 4000\non_existing = \"replace\"");
    let ran = over_bad_lines(&scene, &SIDES);
    // A write without a reply is repeated, and then replaces what the first one wrote.
    assert_eq!(ran.count("all", "copied") + ran.count("all", "replaced"), many(), "{}", ran.report());
    ran.assert_account("all");
}

#[test]
fn a_backup_arrives_over_a_line_that_is_cut_all_the_time() {
    let scene = mixed();
    scene.save();
    scene.backup_job("max_keys_per_second = 4000");
    over_bad_lines(&scene, &["destination"]).outcomes("all", &format!("copied {}", many()));
}

#[test]
fn a_server_that_comes_up_within_connect_timeout_is_waited_for() {
    at_once(&SIDES, |side| {
        let scene = Scene::new();
        scene.source.fill(50);
        // A server that starts again loads this file.
        scene.source.save();
        scene.server(side).stop();
        scene.job("");
        let began = Instant::now();
        let running = scene.prepare_job(&[format!("{side}.connect_timeout=10s")]).spawn();
        thread::sleep(Duration::from_secs(1));
        scene.server(side).start_again();
        running.wait().exits(0).outcomes("all", "copied 50");
        assert!(began.elapsed() < Duration::from_secs(5), "{side}: {:?}", began.elapsed());
        assert_same(&scene.source.reading(), &scene.destination.reading());
    });
}

/// A slow run of 2000 keys that has moved its first ones.
fn in_mid_run<'s>(scene: &'s Scene, settings: &[String]) -> Running<'s> {
    scene.source.fill(2000);
    scene.job("max_keys_per_second = 1000\nscan_batch_size = 50\npipeline_batch_size = 50");
    let mut running = scene.prepare_job(settings).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 100);
    running
}

#[test]
fn a_signal_ends_a_job_that_waits_for_a_server_at_once() {
    at_once(&SIDES, |side| {
        let scene = Scene::new();
        let line = Proxy::to(scene.server(side).port());
        let running = in_mid_run(&scene, &[format!("{side}.port={}", line.port())]);
        line.close();
        thread::sleep(Duration::from_millis(500));
        let began = Instant::now();
        running.signal(Signal::INT);
        let ran = running.wait().exits(130).stderr_has("interrupted by SIGINT");
        assert!(began.elapsed() < Duration::from_secs(3), "{side}: {:?}", began.elapsed());
        assert_eq!(ran.status_of("all"), "interrupted");
        ran.assert_account("all");
        let [copied, failed] = ["copied", "failed"].map(|outcome| ran.count("all", outcome));
        let arrived = scene.destination.size().unsigned_abs();
        assert!((copied..=copied + failed).contains(&arrived), "{side}: {arrived} arrived: {}", ran.report());
    });
}

#[test]
fn a_signal_ends_a_job_whose_server_stalls_although_it_would_wait_longer() {
    at_once(&SIDES, |side| {
        let scene = Scene::new();
        let running = in_mid_run(&scene, &[format!("{side}.response_timeout=500ms")]);
        scene.server(side).pause();
        thread::sleep(Duration::from_millis(1500));
        let began = Instant::now();
        running.signal(Signal::TERM);
        let ran = running.wait().exits(143);
        let took = began.elapsed();
        scene.server(side).resume();
        assert!(took < Duration::from_secs(3), "{side}: {took:?}");
        assert_eq!(ran.status_of("all"), "interrupted");
        ran.assert_account("all");
    });
}

/// A server that closes connections that are idle for so many seconds.
fn forgetful(seconds: &str) -> Server {
    Server::with(Kind::Redis70, &["--timeout", seconds])
}

#[test]
fn connections_are_used_often_enough_during_pauses_to_stay_open() {
    at_once(&["1", "2"], |seconds| {
        let scene = Scene::of(forgetful(seconds), forgetful(seconds));
        scene.source.fill(20);
        let ran = scene.run_job("pipeline_batch_size = 10\nsleep = \"4s\"").exits(0).outcomes("all", "copied 20");
        ran.never_waited("all", "disconnected").stderr_lacks("warn").stderr_lacks("error");
    });
}

#[test]
fn connections_are_used_often_enough_to_stay_open_while_a_pipe_stalls() {
    let scene = Scene::of(Server::start(Kind::Redis70), forgetful("1"));
    let bytes = RdbFile::new().strings(300).finished();
    scene.backup_job("source.rdb = \"-\"");
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    let running = scene.prepare_job(&[]).stdin(reader).spawn();
    writer.write_all(&bytes[..bytes.len() / 2]).expect("a pipe takes that much");
    thread::sleep(Duration::from_secs(4));
    writer.write_all(&bytes[bytes.len() / 2..]).expect("the program reads");
    drop(writer);
    running.wait().exits(0).outcomes("all", "copied 300").never_waited("all", "disconnected").stderr_lacks("warn");
}

/// Stalls a server after seven seconds until the first progress line, which comes after ten, names the reason.
fn progress_names_a_stalled((side, pace): (&str, &str)) {
    let scene = Scene::new();
    scene.source.fill(1000);
    scene.job(&format!("{pace}\nscan_batch_size = 10\npipeline_batch_size = 10"));
    let mut running = scene.prepare_job(&[]).spawn();
    thread::sleep(Duration::from_secs(7));
    scene.server(side).pause();
    let reason = format!("{side}: no answer for ");
    while !running.stderr().contains("keys scanned") {
        assert!(!running.has_ended(), "{}", running.stderr());
        thread::sleep(Duration::from_millis(20));
    }
    let text = running.stderr();
    scene.server(side).resume();
    assert!(text.contains(&reason) && !text.contains("held by "), "no `{reason}` in {text}");
    running.signal(Signal::TERM);
    running.wait().exits(143);
}

#[test]
fn the_progress_names_a_server_that_does_not_answer() {
    for pace in ["max_keys_per_second = 50", "sleep = \"200ms\""] {
        at_once(&SIDES.map(|side| (side, pace)), progress_names_a_stalled);
    }
}
