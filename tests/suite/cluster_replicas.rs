//! Clusters whose keys are read from replicas.

use crate::support::{Cluster, Dataset, Kind, Reply, Scene, Server, assert_same, until, words};

const KINDS: [Kind; 3] = [Kind::Redis70, Kind::Redis82, Kind::Valkey91];
const KEYS: u64 = 900;

/// A cluster with replicas, and with the keys of a server.
pub fn cluster_of(kind: Kind, keys: &Server) -> Cluster {
    let cluster = Cluster::with_replicas(kind);
    cluster.load(keys);
    cluster.until_ready();
    until_replicas_are_known(&cluster);
    cluster
}

/// Waits until each node knows all replicas.
pub fn until_replicas_are_known(cluster: &Cluster) {
    // A node conceals replicas until it has heard that they have received something.
    let has_address =
        |reply: &Reply, node: usize| format!("{reply:?}").contains(&cluster.node(node).port().to_string());
    until("each node knows all replicas", || {
        let slots: Vec<Reply> = (0..3).map(|node| cluster.node(node).run(words!["CLUSTER", "SLOTS"])).collect();
        slots.iter().all(|slots| (3..6).all(|replica| has_address(slots, replica)))
    });
}

/// The settings that make the replicas of a cluster the source.
pub fn replicas(cluster: &Cluster) -> Vec<String> {
    vec![format!("source.cluster=127.0.0.1:{}", cluster.seed()), "source.read_from=replica".to_owned()]
}

#[test]
fn everything_arrives_from_the_replicas_and_the_masters_are_not_read() {
    for kind in KINDS {
        let scene = Scene::between(kind, kind);
        Dataset::mixed(KEYS).fill(&mut scene.source.client());
        let cluster = cluster_of(kind, &scene.source);
        for node in 0..6 {
            cluster.node(node).run(words!["CONFIG", "RESETSTAT"]);
        }
        scene.job("types = [\"string\", \"hash\", \"list\", \"set\", \"zset\", \"stream\"]");
        let ran = scene.prepare_job(&replicas(&cluster)).run().exits(0);
        let ran = ran.outcomes("all", &format!("copied {KEYS}")).errors_and_warnings(&[]);
        assert_same(&scene.source.reading(), &scene.destination.reading());
        let calls =
            |nodes: std::ops::Range<usize>, command| nodes.map(|node| cluster.node(node).calls(command)).sum::<u64>();
        let read = ["scan", "dump", "type", "memory|usage"].map(|command| calls(0..3, command));
        assert_eq!(read, [0; 4], "{kind:?}");
        assert!(calls(3..6, "dump") >= KEYS && calls(3..6, "scan") >= 3);
        let nodes = ran.job("all")["source"]["nodes"].as_array().expect("nodes").clone();
        let of_role = |role: &str| nodes.iter().filter(|node| node["role"] == role).count();
        assert_eq!((of_role("master"), of_role("replica")), (3, 3));
    }
}

#[test]
fn a_master_without_a_replica_is_named() {
    let scene = Scene::new();
    let cluster = Cluster::start(Kind::Redis70);
    scene.job("");
    let further = ["source.connect_timeout=1s".to_owned(), "source.retry=1s".to_owned()];
    let ran = scene.prepare_job(&[replicas(&cluster), further.to_vec()].concat()).run().exits(3);
    ran.stderr_has(&format!(
        "cannot be reached: its master `127.0.0.1:{}` has no replica that is connected to it (`read_from` is \"replica\")",
        (0..3).map(|node| cluster.node(node).port()).min().expect("three nodes")
    ));
}

#[test]
fn a_replica_that_is_promoted_during_a_run_walks_the_job_again() {
    for kind in KINDS {
        let scene = Scene::between(kind, kind);
        scene.source.fill(1000);
        let cluster = cluster_of(kind, &scene.source);
        scene.job("sleep = \"20ms\"\npipeline_batch_size = 10");
        let mut running = scene.prepare_job(&replicas(&cluster)).spawn();
        running.until("keys arrive", |scene| scene.destination.size() >= 100);
        cluster.node(4).run(words!["CLUSTER", "FAILOVER"]);
        let ran = running.wait().exits(0);
        assert_eq!(ran.restarts("all").len(), 1, "{kind:?}: {}", ran.report());
        assert_same(&scene.source.reading(), &scene.destination.reading());
    }
}

#[test]
fn a_key_that_a_replica_lacks_is_read_from_its_master() {
    let scene = Scene::new();
    scene.source.fill(900);
    let cluster = cluster_of(Kind::Redis70, &scene.source);
    // From now on the replica of this master receives nothing.
    let master = cluster.node(1);
    master.run(words!["ACL", "SETUSER", "default", "-psync", "-sync"]);
    master.run(words!["CLIENT", "KILL", "TYPE", "replica"]);
    cluster.node(4).until_reply_has("master_link_status:down", words!["INFO", "replication"]);
    scene.job("sleep = \"20ms\"\npipeline_batch_size = 10");
    let settings = [replicas(&cluster), vec!["source.allow_stale_replica=true".to_owned()]].concat();
    scene
        .prepare_job(&settings[..2])
        .run()
        .exits(3)
        .stderr_has(&format!("its master `127.0.0.1:{}` has no replica", master.port()));
    let mut running = scene.prepare_job(&settings).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 50);
    for number in 0..900 {
        let slot = cluster.slot(format!("key:{number}"));
        if number % 10 == 0 && cluster.owner(slot).port() == cluster.node(0).port() {
            cluster.move_slot(slot, cluster.node(0), master);
        }
    }
    let ran = running.wait().exits(0);
    assert_eq!(ran.count("all", "vanished"), 0);
    assert_same(&scene.source.reading(), &scene.destination.reading());
    assert!(master.calls("dump") > 0);
}

#[test]
fn a_replica_that_fails_is_replaced_by_another_one_of_its_master() {
    let scene = Scene::new();
    scene.source.fill(900);
    let cluster = cluster_of(Kind::Redis70, &scene.source);
    let master = cluster.node(1);
    let further = Server::with(Kind::Redis70, &["--cluster-enabled", "yes", "--cluster-node-timeout", "5000"]);
    further.run(words!["CLUSTER", "MEET", "127.0.0.1", master.port()]);
    let id = master.run(words!["CLUSTER", "MYID"]).text();
    until("it is a replica", || !matches!(further.client().ask(words!["CLUSTER", "REPLICATE", &id]), Reply::Error(_)));
    let is_known = |node: usize| {
        let slots = cluster.node(node).run(words!["CLUSTER", "SLOTS"]);
        format!("{slots:?}").contains(&further.port().to_string())
    };
    until("each node knows it", || (0..3).all(is_known));
    scene.job("sleep = \"20ms\"\npipeline_batch_size = 10");
    let mut running = scene.prepare_job(&replicas(&cluster)).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 100);
    let scans = |node: &&&Server| node.calls("scan") > 0;
    [cluster.node(4), &further].iter().find(scans).expect("one of them is read").stop();
    let ran = running.wait().exits(0);
    assert_eq!(ran.restarts("all").len(), 1, "{}", ran.report());
    assert_same(&scene.source.reading(), &scene.destination.reading());
}
