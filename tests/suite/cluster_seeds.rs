//! The nodes of a cluster that are known from before take the place of the given ones.

use crate::support::{Cluster, Kind, Scene, assert_same};

const KEYS: usize = 1500;
const SLOWLY: &str = "max_keys_per_second = 500\nscan_batch_size = 50\npipeline_batch_size = 50";

/// Runs a job whose side is a cluster with one given node, and kills that node when keys have arrived.
fn kill_the_given_node(side: &str) {
    let (scene, cluster) = (Scene::new(), Cluster::with_replicas(Kind::Redis70));
    scene.source.fill(KEYS);
    if side == "source" {
        cluster.load(&scene.source);
    }
    scene.job(SLOWLY);
    let mut running = scene.prepare_job(&[cluster.setting(side)]).spawn();
    let arrived = |scene: &Scene| if side == "source" { scene.destination.size() } else { cluster.size() };
    running.until("keys arrive", |scene| arrived(scene) >= 100);
    cluster.node(0).stop();
    let ran = running.wait().exits(0);
    assert!(!ran.restarts("all").is_empty(), "{}", ran.report());
    assert_eq!(ran.count("all", "copied") + ran.count("all", "existing"), KEYS as u64);
    let there = if side == "source" { scene.destination.reading() } else { cluster.reading() };
    assert_same(&scene.source.reading(), &there);
}

#[test]
fn a_source_goes_on_though_its_only_given_node_is_down() {
    kill_the_given_node("source");
}

#[test]
fn a_destination_goes_on_though_its_only_given_node_is_down() {
    kill_the_given_node("destination");
}
