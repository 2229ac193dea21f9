//! Clusters as source and destination.

use crate::support::{Cluster, Dataset, Kind, Scene, assert_same, words};

const KEYS: u64 = 2500;
const KINDS: [Kind; 3] = [Kind::Redis70, Kind::Redis82, Kind::Valkey91];

#[test]
fn a_cluster_gets_all_keys_of_a_server() {
    for kind in KINDS {
        let scene = Scene::between(kind, kind);
        Dataset::mixed(KEYS).fill(&mut scene.source.client());
        let cluster = Cluster::with_replicas(kind);
        scene.job("");
        let ran = scene.prepare_job(&[cluster.setting("destination")]).run().exits(0);
        ran.outcomes("all", &format!("copied {KEYS}")).errors_and_warnings(&[]);
        assert_same(&scene.source.reading(), &cluster.reading());
    }
}

#[test]
fn a_server_gets_all_keys_of_a_cluster() {
    for kind in KINDS {
        let scene = Scene::between(kind, kind);
        Dataset::mixed(KEYS).fill(&mut scene.source.client());
        let cluster = Cluster::with_replicas(kind);
        cluster.load(&scene.source);
        scene.job("");
        let ran = scene.prepare_job(&[cluster.setting("source")]).run().exits(0);
        ran.outcomes("all", &format!("copied {KEYS}")).errors_and_warnings(&[]);
        assert_same(&cluster.reading(), &scene.destination.reading());
        assert_same(&cluster.reading(), &scene.source.reading());
    }
}

#[test]
fn a_renamed_key_goes_to_the_slot_of_its_new_name() {
    let scene = Scene::new();
    scene.source.fill(500);
    let cluster = Cluster::start(Kind::Redis70);
    scene.job("rename = { strip_prefix = \"key:\", add_prefix = \"new:\" }\nmatch = \"key:*\"");
    let ran = scene.prepare_job(&[cluster.setting("destination")]).run().exits(0);
    ran.outcomes("all", "copied 500").errors_and_warnings(&[]);
    assert_eq!(cluster.size(), 500);
    for number in 0..500 {
        let key = format!("new:{number}");
        assert_eq!(cluster.run_on_owner(&key, words!["GET", key]).text(), format!("value {number}"));
    }
}

#[test]
fn a_run_after_slots_have_moved_finds_the_keys_at_their_new_nodes() {
    for kind in KINDS {
        let scene = Scene::between(kind, kind);
        scene.source.fill(1000);
        let cluster = Cluster::start(kind);
        let settings = [cluster.setting("destination")];
        scene.job("");
        scene.prepare_job(&settings).run().exits(0).outcomes("all", "copied 1000");
        for number in 0..100 {
            let slot = cluster.slot(format!("key:{number}"));
            let (from, to) = (cluster.owner(slot), cluster.node(number % 3));
            if from.port() != to.port() {
                cluster.move_slot(slot, from, to);
            }
        }
        scene.prepare_job(&settings).run().exits(0).outcomes("all", "existing 1000").errors_and_warnings(&[]);
        assert_same(&scene.source.reading(), &cluster.reading());
    }
}
