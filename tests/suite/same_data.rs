//! Source and destination that are the same data, connected by replication or by a cluster.

use std::net::TcpListener;

use crate::support::{Kind, Scene, Server, words};

/// Makes a server a replica of another one, and waits until it has its data.
fn attach(replica: &Server, master: &Server) {
    replica.run(words!["REPLICAOF", "127.0.0.1", master.port()]);
    replica.until_reply_has("master_link_status:up", words!["INFO", "replication"]);
}

fn writable(kind: Kind) -> Server {
    Server::with(kind, &["--replica-read-only", "no"])
}

/// Fails unless the job is refused for this reason, by `check` as well, and nothing is written.
#[track_caller]
fn is_refused(scene: &Scene, further: &[&str], expected: &str) {
    let before = scene.destination.size();
    scene.job("");
    for command in [&["run", "job.toml", "--report", "report.json"][..], &["check", "job.toml", "--connect"]] {
        let ran = scene.run(&[command, further].concat()).exits(3);
        ran.errors_and_warnings(&[&["error: job `all` cannot be run: the destination `127.0.0.1:", expected]]);
    }
    assert_eq!((scene.destination.size(), scene.source.succeeded("scan")), (before, 0));
}

#[test]
fn a_destination_that_is_a_replica_of_the_source_is_refused() {
    for kind in Kind::ALL {
        let scene = Scene::of(Server::start(kind), writable(kind));
        scene.source.fill(5);
        attach(&scene.destination, &scene.source);
        is_refused(&scene, &[], "is a replica of the source, directly or through others (master_replid");
    }
}

#[test]
fn a_destination_that_is_the_master_of_the_source_is_refused() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        scene.destination.fill(5);
        attach(&scene.source, &scene.destination);
        is_refused(&scene, &[], "is the source's master, directly or through others (master_replid");
        // Another database of the master is other data, which the replica receives, too.
        let other = ["run", "job.toml", "--report", "report.json", "--set", "destination.db=5"];
        let ran = scene.run(&other).exits(0).outcomes("all", "copied 5");
        ran.errors_and_warnings(&[]);
        assert_eq!(scene.destination.db(5).run(words!["DBSIZE"]).integer(), 5);
    }
}

#[test]
fn a_chain_of_replicas_is_followed() {
    let scene = Scene::new();
    let between = Server::start(Kind::Redis70);
    scene.destination.fill(5);
    attach(&between, &scene.destination);
    attach(&scene.source, &between);
    is_refused(&scene, &[], "is the source's master, directly or through others");
}

#[test]
fn replicas_of_one_master_are_refused() {
    let scene = Scene::of(Server::start(Kind::Redis70), writable(Kind::Redis70));
    let master = Server::start(Kind::Redis70);
    master.fill(5);
    attach(&scene.source, &master);
    attach(&scene.destination, &master);
    is_refused(&scene, &[], "is a replica of the source's own master");
}

#[test]
fn a_replica_that_lost_the_destination_is_the_same_data_even_if_stale_data_are_allowed() {
    let scene = Scene::new();
    scene.destination.fill(5);
    attach(&scene.source, &scene.destination);
    scene.source.run(words!["CONFIG", "SET", "masterauth", "none"]);
    scene.destination.run(words!["CONFIG", "SET", "requirepass", "x"]);
    scene.destination.db(0).run(words!["AUTH", "x"]);
    let mut client = scene.destination.client();
    client.run(words!["AUTH", "x"]);
    client.run(words!["CLIENT", "KILL", "TYPE", "replica"]);
    scene.source.until_reply_has("master_link_status:down", words!["INFO", "replication"]);
    client.run(words!["CONFIG", "SET", "requirepass", ""]);
    scene.source.run(words!["REPLICAOF", "127.0.0.1", 1]);
    is_refused(&scene, &["--set", "source.allow_stale_replica=true"], "is the source's master");
}

#[test]
fn a_replica_that_was_promoted_is_another_server() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        scene.source.fill(5);
        attach(&scene.destination, &scene.source);
        scene.destination.run(words!["REPLICAOF", "NO", "ONE"]);
        scene.destination.run(words!["DEL", "key:0"]);
        let ran = scene.run_job("").exits(0).outcomes("all", "copied 1, existing 4");
        ran.errors_and_warnings(&[]);
    }
}

#[test]
fn nodes_of_one_cluster_are_refused() {
    for kind in [Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
        let [(source, _), (destination, bus)] = [node(kind), node(kind)];
        let scene = Scene::of(source, destination);
        let warnings: &[&[&str]] =
            &[&["the source", "is one node of a cluster"], &["the destination", "is one node of a cluster"]];
        scene.destination.run(words!["CLUSTER", "ADDSLOTSRANGE", 0, 16383]);
        scene.destination.until_reply_has("cluster_state:ok", words!["CLUSTER", "INFO"]);
        // Two clusters so far.
        scene.job("");
        let single = ["--set", "source.cluster=false", "--set", "destination.cluster=false"];
        let check = [&["check", "job.toml", "--connect"][..], &single].concat();
        scene.run(&check).exits(0).errors_and_warnings(warnings);
        scene.source.run(words!["CLUSTER", "MEET", "127.0.0.1", scene.destination.port(), bus]);
        for server in [&scene.source, &scene.destination] {
            server.until_reply_has("cluster_known_nodes:2", words!["CLUSTER", "INFO"]);
        }
        is_refused(&scene, &single, "is a node of the source's own cluster");
    }
}

/// A node of a cluster, and its port for other nodes.
fn node(kind: Kind) -> (Server, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port on loopback");
    let port = listener.local_addr().expect("its address").port();
    drop(listener);
    (Server::with(kind, &["--cluster-enabled", "yes", "--cluster-port", &port.to_string()]), port)
}
