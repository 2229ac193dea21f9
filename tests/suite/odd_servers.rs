//! Servers that are old, are replicas of a cluster, or report what is no text.

use std::net::TcpListener;

use crate::support::{Kind, Monitor, Refuser, Scene, Server, words};

#[test]
fn a_replica_of_a_cluster_is_read() {
    // Nodes of Redis 6.2 listen to each other 10 000 above their port, which may be too high.
    for kind in [Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
        let [(master, bus), (replica, _)] = [node(kind), node(kind)];
        master.run(words!["CLUSTER", "ADDSLOTSRANGE", 0, 16383]);
        master.until_reply_has("cluster_state:ok", words!["CLUSTER", "INFO"]);
        master.fill(300);
        replica.run(words!["CLUSTER", "MEET", "127.0.0.1", master.port(), bus]);
        replica.until_reply_has("cluster_known_nodes:2", words!["CLUSTER", "INFO"]);
        let id = master.run(words!["CLUSTER", "MYID"]).text();
        replica.until_reply_has(&id, words!["CLUSTER", "NODES"]);
        replica.run(words!["CLUSTER", "REPLICATE", id]);
        replica.until_reply_has("master_link_status:up", words!["INFO", "replication"]);
        replica.until_reply_has("cluster_state:ok", words!["CLUSTER", "INFO"]);
        let scene = Scene::of(replica, Server::start(kind));
        let warnings: &[&[&str]] = &[&["is one node of a cluster"]];
        scene.job("");
        let alone = "source.cluster=false";
        scene.run(&["check", "job.toml", "--connect", "--set", alone]).exits(0).errors_and_warnings(warnings);
        for lines in ["", "types = [\"string\", \"hash\"]\nsleep = \"1ms\"\non_existing = \"replace\""] {
            scene.job(lines);
            let ran = scene.prepare_job(&[alone.to_owned()]).run().exits(0).errors_and_warnings(warnings);
            assert_eq!(ran.count("all", "matched"), 300, "{kind:?}");
            assert_eq!(scene.destination.size(), 300, "{kind:?}");
        }
    }
}

/// A node of a cluster, and its port for other nodes.
fn node(kind: Kind) -> (Server, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port on loopback");
    let bus = listener.local_addr().expect("its address").port();
    drop(listener);
    (Server::with(kind, &["--cluster-enabled", "yes", "--cluster-port", &bus.to_string()]), bus)
}

#[test]
fn a_server_whose_info_is_not_utf_8_is_used() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        scene.source.fill(5);
        for server in [&scene.source, &scene.destination] {
            server.run(words!["CONFIG", "SET", "replica-read-only", "no"]);
            server.run(words!["REPLICAOF", b"caf\xe9", "1"]);
        }
        scene.job("");
        let stale = ["--set", "source.allow_stale_replica=true"];
        let warnings: &[&[&str]] = &[&["is a writable replica"]];
        let run = |arguments: &[&str]| scene.run(&[arguments, &stale].concat());
        run(&["check", "job.toml", "--connect"]).exits(0).errors_and_warnings(warnings);
        let ran = run(&["run", "job.toml", "--report", "report.json"]).exits(0).errors_and_warnings(warnings);
        ran.outcomes("all", "copied 5");
    }
}

#[test]
fn a_destination_older_than_5_0_is_refused_and_not_written() {
    for (own, old) in
        [("redis_version:7.0.15", "redis_version:3.0.71"), ("redis_version:7.0.15", "redis_version:4.0.14")]
    {
        let scene = Scene::new();
        scene.source.fill(5);
        let proxy = Refuser::to(scene.destination.port());
        proxy.rewrite(own, old);
        scene.job("");
        let version = old.rsplit(':').next().expect("a version");
        let reason = format!("is version {version}, but must be 5.0 or newer");
        let to = format!("destination.port={}", proxy.port());
        let check = scene.run(&["check", "job.toml", "--connect", "--set", &to]);
        check.exits(3).errors_and_warnings(&[&["job `all` cannot be run: the destination", &reason]]);
        scene.run(&["run", "job.toml", "--set", &to]).exits(3).stderr_has(&reason);
        assert_eq!((scene.destination.calls("restore"), scene.destination.size()), (0, 0));
    }
}

/// Redis 5.0 creates a key whose expiry has passed, and removes it when it is next used.
#[test]
fn a_key_that_the_probe_may_have_created_is_used_once_more() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        let monitor = Monitor::of(&scene.destination);
        scene.job("").run(&["check", "job.toml", "--connect"]).exits(0);
        let about = monitor.about("redis-keys-migrator:probe");
        let last = |command: &str| about.iter().rposition(|name| name == command);
        assert!(last("RESTORE").is_some() && last("RESTORE") < last("EXISTS"), "{about:?}");
        assert_eq!(scene.destination.size(), 0);
    }
}
