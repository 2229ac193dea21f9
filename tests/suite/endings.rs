//! How a run ends when something happens during the run: exit codes with real causes, and exact counts.

use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::Signal;

use crate::support::{Kind, Proxy, Ran, Running, Scene, Server, words};

/// Two hundred keys that take two seconds.
const SLOWLY: &str = "pipeline_batch_size = 10\nscan_batch_size = 10\nsleep = \"100ms\"";

/// A slow run that has moved its first keys.
fn in_mid_run(scene: &Scene) -> Running<'_> {
    scene.source.fill(200);
    scene.job(SLOWLY);
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 10);
    running
}

/// Fails unless the report counts what the destination holds.
#[track_caller]
fn counts_what_arrived(scene: &Scene, ran: &Ran) {
    let copied = i64::try_from(ran.count("all", "copied")).expect("it is small");
    assert_eq!(copied, scene.destination.size(), "{}", ran.report());
    assert!((10..200).contains(&copied), "{copied} copied");
}

#[test]
fn sigint_finishes_keys_in_flight_and_ends_with_130() {
    let scene = Scene::new();
    let running = in_mid_run(&scene);
    running.signal(Signal::INT);
    let ran = running.wait().exits(130);
    counts_what_arrived(&scene, &ran);
    ran.stdout_has("all").stderr_has("SIGINT");
}

#[test]
fn sigterm_finishes_keys_in_flight_and_ends_with_143() {
    let scene = Scene::new();
    let running = in_mid_run(&scene);
    running.signal(Signal::TERM);
    let ran = running.wait().exits(143);
    counts_what_arrived(&scene, &ran);
}

#[test]
fn jobs_after_an_interrupted_one_are_listed_as_not_run() {
    let scene = Scene::new();
    scene.source.fill(200);
    scene.file(
        "jobs.toml",
        &format!(
            "[defaults]\nsource = {{SOURCE}}\ndestination = {{DESTINATION}}\n{SLOWLY}\nshare_walk = false\n\
             [[job]]\nname = \"all\"\n[[job]]\nname = \"next\"\n"
        ),
    );
    let mut running = scene.prepare(&["run", "jobs.toml", "--report", "report.json"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 10);
    running.signal(Signal::INT);
    let ran = running.wait().exits(130);
    assert_eq!((ran.status_of("all"), ran.status_of("next")), ("interrupted".to_owned(), "not-run".to_owned()));
}

#[test]
fn a_long_sleep_is_cut_short_by_a_signal() {
    let scene = Scene::new();
    scene.source.fill(20);
    scene.job("pipeline_batch_size = 10\nsleep = \"1h\"");
    let mut running = scene.prepare(&["run", "job.toml"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 10);
    let began = Instant::now();
    running.signal(Signal::TERM);
    running.wait().exits(143);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn a_second_signal_ends_the_run_at_once() {
    let scene = Scene::new();
    let running = in_mid_run(&scene);
    scene.destination.pause();
    std::thread::sleep(Duration::from_millis(300));
    running.signal(Signal::INT);
    std::thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    running.signal(Signal::INT);
    running.wait().exits(130);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    scene.destination.resume();
}

#[test]
fn a_signal_before_the_first_key_ends_the_run() {
    let scene = Scene::new();
    scene.source.fill(5);
    scene.source.pause();
    scene.job("");
    let running = scene.prepare(&["run", "job.toml"]).spawn();
    std::thread::sleep(Duration::from_millis(500));
    running.signal(Signal::INT);
    running.wait().exits(130);
    scene.source.resume();
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn a_fifo_without_a_reader_is_refused_before_the_first_key_and_no_other_output_is_touched() {
    for (log, report, name) in
        [("fifo", "report.json", "the error log `fifo`"), ("errors.log", "fifo", "the report `fifo`")]
    {
        let scene = Scene::new();
        scene.source.fill(5);
        scene.job(&format!("error_log.path = \"{log}\"")).file("errors.log", "old\n");
        mknodat(CWD, scene.folder().join("fifo"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a FIFO");
        let began = Instant::now();
        let ran = scene.run(&["run", "job.toml", "--report", report]).exits(2);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        ran.errors_and_warnings(&[&[name, "is a FIFO without a reader"]])
            .stderr_has("hint: start its reader before the run");
        assert_eq!((scene.destination.size(), scene.read("errors.log").as_str()), (0, "old\n"));
    }
}

#[test]
fn a_source_whose_connection_breaks_ends_the_job_with_code_3_and_exact_counts() {
    let scene = Scene::new().never_retries();
    scene.source.fill(200);
    let way = Proxy::to(scene.source.port());
    let ran = cut_in_mid_run(&scene, &way, "{DESTINATION}", "{ host = \"127.0.0.1\", port = WAY, retry = \"0s\" }");
    counts_what_arrived(&scene, &ran.exits(3).stderr_has("the source").stderr_has("connection"));
}

#[test]
fn a_destination_whose_connection_breaks_ends_the_job_with_code_3() {
    let scene = Scene::new().never_retries();
    scene.source.fill(200);
    let way = Proxy::to(scene.destination.port());
    let ran = cut_in_mid_run(&scene, &way, "{ host = \"127.0.0.1\", port = WAY, retry = \"0s\" }", "{SOURCE}");
    let ran = ran.exits(3).stderr_has("the destination").stderr_has("connection");
    // Keys in flight may have arrived. They are failed, because the client cannot know.
    let arrived = u64::try_from(scene.destination.size()).expect("a count");
    let (copied, failed) = (ran.count("all", "copied"), ran.count("all", "failed"));
    assert!((copied..=copied + failed).contains(&arrived), "{arrived} arrived: {}", ran.report());
}

/// Runs through a proxy, which is closed for good after keys have arrived.
fn cut_in_mid_run(scene: &Scene, way: &Proxy, destination: &str, source: &str) -> Ran {
    let text = format!("[[job]]\nname = \"all\"\nsource = {source}\ndestination = {destination}\n{SLOWLY}\n");
    scene.file("job.toml", &text.replace("WAY", &way.port().to_string()));
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 10);
    way.close();
    running.wait()
}

#[test]
fn a_server_that_is_killed_ends_the_job_with_code_3() {
    for stop_source in [true, false] {
        let scene = Scene::new().never_retries();
        let running = in_mid_run(&scene);
        if stop_source {
            scene.source.stop();
        } else {
            scene.destination.stop();
        }
        let ran = running.wait().exits(3);
        assert_eq!(ran.status_of("all"), "endpoint-failed");
        let log = scene.read("redis-keys-migrator-error.log");
        assert!(log.lines().count() <= 1, "no key is at fault:\n{log}");
    }
}

#[test]
fn a_destination_that_is_full_ends_the_job_with_code_3_and_a_line_for_each_key_in_flight() {
    let full = Server::with(Kind::Redis70, &["--maxmemory", "4mb", "--maxmemory-policy", "noeviction"]);
    let scene = Scene::of(Server::start(Kind::Redis70), full);
    scene.source.run(words!["DEBUG", "POPULATE", 3000, "key", 10_000]);
    let ran = scene.run_job("").exits(3).stderr_has("is out of memory");
    let copied = i64::try_from(ran.count("all", "copied")).expect("it is small");
    assert_eq!(copied, scene.destination.size());
    let (failed, log) = (ran.count("all", "failed"), scene.error_log());
    assert!(failed < 2000 && log.matches(" key=\"").count() as u64 == failed, "{failed} failed: {log}");
    assert_eq!(log.matches(" key=- ").count(), 1, "{log}");
}

#[test]
fn a_destination_that_becomes_read_only_ends_the_job_with_code_3() {
    let scene = Scene::new();
    let running = in_mid_run(&scene);
    scene.destination.run(words!["CONFIG", "SET", "min-replicas-to-write", 1]);
    let ran = running.wait().exits(3).stderr_has("the destination").stderr_has("NOREPLICAS");
    counts_what_arrived(&scene, &ran);
}

#[test]
fn a_destination_that_becomes_a_replica_ends_the_job_with_code_3() {
    let scene = Scene::new().never_retries();
    let running = in_mid_run(&scene);
    scene.destination.run(words!["REPLICAOF", "127.0.0.1", 1]);
    let ran = running.wait().exits(3).stderr_has("read-only replica");
    counts_what_arrived(&scene, &ran);
}

#[test]
fn a_permission_that_is_revoked_ends_the_job_with_code_3() {
    let scene = Scene::new();
    let running = in_mid_run(&scene);
    scene.destination.run(words!["ACL", "SETUSER", "default", "-restore"]);
    running.wait().exits(3).stderr_has("does not permit");
}

#[test]
fn a_run_waits_for_an_endpoint_that_stalls_for_three_seconds() {
    for stall_source in [true, false] {
        let scene = Scene::new();
        let running = in_mid_run(&scene);
        let server = if stall_source { &scene.source } else { &scene.destination };
        server.pause();
        std::thread::sleep(Duration::from_secs(3));
        server.resume();
        running.wait().exits(0).outcomes("all", "copied 200");
    }
}

#[test]
fn an_endpoint_that_stalls_for_longer_than_response_timeout_ends_the_job_with_code_3() {
    for side in ["source", "destination"] {
        let scene = Scene::new().never_retries();
        scene.source.fill(200);
        scene.job(SLOWLY);
        let timeout = format!("{side}.response_timeout=1s");
        let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json", "--set", &timeout]).spawn();
        running.until("keys arrive", |scene| scene.destination.size() >= 10);
        let server = if side == "source" { &scene.source } else { &scene.destination };
        server.pause();
        let ran = running.wait().exits(3);
        server.resume();
        ran.stderr_has(&format!("the {side} ")).stderr_has("did not answer within 1s (`response_timeout`)");
    }
}

#[test]
fn a_stdout_that_is_closed_during_the_run_changes_nothing() {
    let scene = Scene::new();
    scene.source.fill(100);
    scene.job("");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let run = scene.prepare(&["run", "job.toml", "--report", "report.json"]).stdout(writer);
    run.run().exits(0).outcomes("all", "copied 100").stderr_lacks("panicked");
}

#[test]
fn a_full_disk_of_stdout_changes_nothing() {
    let scene = Scene::new();
    scene.source.fill(100);
    scene.job("");
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a device");
    let run = scene.prepare(&["run", "job.toml", "--report", "report.json"]).stdout(full);
    run.run().exits(0).outcomes("all", "copied 100");
}
