//! Trouble during a run: it ends in bounded time, reports every reason, and accounts for every key.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use rustix::process::Signal;

use crate::support::{Client, Kind, Pipeline, Proxy, Ran, Running, Scene, Server, poison, words};

const MIB: usize = 1 << 20;
const RUN: [&str; 4] = ["run", "job.toml", "--report", "report.json"];
const LOG: &str = "redis-keys-migrator-error.log";
const SIDES: [&str; 2] = ["source", "destination"];

/// Gives the source strings `key:0`, `key:1`, … of so many bytes. Their payloads are not compressed.
fn fill_large(source: &Server, keys: usize, bytes: usize) {
    source.run(words!["CONFIG", "SET", "rdbcompression", "no"]);
    source.run(words!["DEBUG", "POPULATE", keys, "key", bytes]);
}

fn endpoint<'s>(scene: &'s Scene, side: &str) -> &'s Server {
    if side == "source" { &scene.source } else { &scene.destination }
}

/// Starts `job.toml` with these settings.
fn start<'s>(scene: &'s Scene, settings: &[String]) -> Running<'s> {
    let mut arguments = RUN.to_vec();
    for setting in settings {
        arguments.extend(["--set", setting]);
    }
    scene.prepare(&arguments).spawn()
}

/// A run of 600 MB that has started: its sockets are full.
fn heavy_run<'s>(scene: &'s Scene, response_timeout: &str) -> Running<'s> {
    fill_large(&scene.source, 3000, 200_000);
    scene.job("");
    let patience = SIDES.map(|side| format!("{side}.response_timeout={response_timeout}"));
    let mut running = start(scene, &patience);
    running.until("keys arrive", |scene| scene.destination.size() >= 10);
    running
}

/// Fails unless the destination holds the copied keys, and at most the failed ones besides.
#[track_caller]
fn accounts_for_all(scene: &Scene, ran: &Ran) {
    let arrived = u64::try_from(scene.destination.size()).expect("a count");
    let (copied, failed) = (ran.count("all", "copied"), ran.count("all", "failed"));
    assert!((copied..=copied + failed).contains(&arrived), "{arrived} arrived: {}", ran.report());
    ran.assert_account("all");
    assert_eq!(ran.count("all", "matched"), copied + failed, "{}", ran.report());
}

#[test]
fn an_endpoint_that_stalls_under_full_sockets_ends_the_job_after_response_timeout() {
    for side in SIDES {
        let scene = Scene::new().never_retries();
        let running = heavy_run(&scene, "2s");
        let server = endpoint(&scene, side);
        server.pause();
        let began = Instant::now();
        let ran = running.wait().exits(3);
        let took = began.elapsed();
        server.resume();
        let port = server.port();
        let ran =
            ran.stderr_has(&format!("the {side} `127.0.0.1:{port}` did not answer within 2s (`response_timeout`)"));
        assert!((1500..6000).contains(&took.as_millis()), "{side}: ended after {took:?}");
        assert_eq!(ran.status_of("all"), "endpoint-failed");
        accounts_for_all(&scene, &ran);
        names_each_failed_key(&scene, &ran, "did not answer within 2s");
    }
}

#[test]
fn a_signal_while_an_endpoint_stalls_under_full_sockets_ends_the_run_in_time() {
    for side in SIDES {
        let scene = Scene::new().never_retries();
        let running = heavy_run(&scene, "2s");
        let server = endpoint(&scene, side);
        server.pause();
        let began = Instant::now();
        thread::sleep(Duration::from_millis(300));
        running.signal(Signal::INT);
        let ran = running.wait().exits(130);
        let took = began.elapsed();
        server.resume();
        let ran =
            ran.stderr_has("interrupted by SIGINT").stderr_has(&format!("the {side} `127.0.0.1:{}`", server.port()));
        assert!(took < Duration::from_secs(6), "{side}: ended after {took:?}");
        assert_eq!(ran.status_of("all"), "interrupted");
        accounts_for_all(&scene, &ran);
    }
}

#[test]
fn a_run_waits_for_an_endpoint_that_stalls_under_full_sockets_for_less_than_response_timeout() {
    for side in SIDES {
        let scene = Scene::new();
        let running = heavy_run(&scene, "10s");
        let server = endpoint(&scene, side);
        server.pause();
        thread::sleep(Duration::from_secs(1));
        server.resume();
        running.wait().exits(0).outcomes("all", "copied 3000").stderr_lacks("warn");
        assert_eq!(scene.destination.size(), 3000);
    }
}

#[test]
fn a_slow_connection_that_keeps_moving_is_not_a_timeout() {
    for side in SIDES {
        let scene = Scene::new();
        fill_large(&scene.source, 1, 10_000_000);
        let proxy = Proxy::narrow(endpoint(&scene, side).port(), 2_000_000);
        scene.job("");
        let began = Instant::now();
        let running = start(&scene, &[format!("{side}.port={}", proxy.port()), format!("{side}.response_timeout=2s")]);
        running.wait().exits(0).outcomes("all", "copied 1");
        assert!(began.elapsed() > Duration::from_secs(4), "the connection was not slow");
        assert_eq!(scene.destination.run(words!["STRLEN", "key:0"]).integer(), 10_000_000);
    }
}

/// A run to a destination that is a quarter of a second away. Every tenth of a second a key is sent, as long as only one
/// more may fail than the limit permits.
fn far_run<'s>(scene: &'s Scene, proxy: &Proxy) -> Running<'s> {
    scene.job("pipeline_batch_size = 1\nmax_errored_keys = 1\nmax_keys_per_second = 10");
    start(scene, &[format!("destination.port={}", proxy.port())])
}

#[test]
fn a_destination_that_disconnects_after_the_error_limit_ends_with_code_3_and_both_are_reported() {
    let scene = Scene::careful().never_retries();
    poison(&scene.source, "poison:0");
    for number in 1..500 {
        scene.source.run(words!["COPY", "poison:0", format!("poison:{number}")]);
    }
    let proxy = Proxy::delayed(scene.destination.port(), Duration::from_millis(250));
    let mut running = far_run(&scene, &proxy);
    running.until("a key has failed", |scene| fs::metadata(scene.folder().join(LOG)).is_ok_and(|log| log.len() > 0));
    proxy.close();
    let lost = format!("the destination `127.0.0.1:{}` closed the connection", proxy.port());
    let ran = running
        .wait()
        .exits(3)
        .stderr_has("was stopped by the error limit")
        .stderr_has("`max_errored_keys` is 1")
        .stderr_has(&lost);
    assert_eq!(ran.status_of("all"), "endpoint-failed");
    assert_eq!(scene.destination.size(), 0);
    names_each_failed_key(&scene, &ran, "closed the connection");
    let unanswered = scene.read(LOG).matches("no reply came").count() as u64;
    let failed = ran.count("all", "failed");
    assert!((1..failed).contains(&unanswered), "{unanswered} of {failed} have no reply");
}

/// Checks that the error log has a line for each key that failed, and one for the endpoint that disconnected.
#[track_caller]
fn names_each_failed_key(scene: &Scene, ran: &Ran, why: &str) {
    let log = scene.read(LOG);
    let (of_endpoints, of_keys): (Vec<_>, Vec<_>) = log.lines().partition(|line| line.contains(" key=- "));
    assert!(of_endpoints.len() == 1 && of_endpoints[0].contains(why), "{log}");
    let names: BTreeSet<&str> =
        of_keys.iter().filter_map(|line| line.split(" key=").nth(1)?.split(' ').next()).collect();
    assert_eq!((names.len(), of_keys.len() as u64), (of_keys.len(), ran.count("all", "failed")), "{log}");
}

#[test]
fn a_destination_that_disconnects_after_a_signal_is_reported_and_the_signal_decides_the_exit_code() {
    let scene = Scene::new().never_retries();
    scene.source.fill(500);
    let proxy = Proxy::delayed(scene.destination.port(), Duration::from_millis(250));
    let mut running = far_run(&scene, &proxy);
    running.until("keys arrive", |scene| scene.destination.size() > 0);
    running.signal(Signal::INT);
    while !running.stderr().contains("finishing in-flight work") {
        thread::sleep(Duration::from_millis(2));
    }
    proxy.close();
    let lost = format!("the destination `127.0.0.1:{}` closed the connection", proxy.port());
    let ran = running.wait().exits(130).stderr_has("was interrupted by SIGINT").stderr_has(&lost);
    assert_eq!(ran.status_of("all"), "interrupted");
    accounts_for_all(&scene, &ran);
    names_each_failed_key(&scene, &ran, "closed the connection");
}

#[test]
fn a_pause_that_is_longer_than_the_servers_idle_timeout_closes_no_connection() {
    let forgetful = || Server::with(Kind::Redis70, &["--timeout", "6"]);
    let scene = Scene::of(forgetful(), forgetful());
    scene.source.fill(20);
    let ran = scene.run_job("pipeline_batch_size = 10\nsleep = \"8s\"").exits(0).outcomes("all", "copied 20");
    ran.stderr_lacks("warn").stderr_lacks("error");
    assert_eq!(scene.destination.size(), 20);
}

/// Creates a user with these permissions at an endpoint, and runs as that user.
fn run_as(scene: &Scene, side: &str, rights: &[&str]) -> Ran {
    let mut setuser = words!["ACL", "SETUSER", "mover", "on", ">secret"].to_vec();
    setuser.extend(rights.iter().map(|right| right.as_bytes().to_vec()));
    endpoint(scene, side).run(setuser);
    scene.job("");
    start(scene, &[format!("{side}.username=mover"), format!("{side}.password=secret")]).wait()
}

/// Five keys, and an error log from an earlier run.
fn scene_with_a_log(kind: Kind) -> Scene {
    let scene = Scene::between(kind, kind);
    scene.source.fill(5);
    scene.file(LOG, "from an earlier run\n");
    scene
}

#[track_caller]
fn was_refused(scene: &Scene, ran: Ran, reason: &str) {
    let ran = ran.exits(3).stderr_has("job `all` cannot be run").stderr_has(reason);
    assert_eq!(ran.status_of("all"), "refused");
    assert_eq!(scene.source.succeeded("scan"), 0, "the source was scanned");
    assert_eq!(scene.read(LOG), "from an earlier run\n");
}

#[test]
fn a_source_that_does_not_report_its_size_is_walked() {
    for kind in Kind::ALL {
        let scene = scene_with_a_log(kind);
        let ran = run_as(&scene, "source", &["~*", "+@all", "-dbsize"]);
        ran.exits(0).outcomes("all", "copied 5").stderr_lacks("warn");
        assert_eq!(scene.destination.size(), 5);
    }
}

#[test]
fn permissions_that_every_key_needs_are_checked_before_the_first_key_moves() {
    for kind in Kind::ALL {
        for (side, command) in [("source", "dump"), ("destination", "restore")] {
            let scene = scene_with_a_log(kind);
            let ran = run_as(&scene, side, &["~*", "+@all", &format!("-{command}")]);
            let address = format!("the {side} `127.0.0.1:{}` does not permit", endpoint(&scene, side).port());
            was_refused(&scene, ran.stderr_has(command), &address);
            assert_eq!(scene.destination.size(), 0);
        }
    }
}

#[test]
fn the_permission_to_scan_is_checked_before_the_error_log_is_opened() {
    let scene = scene_with_a_log(Kind::Redis70);
    let ran = run_as(&scene, "source", &["~*", "+@all", "-scan"]);
    was_refused(&scene, ran.stderr_has("scan"), "does not permit");
}

#[test]
fn a_user_with_access_to_only_the_keys_of_the_job_is_accepted() {
    for kind in Kind::ALL {
        for side in SIDES {
            let scene = scene_with_a_log(kind);
            run_as(&scene, side, &["~key:*", "+@all"]).exits(0).outcomes("all", "copied 5");
        }
    }
}

#[test]
fn a_destination_that_is_already_full_is_refused() {
    for kind in Kind::ALL {
        let scene = scene_with_a_log(kind);
        scene.destination.run(words!["SET", "own", "value"]);
        scene.destination.run(words!["CONFIG", "SET", "maxmemory", 1]);
        let ran = scene.run_job("");
        was_refused(&scene, ran, "is out of memory");
        assert_eq!(scene.destination.size(), 1);
    }
}

#[test]
fn a_value_that_is_too_long_for_the_destination_fails_alone() {
    for (kind, sleep) in [(Kind::Redis62, "0s"), (Kind::Redis70, "10ms"), (Kind::Redis82, "0s"), (Kind::Valkey91, "0s")]
    {
        let scene = Scene::between(Kind::Redis62, kind);
        fill_large(&scene.source, 1000, 100);
        let mut source = scene.source.client();
        // A string's payload is 16 bytes longer than the string.
        for (key, bytes) in [("long", 2 * MIB), ("one:byte:too:long", MIB - 15), ("longest:that:fits", MIB - 16)] {
            source.run(words!["SETRANGE", key, bytes - 1, "x"]);
        }
        scene.destination.run(words!["CONFIG", "SET", "proto-max-bulk-len", "1mb"]);
        let ran = scene.run_job(&format!("sleep = \"{sleep}\"")).exits(1).outcomes("all", "copied 1001, failed 2");
        assert_eq!((ran.status_of("all").as_str(), scene.destination.size()), ("done", 1001));
        let log = scene.read(LOG);
        assert_eq!(log.lines().count(), 2, "{log}");
        for key in ["\"long\"", "\"one:byte:too:long\""] {
            let line = log.lines().find(|line| line.contains(key)).unwrap_or_else(|| panic!("no {key}: {log}"));
            assert!(line.contains("`proto-max-bulk-len` is 1048576"), "{line}");
        }
    }
}

/// Keeps a server busy with scripts of 100 ms until `stop` is set.
fn keep_busy(client: &mut Client, stop: &AtomicBool) {
    let script = "local function now() local t = redis.call('TIME') return t[1] * 1000000 + t[2] end \
                  local till = now() + 100000 repeat until now() >= till return 1";
    while !stop.load(Ordering::SeqCst) {
        client.run(words!["EVAL", script, 0]);
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn expiries_are_right_even_if_a_source_before_redis_7_is_busy() {
    let scene = Scene::between(Kind::Redis62, Kind::Redis70);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock that is set");
    let expires_at =
        |number: u64| u64::try_from(now.as_millis()).expect("the time fits into 63 bits") + 3_600_000 + number * 1_009;
    let (mut keys, mut expiries) = (Pipeline::new(), Pipeline::new());
    for number in 0..5000 {
        let key = format!("key:{number}");
        keys.add(words!["SET", key, "value"]);
        keys.add(words!["PEXPIREAT", key, expires_at(number)]);
        expiries.add(words!["PEXPIRETIME", key]);
    }
    scene.source.client().run_all(&keys);
    scene.job("");
    let (stop, mut client) = (AtomicBool::new(false), scene.source.client());
    let ran = thread::scope(|scope| {
        scope.spawn(|| keep_busy(&mut client, &stop));
        let ran = scene.run(&RUN);
        stop.store(true, Ordering::SeqCst);
        ran
    });
    ran.exits(0).outcomes("all", "copied 5000");
    let arrived = scene.destination.client().run_all(&expiries);
    let off = |(number, reply): (u64, crate::support::Reply)| {
        reply.integer().abs_diff(i64::try_from(expires_at(number)).expect("the time fits into 63 bits"))
    };
    let worst = (0..).zip(arrived).map(off).max();
    assert!(worst.is_some_and(|ms| ms <= 50), "{worst:?} ms off");
}

#[test]
fn a_large_value_is_in_memory_once() {
    for sleep in ["0s", "1ms"] {
        let scene = Scene::new();
        fill_large(&scene.source, 1, 100 * MIB);
        scene.job(&format!("sleep = \"{sleep}\""));
        let mut running = start(&scene, &[]);
        let mut peak = 0;
        while !running.has_ended() {
            peak = running.peak_memory().unwrap_or(peak);
        }
        running.wait().exits(0).outcomes("all", "copied 1");
        let peak = usize::try_from(peak).expect("it fits into memory") / MIB;
        assert!((100..150).contains(&peak), "{peak} MiB at the peak");
    }
}

/// Three jobs that take two seconds each.
fn three_jobs(scene: &Scene) {
    scene.source.fill(200);
    scene.file(
        "jobs.toml",
        "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\n\
         pipeline_batch_size = 10\nscan_batch_size = 10\nsleep = \"100ms\"\nshare_walk = false\n\
         [[job]]\nname = \"one\"\n[[job]]\nname = \"two\"\n[[job]]\nname = \"three\"\n",
    );
}

#[test]
fn jobs_that_have_not_begun_before_a_signal_do_not_run_even_with_keep_going() {
    let scene = Scene::new();
    three_jobs(&scene);
    let mut running = scene.prepare(&["run", "jobs.toml", "--report", "report.json", "--keep-going"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 10);
    running.signal(Signal::TERM);
    let ran = running.wait().exits(143).stderr_has("job `one` was interrupted by SIGTERM");
    assert_eq!(["one", "two", "three"].map(|job| ran.status_of(job)), ["interrupted", "not-run", "not-run"]);
    assert_eq!(i64::try_from(ran.count("one", "copied")).expect("it is small"), scene.destination.size());
    ran.outcomes("two", "").outcomes("three", "").stderr_lacks("job `two`").stderr_lacks("job `three`");
}

#[test]
fn no_job_begins_after_a_signal_during_pre_flight_even_with_keep_going() {
    let scene = Scene::new();
    three_jobs(&scene);
    scene.file(LOG, "from an earlier run\n");
    let silent = Server::start(Kind::Redis70);
    silent.pause();
    let running = scene
        .prepare(&["run", "jobs.toml", "--report", "report.json", "--keep-going"])
        .env("RKM_JOB__THREE__SOURCE__PORT", &silent.port().to_string())
        .spawn();
    thread::sleep(Duration::from_secs(1));
    running.signal(Signal::TERM);
    let ran = running.wait().exits(143);
    silent.resume();
    assert_eq!((scene.destination.size(), scene.source.succeeded("scan")), (0, 0));
    assert_eq!(scene.read(LOG), "from an earlier run\n");
    assert_eq!(["one", "two", "three"].map(|job| ran.status_of(job)), ["not-run", "not-run", "refused"]);
}
