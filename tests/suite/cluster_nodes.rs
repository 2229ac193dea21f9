//! The nodes of a cluster in messages, logs and reports, and what each of them does during a run.

use serde_json::{Value, json};

use crate::support::{CAREFUL, Cluster, Kind, Ran, Scene, Server, assert_same, meanwhile, poison, until, words};

const KINDS: [Kind; 3] = [Kind::Redis70, Kind::Redis82, Kind::Valkey91];
const MIB: u64 = 1 << 20;

/// A line of the error log for each key that failed: its number, and the port of the node.
fn failed_at(scene: &Scene) -> Vec<(usize, u16)> {
    let log = scene.error_log();
    let field = |line: &str, before: &str, after: char| {
        let rest = line.split_once(before).unwrap_or_else(|| panic!("no `{before}` in {line}")).1;
        rest.split(after).next().unwrap_or_default().parse::<usize>().expect("a number")
    };
    let port = |line| u16::try_from(field(line, "server=127.0.0.1:", ' ')).expect("a port");
    let mut failed: Vec<_> = log.lines().map(|line| (field(line, "key=\"poison:", '"'), port(line))).collect();
    failed.sort_unstable();
    failed
}

#[test]
fn a_key_that_a_node_refuses_is_logged_and_reported_with_the_node_that_gave_the_last_answer() {
    for kind in KINDS {
        let scene = Scene::between(Kind::Redis70, kind);
        (0..12).for_each(|number| poison(&scene.source, format!("poison:{number}")));
        scene.source.fill(100);
        let cluster = Cluster::with(kind, false, &CAREFUL);
        // Key 7 is redirected: its slot is at one node, and is moved to another.
        let moving = cluster.slot("poison:7");
        let (from, to) = (cluster.owner(moving).port(), (0..3).map(|node| cluster.node(node)));
        let to = to.into_iter().find(|node| node.port() != from).expect("three nodes");
        Cluster::begin_move(moving, cluster.owner(moving), to);
        scene.job("");
        let ran = scene.prepare_job(&[cluster.setting("destination")]).run().exits(1);
        let ran = ran.outcomes("all", "copied 100, failed 12");
        let node = |number| match number {
            7 => to.port(),
            number => cluster.owner(cluster.slot(format!("poison:{number}"))).port(),
        };
        let expected: Vec<(usize, u16)> = (0..12).map(|number| (number, node(number))).collect();
        assert_eq!(failed_at(&scene), expected, "{kind:?}");
        let failures = &ran.job("all")["failures"];
        let by_server = failures[0]["by_server"].as_object().expect("the failures by server");
        for (server, count) in by_server {
            let keys = expected.iter().filter(|(_, port)| server.ends_with(&format!(":{port}"))).count();
            assert_eq!(count, &json!(keys), "{failures}");
        }
        assert_eq!(by_server.values().filter_map(Value::as_u64).sum::<u64>(), 12);
        ran.stdout_has("12 keys failed at the destination: ERR Bad data format (for example key");
    }
}

/// The nodes of a side in the report, as address, id, role, and number of slots.
fn nodes(ran: &Ran, side: &str) -> Vec<(String, String, String, usize)> {
    let nodes = ran.job("all")[side]["nodes"].as_array().expect("nodes").clone();
    let text = |node: &Value, name: &str| node[name].as_str().expect("text").to_owned();
    let slots = |node: &Value| usize::try_from(node["slots"].as_u64().expect("a number")).expect("a number of slots");
    nodes.iter().map(|node| (text(node, "address"), text(node, "id"), text(node, "role"), slots(node))).collect()
}

fn described(node: &Server, role: &str, slots: usize) -> (String, String, String, usize) {
    let id = node.run(words!["CLUSTER", "MYID"]).text();
    (format!("127.0.0.1:{}", node.port()), id, role.to_owned(), slots)
}

#[test]
fn the_report_has_the_nodes_of_both_sides_and_a_verbose_log_shows_them() {
    let scene = Scene::new();
    scene.source.fill(300);
    let cluster = Cluster::start(Kind::Redis82);
    scene.job("");
    let arguments = ["run", "job.toml", "-v", "--report", "report.json", "--set", &cluster.setting("destination")];
    let ran = scene.run(&arguments).exits(0).outcomes("all", "copied 300");
    let mut expected: Vec<_> = [5461, 5462, 5461]
        .into_iter()
        .enumerate()
        .map(|(at, slots)| described(cluster.node(at), "master", slots))
        .collect();
    expected.sort();
    assert_eq!(nodes(&ran, "destination"), expected);
    assert_eq!(nodes(&ran, "source"), []);
    let server = &ran.job("all")["destination"]["server"];
    assert_eq!([&server["mode"], &server["run_id"]], [&json!("cluster"), &json!("")]);
    let ran = ran.stderr_has("Redis 8.2.3, a cluster of 3 nodes)");
    expected.iter().fold(ran, |ran, (address, id, role, slots)| {
        ran.stderr_has(&format!(
            "debug: the node `{address}` of the destination: {role}, Redis 8.2.3, {slots} slots, 0 keys, id {id}"
        ))
    });
}

#[test]
fn a_verbose_log_counts_redirects_and_names_the_slots() {
    let scene = Scene::new();
    scene.source.run(words!["MSET", "{a}1", "1", "{a}2", "2", "{a}3", "3"]);
    let cluster = Cluster::start(Kind::Redis70);
    let slot = cluster.slot("a");
    let (from, to) = (cluster.owner(slot), cluster.node(usize::from(cluster.owner(slot).port() == cluster.seed())));
    Cluster::begin_move(slot, from, to);
    scene.job("");
    let arguments = ["run", "job.toml", "-v", "--report", "report.json", "--set", &cluster.setting("destination")];
    let ran = scene.run(&arguments).exits(0).outcomes("all", "copied 3");
    let (from, to) = (from.port(), to.port());
    ran.stderr_has(&format!(
        "debug: the node `127.0.0.1:{from}` of the destination sends 3 requests to `127.0.0.1:{to}` (`ASK`, slots {slot})"
    ));
}

/// Limits the memory of a server to what it uses, and this.
fn leave_room(server: &Server, bytes: u64, policy: &str) {
    let info = server.run(words!["INFO", "memory"]).text();
    let used = info.lines().find_map(|line| line.strip_prefix("used_memory:")?.trim().parse::<u64>().ok());
    server.run(words!["CONFIG", "SET", "maxmemory-policy", policy]);
    server.run(words!["CONFIG", "SET", "maxmemory", used.expect("a number") + bytes]);
}

/// A server with 12 MiB in 3000 keys.
fn fill_with_values(server: &Server) {
    let mut client = server.client();
    for number in 0..3000 {
        client.run(words!["SET", format!("key:{number}"), "x".repeat(4096)]);
    }
}

#[test]
fn one_full_node_among_three_is_warned_about_and_only_its_keys_fail() {
    let scene = Scene::new();
    fill_with_values(&scene.source);
    let cluster = Cluster::start(Kind::Redis70);
    let full = cluster.node(1);
    leave_room(full, 3 * MIB, "noeviction");
    leave_room(cluster.node(0), 100 * MIB, "noeviction");
    scene.job("max_errored_keys = 5000");
    let slots: Vec<u16> = (0..3000).map(|number| cluster.slot(format!("key:{number}"))).collect();
    let of_full = slots.iter().filter(|slot| cluster.owner(**slot).port() == full.port()).count() as u64;
    let ran = scene.prepare_job(&[cluster.setting("destination")]).run().exits(1);
    let (failed, written) = (ran.count("all", "failed"), full.size().cast_unsigned());
    assert!(failed > 100, "{failed}");
    assert_eq!((failed + written, cluster.size().cast_unsigned() + failed), (of_full, 3000));
    let address = format!("127.0.0.1:{}", full.port());
    let log = scene.error_log();
    let is_named = |line: &str| line.contains(&format!("side=destination server={address} ")) && line.contains("OOM");
    assert_eq!((log.lines().count() as u64, log.lines().all(is_named)), (failed, true), "{log}");
    ran.errors_and_warnings(&[&[
        "warning: job `all`",
        &address,
        "left below its `maxmemory`, but the job is estimated to need",
    ]]);
}

#[test]
fn the_keys_that_a_full_node_refuses_count_towards_the_error_limit() {
    let scene = Scene::new();
    fill_with_values(&scene.source);
    let cluster = Cluster::start(Kind::Valkey91);
    leave_room(cluster.node(1), 3 * MIB, "noeviction");
    scene.job("max_errored_keys = 50");
    let ran = scene.prepare_job(&[cluster.setting("destination")]).run().exits(4);
    let failed = ran.count("all", "failed");
    assert!((50..=100).contains(&failed), "{failed}");
    ran.stderr_has("50");
}

#[test]
fn one_node_that_evicts_is_named() {
    let scene = Scene::new();
    fill_with_values(&scene.source);
    let cluster = Cluster::start(Kind::Redis70);
    let small = cluster.node(2);
    leave_room(small, 3 * MIB, "allkeys-lru");
    scene.job("");
    let ran = scene.prepare_job(&[cluster.setting("destination")]).run().exits(0).outcomes("all", "copied 3000");
    let evicted = ran.job("all")["evicted"]["destination"].as_u64().expect("a count");
    assert!(evicted > 0 && cluster.size() + i64::try_from(evicted).expect("few keys") == 3000);
    let address = format!("127.0.0.1:{}", small.port());
    ran.errors_and_warnings(&[
        &["the destination", &format!("`{address}` evicts keys when it reaches its `maxmemory` (`allkeys-lru`)")],
        &["the destination", &address, "left below its `maxmemory`"],
        &[&format!("the destination evicted {evicted} keys during the run ({evicted} by `{address}`)")],
    ]);
}

#[test]
fn a_node_that_is_flushed_during_the_run_is_named() {
    for (command, side) in [("FLUSHALL", "source"), ("FLUSHDB", "source"), ("FLUSHALL", "destination")] {
        let scene = Scene::new();
        scene.source.fill(900);
        let cluster = Cluster::start(Kind::Redis82);
        if side == "source" {
            cluster.load(&scene.source);
        }
        // It has been flushed before, and that is not evidence.
        cluster.node(0).run(words!["FLUSHALL"]);
        scene.job("sleep = \"20ms\"\npipeline_batch_size = 10");
        let mut running = scene.prepare_job(&[cluster.setting(side)]).spawn();
        running.until("keys arrive", |_| {
            if side == "source" { scene.destination.size() > 50 } else { cluster.size() > 50 }
        });
        cluster.node(1).run(words![command]);
        let ran = running.wait().exits(6);
        let named = format!("`{command}` was called (node `127.0.0.1:{}`)", cluster.node(1).port());
        assert_eq!(ran.status_of("all"), format!("{side}-changed"));
        ran.stderr_has(&named);
    }
}

#[test]
fn a_cluster_is_not_copied_to_itself_whatever_the_node() {
    let scene = Scene::new();
    let cluster = Cluster::start(Kind::Redis70);
    let port = |side: &str, node: usize| format!("{side}.port={}", cluster.node(node).port());
    let cases = [
        vec![port("source", 0), port("destination", 2)],
        vec![port("source", 1), "source.cluster=false".to_owned(), port("destination", 0)],
    ];
    scene.job("");
    for settings in cases {
        scene.prepare_job(&settings).run().exits(3).stderr_has("is the source's own database 0");
    }
}

#[test]
fn slots_that_move_during_a_run_are_no_lost_keys() {
    let scene = Scene::new();
    scene.source.fill(900);
    let cluster = Cluster::start(Kind::Redis70);
    cluster.load(&scene.source);
    scene.job("sleep = \"10ms\"\npipeline_batch_size = 10");
    let slots: Vec<u16> = (0..60).map(|number| cluster.slot(format!("key:{number}"))).collect();
    let move_away = |_: &_| {
        for slot in &slots {
            let from = cluster.owner(*slot);
            if from.port() != cluster.node(2).port() {
                cluster.move_slot(*slot, from, cluster.node(2));
            }
        }
    };
    let run = || scene.prepare_job(&[cluster.setting("source")]).run();
    let ((), ran) = meanwhile(move_away, run);
    ran.exits(0).errors_and_warnings(&[]);
    assert_same(&cluster.reading(), &scene.destination.reading());
}

#[test]
fn a_node_may_leave_the_cluster_during_a_run() {
    for side in ["source", "destination"] {
        let scene = Scene::new();
        let cluster = Cluster::start(Kind::Valkey91);
        scene.source.fill(900);
        if side == "source" {
            cluster.load(&scene.source);
        }
        scene.job("sleep = \"40ms\"\npipeline_batch_size = 10");
        let mut running = scene.prepare_job(&[cluster.setting(side)]).spawn();
        running.until("keys arrive", |_| {
            if side == "source" { scene.destination.size() > 50 } else { cluster.size() > 50 }
        });
        let leaving = cluster.node(0);
        cluster.move_at_once((0, 5460), leaving, cluster.node(1));
        let id = leaving.run(words!["CLUSTER", "MYID"]).text();
        for node in 1..3 {
            cluster.node(node).run(words!["CLUSTER", "FORGET", &id]);
        }
        leaving.run(words!["CLUSTER", "RESET"]);
        leaving.stop();
        let ran = running.wait().exits(0);
        assert_eq!(ran.restarts("all").len(), 0);
        let (from, to) = if side == "source" {
            (cluster.reading(), scene.destination.reading())
        } else {
            (scene.source.reading(), cluster.reading())
        };
        assert_same(&from, &to);
    }
}

#[test]
fn keys_of_a_slot_that_is_half_moved_to_a_new_node_arrive() {
    let scene = Scene::new();
    for number in 0..20 {
        scene.source.run(words!["SET", format!("{{a}}{number}"), "x"]);
    }
    let cluster = Cluster::start(Kind::Redis70);
    cluster.load(&scene.source);
    let new = Server::with(Kind::Redis70, &["--cluster-enabled", "yes", "--cluster-node-timeout", "5000"]);
    new.run(words!["CLUSTER", "MEET", "127.0.0.1", cluster.seed()]);
    let slot = cluster.slot("a");
    for node in [cluster.owner(slot), &new] {
        node.until_reply_has("cluster_known_nodes:4", words!["CLUSTER", "INFO"]);
    }
    until("they know each other", || {
        [cluster.owner(slot), &new]
            .iter()
            .all(|node| !node.run(words!["CLUSTER", "NODES"]).text().contains("handshake"))
    });
    new.until_reply_has("cluster_state:ok", words!["CLUSTER", "INFO"]);
    Cluster::begin_move(slot, cluster.owner(slot), &new);
    Cluster::move_keys(slot, cluster.owner(slot), &new, 12);
    scene.job("");
    scene
        .prepare_job(&[cluster.setting("source")])
        .run()
        .exits(0)
        .outcomes("all", "copied 20")
        .errors_and_warnings(&[]);
    assert_same(&scene.source.reading(), &scene.destination.reading());
}
