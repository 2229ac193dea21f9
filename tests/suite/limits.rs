//! The limits of a job: keys and bytes per second, and the latency of the source.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{Kind, Monitor, Pipeline, Proxy, Ran, Random, Scene, StopFlag, assert_same, meanwhile, words};

/// The duration of the job in the report.
#[track_caller]
fn seconds(ran: &Ran) -> f64 {
    ran.job("all")["timings"]["seconds"].as_f64().expect("a number")
}

/// Strings of so many bytes that cannot be compressed.
fn fill_with(scene: &Scene, count: usize, bytes: usize) {
    let mut random = Random::new(5);
    let mut pipeline = Pipeline::new();
    for number in 0..count {
        pipeline.add(words!["SET", format!("key:{number}"), random.bytes(bytes)]);
    }
    scene.source.client().run_all(&pipeline);
}

#[test]
fn keys_are_read_no_faster_than_the_limit() {
    for lines in ["", "lanes = 64\nscan_batch_size = 10", "sleep = \"1ms\"", "on_existing = \"replace\""] {
        let scene = Scene::new();
        scene.source.fill(2000);
        let ran = scene.run_job(&format!("max_keys_per_second = 1000\n{lines}")).exits(0);
        let took = seconds(&ran);
        assert!((1.8..6.0).contains(&took), "`{lines}`: {took} s");
        ran.outcomes("all", "copied 2000");
    }
}

#[test]
fn existing_and_filtered_keys_count_towards_the_limit() {
    let scene = Scene::new();
    scene.source.fill(1500);
    scene.destination.fill(1500);
    let ran = scene.run_job("max_keys_per_second = 1000\nexclude = \"key:1*\"").exits(0);
    let took = seconds(&ran);
    assert!((1.3..6.0).contains(&took), "{took} s");
}

#[test]
fn bytes_are_moved_no_faster_than_the_limit() {
    for lines in ["", "lanes = 8", "sleep = \"1ms\""] {
        let scene = Scene::new();
        fill_with(&scene, 400, 5000);
        let ran = scene.run_job(&format!("max_bytes_per_second = \"1MB\"\n{lines}")).exits(0);
        let took = seconds(&ran);
        assert!((1.6..6.0).contains(&took), "`{lines}`: {took} s");
        ran.outcomes("all", "copied 400");
        assert_same(&scene.source.reading(), &scene.destination.reading());
    }
}

#[test]
fn a_value_that_is_larger_than_the_limit_per_second_is_moved() {
    let scene = Scene::new();
    fill_with(&scene, 3, 50_000);
    scene.run_job("max_bytes_per_second = \"100kB\"").exits(0).outcomes("all", "copied 3");
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn bytes_from_a_distant_source_arrive_smoothly() {
    let scene = Scene::new();
    fill_with(&scene, 2000, 1000);
    let way = Proxy::delayed(scene.source.port(), Duration::from_millis(50));
    scene.file(
        "job.toml",
        &format!(
            "[[job]]\nname = \"all\"\nsleep = \"0s\"\nmax_bytes_per_second = \"500kB\"\n\
             source = {{ host = \"127.0.0.1\", port = {} }}\ndestination = {{DESTINATION}}\n",
            way.port()
        ),
    );
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    running.until("the first value is read", |scene| scene.source.calls("dump") > 1);
    let began = Instant::now();
    let mut most = 0.0_f64;
    running.until("most are read", |scene| {
        let allowed = began.elapsed().as_secs_f64() * 500.0;
        let read = scene.source.calls("dump");
        most = most.max(f64::from(u32::try_from(read).expect("a count")) - allowed);
        read > 1900
    });
    assert!(most < 125.0, "{most} values ahead of the limit");
    running.wait().exits(0).outcomes("all", "copied 2000");
}

#[test]
fn a_run_that_waits_for_its_limit_ends_promptly_at_a_signal() {
    for lines in
        ["max_keys_per_second = 1", "max_bytes_per_second = \"1B\"", "max_keys_per_second = 1\nsleep = \"1ms\""]
    {
        let scene = Scene::new();
        scene.source.fill(200);
        scene.job(&format!("{lines}\npipeline_batch_size = 1"));
        let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
        running.until("a key arrives", |scene| scene.destination.size() > 0);
        let began = Instant::now();
        running.signal(Signal::TERM);
        let ran = running.wait().exits(143);
        assert!(began.elapsed() < Duration::from_secs(5), "`{lines}`: {:?}", began.elapsed());
        let copied = i64::try_from(ran.count("all", "copied")).expect("a count");
        assert_eq!(copied, scene.destination.size(), "{}", ran.report());
        assert!((1..200).contains(&copied), "`{lines}`: {copied} copied");
        ran.assert_account("all");
        assert_eq!(ran.count("all", "matched"), ran.count("all", "copied"));
    }
}

#[test]
fn the_progress_reports_that_a_limit_holds_the_run() {
    let scene = Scene::new();
    scene.source.fill(1000);
    scene.job("max_keys_per_second = 10");
    let mut running = scene.prepare(&["run", "job.toml"]).spawn();
    let mut is_reported = false;
    while !is_reported {
        let text = running.stderr();
        is_reported = text.contains("keys scanned");
        assert!(!is_reported || text.contains("held by limit"), "{text}");
        assert!(!running.has_ended(), "{text}");
        thread::sleep(Duration::from_millis(20));
    }
    running.signal(Signal::TERM);
    running.wait().exits(143);
}

/// Runs while another client blocks the source for 20 ms at a time.
fn beside_a_slow_client(scene: &Scene, lines: &str) -> Ran {
    let mut client = scene.source.client();
    let slow = move |stop: &StopFlag| {
        while !stop.is_set() {
            client.run(words!["DEBUG", "SLEEP", "0.02"]);
        }
    };
    meanwhile(slow, || scene.run_job(lines)).1
}

#[test]
fn a_source_that_other_clients_slow_down_is_reported_with_both_figures_and_the_run_continues() {
    for kind in [Kind::Redis70, Kind::Valkey91] {
        let scene = Scene::between(kind, kind);
        scene.source.fill(300);
        let ran = beside_a_slow_client(&scene, "max_source_latency = \"2ms\"").exits(0);
        let lines: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("max_source_latency")).collect();
        let [line] = lines[..] else { panic!("{} lines about it:\n{}", lines.len(), ran.stderr) };
        let (_, figures) = line.split_once("the source takes ").expect("the first figure");
        let milliseconds = figures.split_once("ms").and_then(|(number, _)| number.parse::<u64>().ok());
        assert!(milliseconds.is_some_and(|number| (3..1000).contains(&number)), "{line}");
        assert!(line.contains("`max_source_latency` (2ms)"), "{line}");
        ran.outcomes("all", "copied 300");
    }
}

#[test]
fn a_fast_source_causes_no_warning() {
    let scene = Scene::new();
    scene.source.fill(300);
    let ran = scene.run_job("max_source_latency = \"5s\"").exits(0).outcomes("all", "copied 300");
    ran.stderr_lacks("max_source_latency");
}

#[test]
fn with_max_source_latency_the_source_is_scanned_in_small_steps() {
    for (batch, count) in [(1000, "100"), (30, "30")] {
        let scene = Scene::new();
        scene.source.fill(1500);
        let monitor = Monitor::of(&scene.source);
        let lines = format!("max_source_latency = \"5s\"\nscan_batch_size = {batch}");
        scene.run_job(&lines).exits(0).outcomes("all", "copied 1500");
        let scans = monitor.scans();
        assert!(scans.len() >= 15, "{} calls", scans.len());
        for scan in scans {
            assert_eq!(scan.words[2..], ["COUNT", count], "`scan_batch_size` is {batch}");
        }
    }
}

#[test]
fn several_limits_hold_at_the_same_time() {
    let scene = Scene::new();
    fill_with(&scene, 600, 1000);
    let limits = "max_keys_per_second = 1000\nmax_bytes_per_second = \"300kB\"\nmax_source_latency = \"5s\"\nlanes = 4";
    let ran = scene.run_job(limits).exits(0);
    let took = seconds(&ran);
    assert!((1.6..6.0).contains(&took), "{took} s");
    ran.outcomes("all", "copied 600");
}
