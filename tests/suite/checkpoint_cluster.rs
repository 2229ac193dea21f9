//! What must be the same in a cluster if a job continues.

use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use super::cluster_replicas::{cluster_of, replicas, until_replicas_are_known};
use crate::support::{Cluster, Kind, Ran, Scene, assert_same, words};

const KEYS: usize = 300;
const SLOWLY: &str = "pipeline_batch_size = 10\nscan_batch_size = 10\nsleep = \"100ms\"\ncheckpoint = \"{job}.cp\"";
const STRICT: [&str; 3] = ["--resume=strict", "--set", "sleep=0s"];

/// Starts the job, and interrupts it in the middle. Returns the arguments of a run, and the record.
fn interrupted(scene: &Scene, settings: &[String]) -> (Vec<String>, String) {
    scene.job(SLOWLY);
    let mut run = vec!["run".to_owned(), "job.toml".to_owned()];
    run.extend(settings.iter().flat_map(|setting| ["--set".to_owned(), setting.clone()]));
    let arguments: Vec<&str> = run.iter().map(String::as_str).collect();
    let mut running = scene.prepare(&arguments).spawn();
    running.until("a record has keys", |scene| {
        scene.folder().join("all.cp").exists() && !scene.read("all.cp").contains("\"keys\":0,")
    });
    running.signal(Signal::TERM);
    running.wait().exits(143);
    (run, scene.read("all.cp"))
}

/// Continues the job from a record, if everything is the same.
fn resume(scene: &Scene, (run, record): &(Vec<String>, String)) -> Ran {
    scene.file("all.cp", record);
    let run = run.iter().map(String::as_str);
    scene.run(&run.chain(STRICT).collect::<Vec<_>>())
}

fn loaded(scene: &Scene, cluster: Cluster) -> Cluster {
    scene.source.fill(KEYS);
    cluster.load(&scene.source);
    cluster
}

#[test]
fn a_slot_of_the_source_that_moved_away_and_back_is_noticed_and_one_of_the_destination_does_not_matter() {
    let scene = Scene::new();
    let (source, destination) = (loaded(&scene, Cluster::start(Kind::Redis70)), Cluster::start(Kind::Redis70));
    let stopped = interrupted(&scene, &[source.setting("source"), destination.setting("destination")]);
    resume(&scene, &stopped).exits(0).errors_and_warnings(&[]);
    let there_and_back = |cluster: &Cluster| {
        let slot = cluster.slot("key:1");
        let from = cluster.owner(slot);
        let to = cluster.masters().into_iter().find(|node| node.port() != from.port()).expect("another node");
        cluster.move_slot(slot, from, to);
        cluster.move_slot(slot, to, from);
        cluster.until_agreed();
    };
    there_and_back(&destination);
    resume(&scene, &stopped).exits(0).errors_and_warnings(&[]);
    there_and_back(&source);
    let reason = "cannot continue from the checkpoint all.cp: slots of the source have moved since then, or are moving";
    resume(&scene, &stopped).exits(2).errors_and_warnings(&[&[reason]]);
}

#[test]
fn a_slot_of_the_source_that_is_moving_now_is_noticed() {
    let scene = Scene::new();
    let cluster = loaded(&scene, Cluster::start(Kind::Redis70));
    let stopped = interrupted(&scene, &[cluster.setting("source")]);
    let slot = cluster.slot("key:1");
    let from = cluster.owner(slot);
    let to = cluster.masters().into_iter().find(|node| node.port() != from.port()).expect("another node");
    Cluster::begin_move(slot, from, to);
    let reason = "cannot continue from the checkpoint all.cp: slots of the source have moved since then, or are moving";
    resume(&scene, &stopped).exits(2).errors_and_warnings(&[&[reason]]);
}

#[test]
fn keys_that_were_at_another_node_while_a_run_was_killed_and_came_back_are_moved_and_counted_once() {
    for kind in [Kind::Redis70, Kind::Redis82] {
        let scene = Scene::between(kind, kind);
        let cluster = loaded(&scene, Cluster::start(kind));
        let [from, to] = [0, 1].map(|number| cluster.node(number));
        let slots: Vec<u16> = (0..KEYS).map(|number| cluster.slot(format!("key:{number}"))).collect();
        let slots: Vec<u16> = slots.into_iter().filter(|slot| cluster.owner(*slot).port() == from.port()).collect();
        let setting = cluster.setting("source");
        let mut running = scene.job(SLOWLY).prepare(&["run", "job.toml", "--set", &setting]).spawn();
        running.until("keys arrive", |scene| scene.destination.size() >= 10);
        for slot in &slots {
            Cluster::begin_move(*slot, from, to);
        }
        // The nodes are asked for their slots a few times a second.
        thread::sleep(Duration::from_millis(600));
        for slot in &slots {
            while Cluster::move_keys(*slot, from, to, 10) {}
        }
        running.until("the others have been walked", |scene| scene.destination.size() >= 150);
        running.signal(Signal::KILL);
        running.wait_killed();
        for slot in slots {
            from.run(words!["CLUSTER", "SETSLOT", slot, "STABLE"]);
            while Cluster::move_keys(slot, to, from, 10) {}
            to.run(words!["CLUSTER", "SETSLOT", slot, "STABLE"]);
        }
        let ran =
            scene.run(&[&["run", "job.toml", "--set", &setting, "--report", "report.json"], &STRICT[..]].concat());
        let ran = ran.exits(0).errors_and_warnings(&[]);
        assert_eq!(ran.count("all", "matched"), KEYS as u64);
        assert_same(&scene.source.reading(), &scene.destination.reading());
    }
}

#[test]
fn the_process_that_counts_is_the_replica_if_replicas_are_read() {
    let scene = Scene::new();
    scene.source.fill(KEYS);
    let cluster = cluster_of(Kind::Redis70, &scene.source);
    let stopped = interrupted(&scene, &replicas(&cluster));
    resume(&scene, &stopped).exits(0).errors_and_warnings(&[]);
    let replica = cluster.node(4);
    replica.stop();
    replica.start_again();
    replica.until_reply_has("master_link_status:up", words!["INFO", "replication"]);
    until_replicas_are_known(&cluster);
    let master = words!["CLUSTER", "MYID"];
    let reason = format!(
        "cannot continue from the checkpoint all.cp: the master {} of the source is another process (run_id ",
        cluster.node(1).run(master).text()
    );
    resume(&scene, &stopped).exits(2).errors_and_warnings(&[&[&reason]]);
}
