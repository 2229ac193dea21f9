//! Another process answers in place of a server: acknowledged writes may be gone, and positions mean nothing, so the job
//! walks its source again.

use std::io::Write;
use std::thread;
use std::time::Duration;

use crate::support::{Kind, Proxy, Ran, Random, RdbFile, Running, Scene, Server, assert_same, at_once, words};

const KEYS: u64 = 1500;
const SLOWLY: &str = "max_keys_per_second = 2000\nscan_batch_size = 50\npipeline_batch_size = 50";
/// How much a replica lags behind its master.
const LAG: Duration = Duration::from_millis(500);
/// The most walks that are restarted.
const RESTARTS: usize = 10;

/// How many times each random test runs. `MIGRATOR_TEST_FAULTS=20` is a full test.
fn seeds() -> Vec<u64> {
    let runs = std::env::var("MIGRATOR_TEST_FAULTS").map_or(2, |text| text.parse().expect("a number of runs"));
    (0..runs).collect()
}

fn fill(server: &Server, keys: u64) {
    server.fill(usize::try_from(keys).expect("it is small"));
}

/// A slow run that has moved so many keys.
fn in_mid_run<'s>(scene: &'s Scene, settings: &[String], keys: u64) -> Running<'s> {
    scene.job(SLOWLY);
    let mut running = scene.prepare_job(settings).spawn();
    running.until("keys arrive", |scene| scene.destination.size().unsigned_abs() >= keys);
    running
}

/// Fails unless the job has walked again this often, because of this side, and its last walk has found every key.
#[track_caller]
fn walked_again(ran: Ran, restarts: usize, side: &str) -> Ran {
    let ran = ran.exits(0);
    let earlier = ran.restarts("all");
    assert_eq!(earlier.len(), restarts, "{}", ran.report());
    for walk in &earlier {
        let reason = walk["reason"].as_str().expect("a reason");
        assert!(reason.contains(&format!("the {side} `127.0.0.1:")), "{walk}");
        let copied = walk["outcomes"]["copied"].as_u64().expect("a count");
        assert!((1..=KEYS).contains(&copied), "{walk}");
    }
    ran.assert_account("all");
    let [copied, existing, matched] = ["copied", "existing", "matched"].map(|name| ran.count("all", name));
    assert_eq!((copied + existing, matched), (KEYS, KEYS), "{}", ran.report());
    assert_eq!(ran.status_of("all"), "done");
    ran
}

#[test]
fn a_destination_that_is_killed_and_starts_empty_gets_every_key() {
    at_once(&seeds(), |seed| {
        let scene = Scene::new();
        fill(&scene.source, KEYS);
        let running = in_mid_run(&scene, &[], 10 + Random::new(seed).below(KEYS / 2));
        scene.destination.stop();
        scene.destination.start_again();
        let ran = walked_again(running.wait(), 1, "destination").waited("all", "destination", "disconnected");
        assert_same(&scene.source.reading(), &scene.destination.reading());
        assert_eq!(ran.restarts("all").len(), 1, "seed {seed}");
    });
}

/// As if it were restarted while the job connects to it.
#[test]
fn a_source_whose_process_changes_while_the_job_connects_again_is_one_server() {
    let scene = Scene::new();
    let others = [Server::start(Kind::Redis70), Server::start(Kind::Redis70)];
    others.iter().chain([&scene.source]).for_each(|server| fill(server, KEYS));
    let [before, after] = &others;
    let proxy = Proxy::to(scene.source.port());
    let running = in_mid_run(&scene, &[format!("source.port={}", proxy.port())], 300);
    proxy.lead_to(&[before.port(), after.port()]);
    proxy.cut();
    thread::sleep(Duration::from_millis(400));
    proxy.lead_to(&[after.port()]);
    let ran = running.wait().exits(0);
    assert_eq!(ran.count("all", "matched"), KEYS);
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn a_source_whose_process_changes_while_it_is_examined_is_one_server() {
    let scene = Scene::new();
    let before = Server::start(Kind::Redis70);
    fill(&before, KEYS);
    fill(&scene.source, KEYS);
    let proxy = Proxy::between(&[before.port(), scene.source.port()]);
    let running = scene.job("").prepare_job(&[format!("source.port={}", proxy.port())]).spawn();
    thread::sleep(Duration::from_millis(300));
    proxy.lead_to(&[scene.source.port()]);
    running.wait().exits(0).outcomes("all", &format!("copied {KEYS}")).errors_and_warnings(&[]);
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn several_sources_that_answer_in_turn_after_a_lost_connection_end_the_job() {
    let scene = Scene::new();
    let others = [Server::start(Kind::Redis70), Server::start(Kind::Redis70)];
    others.iter().chain([&scene.source]).for_each(|server| fill(server, KEYS));
    let proxy = Proxy::to(scene.source.port());
    let running = in_mid_run(&scene, &[format!("source.port={}", proxy.port())], 300);
    proxy.lead_to(&others.each_ref().map(Server::port));
    proxy.cut();
    running.wait().exits(3).stderr_has("is several servers: connections to it reach processes with the run_id");
}

#[test]
fn a_destination_that_is_killed_and_keeps_its_keys_gets_the_others() {
    let durable = ["--appendonly", "yes", "--appendfsync", "always"];
    let scene = Scene::of(Server::start(Kind::Redis70), Server::with(Kind::Redis70, &durable));
    fill(&scene.source, KEYS);
    let running = in_mid_run(&scene, &[], 300);
    scene.destination.stop();
    scene.destination.start_again();
    let ran = walked_again(running.wait(), 1, "destination");
    // What the first walk has copied is still there.
    assert!(ran.count("all", "existing") >= 300, "{}", ran.report());
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

/// Its replica has not received the writes of the last 500 ms, which the destination has acknowledged.
#[test]
fn a_destination_whose_lagging_replica_takes_over_gets_every_key() {
    at_once(&seeds(), |seed| {
        let scene = Scene::new();
        fill(&scene.source, KEYS);
        let replica = Server::start(Kind::Redis70);
        let replication = Proxy::to(scene.destination.port());
        replica.run(words!["REPLICAOF", "127.0.0.1", replication.port()]);
        replica.until_reply_has("master_link_status:up", words!["INFO", "replication"]);
        let line = Proxy::to(scene.destination.port());
        let port = [format!("destination.port={}", line.port())];
        let running = in_mid_run(&scene, &port, 10 + Random::new(seed).below(KEYS / 4));
        replication.stall();
        thread::sleep(LAG);
        let acknowledged = scene.destination.size();
        scene.destination.stop();
        replica.run(words!["REPLICAOF", "NO", "ONE"]);
        let kept = replica.size();
        assert!(kept < acknowledged, "seed {seed}: the replica has no lag: {kept} of {acknowledged} keys");
        line.switch_to(replica.port());
        walked_again(running.wait(), 1, "destination").waited("all", "destination", "disconnected");
        assert_same(&scene.source.reading(), &replica.reading());
    });
}

#[test]
fn a_destination_that_starts_empty_during_a_job_under_replace_gets_every_key() {
    let scene = Scene::new();
    fill(&scene.source, KEYS);
    scene.job(&format!("{SLOWLY}\non_existing = \"replace\""));
    let mut running = scene.prepare_job(&[]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 300);
    scene.destination.stop();
    scene.destination.start_again();
    let ran = running.wait().exits(0);
    assert_eq!((ran.restarts("all").len(), ran.count("all", "matched")), (1, KEYS), "{}", ran.report());
    assert_eq!(ran.count("all", "copied") + ran.count("all", "replaced"), KEYS, "{}", ran.report());
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn a_destination_that_starts_empty_again_and_again_ends_the_job_with_code_3() {
    let scene = Scene::new();
    fill(&scene.source, KEYS);
    let mut running = in_mid_run(&scene, &[], 10);
    for _ in 0..3 * RESTARTS {
        scene.destination.stop();
        scene.destination.start_again();
        while !running.has_ended() && scene.destination.size() < 10 {
            thread::sleep(Duration::from_millis(2));
        }
        if running.has_ended() {
            break;
        }
    }
    let ran = running.wait().exits(3).stderr_has("the destination `127.0.0.1:");
    assert_eq!((ran.restarts("all").len(), ran.status_of("all").as_str()), (RESTARTS, "endpoint-failed"));
    ran.assert_account("all");
}

#[test]
fn a_source_that_is_replaced_by_a_process_with_the_same_keys_is_walked_again() {
    at_once(&seeds(), |seed| {
        let scene = Scene::new();
        fill(&scene.source, KEYS);
        // A server that starts again loads this file.
        scene.source.save();
        let running = in_mid_run(&scene, &[], 10 + Random::new(seed).below(KEYS / 2));
        scene.source.stop();
        scene.source.start_again();
        walked_again(running.wait(), 1, "source").waited("all", "source", "disconnected");
        assert_same(&scene.source.reading(), &scene.destination.reading());
    });
}

#[test]
fn a_source_that_is_replaced_by_a_process_with_a_few_keys_less_is_walked_again() {
    let scene = Scene::new();
    fill(&scene.source, KEYS);
    scene.source.save();
    // Less than a tenth.
    fill(&scene.source, KEYS + KEYS / 12);
    let running = in_mid_run(&scene, &[], 300);
    scene.source.stop();
    scene.source.start_again();
    walked_again(running.wait(), 1, "source");
}

#[test]
fn a_source_that_is_replaced_by_a_process_with_clearly_fewer_keys_ends_the_job_with_code_3() {
    at_once(&[0, KEYS / 2, KEYS * 8 / 10], |kept| {
        let scene = Scene::new();
        fill(&scene.source, kept);
        scene.source.save();
        fill(&scene.source, KEYS);
        let running = in_mid_run(&scene, &[], 300);
        scene.source.stop();
        scene.source.start_again();
        let source = format!("the source `127.0.0.1:{}`", scene.source.port());
        let ran = running.wait().exits(3).stderr_has(&source).stderr_has(&kept.to_string());
        assert_eq!(ran.status_of("all"), "endpoint-failed");
        ran.assert_account("all");
    });
}

#[test]
fn a_backup_is_read_again_for_a_destination_that_starts_empty() {
    let scene = Scene::new();
    fill(&scene.source, KEYS);
    scene.save();
    scene.backup_job("max_keys_per_second = 2000\npipeline_batch_size = 50");
    let mut running = scene.prepare_job(&[]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 300);
    scene.destination.stop();
    scene.destination.start_again();
    walked_again(running.wait(), 1, "destination");
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn standard_input_cannot_be_read_again_for_a_destination_that_starts_empty() {
    let scene = Scene::new();
    let bytes = RdbFile::new().strings(usize::try_from(KEYS).expect("it is small")).finished();
    scene.backup_job("source.rdb = \"-\"\nmax_keys_per_second = 2000\npipeline_batch_size = 50");
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    let mut running = scene.prepare_job(&[]).stdin(reader).spawn();
    writer.write_all(&bytes).expect("a pipe takes that much");
    running.until("keys arrive", |scene| scene.destination.size() >= 300);
    scene.destination.stop();
    scene.destination.start_again();
    let ran = running.wait().exits(3).stderr_has("the destination `127.0.0.1:").stderr_has("standard input");
    assert_eq!((ran.status_of("all").as_str(), ran.restarts("all").len()), ("endpoint-failed", 0));
    ran.assert_account("all");
}
