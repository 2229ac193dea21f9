//! Clusters as source and destination.

use crate::support::cluster::own_line;
use crate::support::{Cluster, Dataset, Kind, Reading, Scene, Server, assert_same, words};

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
fn a_cluster_gets_all_keys_of_a_cluster_of_the_same_or_another_version() {
    use Kind::{Redis70, Redis82, Valkey91};
    for (from, to) in
        [(Redis70, Redis82), (Redis70, Valkey91), (Redis82, Redis82), (Redis82, Valkey91), (Valkey91, Redis82)]
    {
        let scene = Scene::between(from, from);
        Dataset::mixed(KEYS).fill(&mut scene.source.client());
        let [source, destination] = [Cluster::with_replicas(from), Cluster::with_replicas(to)];
        source.load(&scene.source);
        scene.job("");
        let settings = [source.setting("source"), destination.setting("destination")];
        let ran = scene.prepare_job(&settings).run().exits(0);
        ran.outcomes("all", &format!("copied {KEYS}")).errors_and_warnings(&[]);
        assert_same(&source.reading(), &destination.reading());
        scene.prepare_job(&settings).run().exits(0).outcomes("all", &format!("existing {KEYS}"));
    }
}

/// A server with the mixed set, two clusters of which the first has it, and the settings for both.
fn clusters(kind: Kind) -> (Scene, [Cluster; 2], [String; 2]) {
    let scene = Scene::between(kind, kind);
    Dataset::mixed(KEYS).fill(&mut scene.source.client());
    let clusters = [Cluster::start(kind), Cluster::start(kind)];
    clusters[0].load(&scene.source);
    let settings = [clusters[0].setting("source"), clusters[1].setting("destination")];
    (scene, clusters, settings)
}

#[test]
fn existing_keys_of_a_cluster_are_left_alone_or_replaced_and_a_dry_run_knows_them() {
    let (scene, [source, destination], [from, to]) = clusters(Kind::Redis70);
    let some = Server::start(Kind::Redis70);
    Dataset::mixed(300).seeded(8).fill(&mut some.client());
    destination.load(&some);
    let before = destination.reading();
    let has = |name: &&Vec<u8>| before.0.contains_key(*name);
    let existing = source.reading().0.keys().filter(has).count() as u64;
    let (copied, added) = (KEYS - existing, before.0.len() as u64 - existing);
    assert!(existing > 50 && added > 0, "{existing} of {}", before.0.len());

    scene.job("");
    let dry = ["run", "job.toml", "--report", "report.json", "--dry-run", "--set", &from, "--set", &to];
    scene.run(&dry).exits(0).outcomes("all", &format!("copied {copied}, existing {existing}"));
    assert_same(&before, &destination.reading());
    let settings = [from, to];
    let ran =
        scene.prepare_job(&settings).run().exits(0).outcomes("all", &format!("copied {copied}, existing {existing}"));
    ran.errors_and_warnings(&[]);
    let kept = |reading: &Reading| {
        Reading(reading.0.clone().into_iter().filter(|(key, _)| before.0.contains_key(key)).collect())
    };
    assert_same(&before, &kept(&destination.reading()));

    scene.job("on_existing = \"replace\"");
    scene.prepare_job(&settings).run().exits(0).outcomes("all", &format!("replaced {KEYS}"));
    let all = source.reading();
    let ours = destination.reading().0.into_iter().filter(|(key, _)| all.0.contains_key(key)).collect();
    assert_same(&all, &Reading(ours));
    assert_eq!(destination.size().cast_unsigned(), KEYS + added);
}

#[test]
fn keys_of_a_cluster_are_selected_by_pattern_and_type_and_counted() {
    let (scene, [source, destination], settings) = clusters(Kind::Redis82);
    let all = source.reading();
    let is_selected = |key: &&Vec<u8>| key.starts_with(b"session:") || key.starts_with(b"user:");
    let selected = all.0.keys().filter(is_selected).count();
    scene.job(&format!("match = [\"session:*\", \"user:*\"]\nmin_keys = {selected}"));
    let ran = scene.prepare_job(&settings).run().exits(0);
    assert_eq!((ran.count("all", "matched"), ran.count("all", "copied")), (selected as u64, selected as u64));
    let expected = all.0.into_iter().filter(|(key, _)| is_selected(&key)).collect();
    assert_same(&Reading(expected), &destination.reading());
    scene.job(&format!("match = \"session:*\"\ntypes = [\"string\"]\nmin_keys = {KEYS}"));
    let ran = scene.prepare_job(&settings).run().exits(1);
    assert_eq!(ran.status_of("all"), "too-few");
}

#[test]
fn jobs_share_a_walk_over_a_cluster() {
    let (scene, [source, destination], settings) = clusters(Kind::Valkey91);
    let job = |name: &str, lines: &str| {
        format!(
            "[[job]]\nname = \"{name}\"\nsource = {{SOURCE}}\ndestination = {{DESTINATION}}\nsleep = \"0s\"\n\
             scan_batch_size = 20\n{lines}\n"
        )
    };
    let (some, others) =
        (job("some", "match = \"session:*\""), job("others", "match = \"*\"\nexclude = \"session:*\""));
    scene.file("job.toml", &(some + &others));
    let scans = |cluster: &Cluster| (0..3).map(|node| cluster.node(node).calls("scan")).sum::<u64>();
    let ran = scene.prepare_job(&settings).run().exits(0);
    assert_eq!(ran.count("some", "copied") + ran.count("others", "copied"), KEYS);
    assert_same(&source.reading(), &destination.reading());
    let shared = scans(&source);
    scene.job("scan_batch_size = 20");
    scene.prepare_job(&settings).run().exits(0).outcomes("all", &format!("existing {KEYS}"));
    assert!(shared < (scans(&source) - shared) * 3 / 2, "{shared} of {}", scans(&source));
}

#[test]
fn function_libraries_go_to_every_master() {
    for kind in KINDS {
        let scene = Scene::between(kind, kind);
        scene.source.fill(100);
        let [source, destination] = [Cluster::start(kind), Cluster::start(kind)];
        source.load(&scene.source);
        let library = "#!lua name=one\nredis.register_function('first', function() return 1 end)";
        for node in [&scene.source, source.node(0), source.node(1), source.node(2)] {
            node.run(words!["FUNCTION", "LOAD", library]);
        }
        scene.job("functions = true");
        let settings = [source.setting("source"), destination.setting("destination")];
        let ran = scene.prepare_job(&settings).run().exits(0).outcomes("all", "copied 100").errors_and_warnings(&[]);
        let expected = serde_json::json!({ "found": 1, "restored": 1, "existing": 0, "failed": 0 });
        assert_eq!(ran.job("all")["libraries"], expected);
        for number in 0..3 {
            assert_eq!(destination.node(number).run(words!["FCALL", "first", 0]).integer(), 1);
        }
        let ran = scene.prepare_job(&settings).run().exits(0);
        assert_eq!(ran.job("all")["libraries"]["existing"], 1);
    }
}

#[test]
fn a_saved_file_arrives_at_a_cluster() {
    for kind in KINDS {
        let scene = Scene::between(kind, kind);
        Dataset::mixed(KEYS).fill(&mut scene.source.client());
        scene.save();
        let cluster = Cluster::with_replicas(kind);
        scene.backup_job("");
        let ran = scene.prepare_job(&[cluster.setting("destination")]).run().exits(0);
        ran.outcomes("all", &format!("copied {KEYS}")).errors_and_warnings(&[]);
        assert_same(&scene.source.reading(), &cluster.reading());
    }
}

#[test]
fn databases_stay_apart_in_a_cluster_with_several() {
    let scene = Scene::between(Kind::Valkey91, Kind::Valkey91);
    for db in [0, 3, 15] {
        Dataset::mixed(500).seeded(u64::from(db)).fill(&mut scene.source.db(db));
    }
    let databases = ["--cluster-databases", "16"];
    let clusters = [(); 2].map(|()| Cluster::with(Kind::Valkey91, false, &databases));
    scene.job("");
    let (all, [first, second]) = ("source.db=all".to_owned(), &clusters);
    let ran = scene.prepare_job(&[all.clone(), first.setting("destination")]).run().exits(0);
    ran.outcomes("all", "copied 1500").errors_and_warnings(&[]);
    let ran = scene.prepare_job(&[all, first.setting("source"), second.setting("destination")]).run().exits(0);
    ran.outcomes("all", "copied 1500").errors_and_warnings(&[]);
    for db in [0, 3, 15] {
        assert_same(&Reading::of(&mut scene.source.db(db)), &second.reading_of(db));
    }
}

/// A slot whose keys are left on a node that does not serve it any more, as after a move that was given up.
fn abandon(cluster: &Cluster, slot: u16) {
    let from = cluster.owner(slot);
    let to = cluster.masters().into_iter().find(|node| node.port() != from.port()).expect("three masters");
    let id = own_line(to).expect("a master").id;
    from.run(words!["CLUSTER", "DELSLOTS", slot]);
    to.run(words!["CLUSTER", "SETSLOT", slot, "IMPORTING", own_line(from).expect("a master").id]);
    for node in [to, from] {
        node.run(words!["CLUSTER", "SETSLOT", slot, "NODE", id]);
    }
    cluster.until_agreed();
}

#[test]
fn keys_that_are_left_on_a_node_that_does_not_serve_their_slot_are_no_keys_of_the_cluster() {
    for kind in KINDS {
        let scene = Scene::between(kind, kind);
        scene.source.fill(1000);
        let cluster = Cluster::start(kind);
        cluster.load(&scene.source);
        let mut left = 0;
        for number in 0..5 {
            let slot = cluster.slot(format!("key:{number}"));
            left += cluster.owner(slot).run(words!["CLUSTER", "COUNTKEYSINSLOT", slot]).integer();
            abandon(&cluster, slot);
        }
        assert_eq!((cluster.size(), left >= 5), (1000, true));
        scene.job("");
        let ran = scene.prepare_job(&[cluster.setting("source")]).run().exits(0);
        ran.outcomes("all", &format!("copied {}", 1000 - left));
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
