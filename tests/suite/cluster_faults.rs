//! Faults of nodes and lines while a job runs with a cluster.

use std::thread;
use std::time::{Duration, Instant};

use super::cluster_moves::{KEYS, Setup, seeds};
use crate::support::cluster::own_line;
use crate::support::{Cluster, Kind, Move, Proxy, at_once, closed_port, meanwhile, words};

/// The setting that makes a cluster an endpoint whose nodes are reached over these lines.
fn over_lines(side: &str, cluster: &Cluster, lines: &[Proxy]) -> [String; 2] {
    let address = |line: (usize, &Proxy)| {
        format!("\"127.0.0.1:{}\" = \"127.0.0.1:{}\"", cluster.node(line.0).port(), line.1.port())
    };
    let map: Vec<String> = lines.iter().enumerate().map(address).collect();
    [format!("{side}.cluster=127.0.0.1:{}", lines[0].port()), format!("{side}.address_map={{ {} }}", map.join(", "))]
}

/// Lines to the masters of a cluster that are cut all the time, while its slots move.
fn lines_are_cut(kind: Kind, side: &str, seed: u64) {
    let setup = Setup::new(kind, Move::Legacy, seed);
    let cluster = Cluster::start(kind);
    if side == "source" {
        cluster.load(&setup.scene.source);
    }
    let slots = Setup::slots(&cluster);
    let lines = [0, 1, 2].map(|node| Proxy::to(cluster.node(node).port()));
    let mut running = setup.scene.prepare_job(&over_lines(side, &cluster, &lines)).spawn();
    let count = || if side == "source" { setup.scene.destination.size() } else { cluster.size() };
    running.until("a key arrives", |_| count() > 0);
    let every = Duration::from_millis(150);
    let _cut = lines.map(|line| line.cut_every(every, seed));
    let (_, ran) = meanwhile(|stop| cluster.move_slots(Move::Legacy, seed, &slots, stop), || running.wait());
    let ran = ran.waited("all", side, "disconnected");
    let there = if side == "source" { setup.scene.destination.reading() } else { cluster.reading() };
    setup.check(&ran, &setup.scene.source.reading(), &there);
    if side == "destination" {
        assert_eq!(ran.count("all", "matched"), KEYS, "{}", ran.stderr);
    }
}

#[test]
fn lines_to_nodes_may_be_cut_while_slots_move() {
    for kind in [Kind::Redis70, Kind::Valkey91] {
        for side in ["source", "destination"] {
            at_once(&seeds(), |seed| lines_are_cut(kind, side, seed));
        }
    }
}

#[test]
fn writes_without_a_reply_are_settled_at_the_node_that_has_their_slot_by_then() {
    for kind in [Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
        let mut setup = Setup::new(kind, Move::Legacy, 0);
        // The moves delay these expiries.
        setup.expire_tagged();
        let cluster = Cluster::start(kind);
        let [first, second] = [cluster.node(0), cluster.node(1)];
        let slots: Vec<u16> =
            Setup::slots(&cluster).into_iter().filter(|slot| cluster.owner(*slot).port() == first.port()).collect();
        let lines = [0, 1, 2].map(|node| Proxy::to(cluster.node(node).port()));
        let mut running = setup.scene.prepare_job(&over_lines("destination", &cluster, &lines)).spawn();
        running.until("some keys arrive", |_| first.size() > 100);
        // The next replies are lost, and the node cannot be reached any more, until the keys are at another node.
        lines[0].lead_to(&[closed_port()]);
        lines[0].cut_after(1);
        running.until("it stops", |_| {
            let before = cluster.size();
            thread::sleep(Duration::from_millis(300));
            cluster.size() == before
        });
        let started = Instant::now();
        for slot in slots {
            cluster.move_slot(slot, first, second);
        }
        setup.tolerance = u64::try_from(started.elapsed().as_millis()).expect("a short time");
        lines[0].lead_to(&[first.port()]);
        let ran = running.wait();
        setup.check(&ran, &setup.scene.source.reading(), &cluster.reading());
        ran.outcomes("all", &format!("copied {KEYS}"));
    }
}

#[test]
fn a_node_that_is_silent_for_a_while_is_waited_for() {
    for side in ["source", "destination"] {
        let setup = Setup::new(Kind::Redis70, Move::Atomic, 0);
        let cluster = Cluster::start(Kind::Redis70);
        if side == "source" {
            cluster.load(&setup.scene.source);
        }
        let mut running = setup.spawn(&[(side, &cluster)]);
        running.until(
            "a key arrives",
            |scene| if side == "source" { scene.destination.size() } else { cluster.size() } > 0,
        );
        cluster.node(1).pause();
        thread::sleep(Duration::from_secs(2));
        cluster.node(1).resume();
        let ran = running.wait();
        let there = if side == "source" { setup.scene.destination.reading() } else { cluster.reading() };
        setup.check(&ran, &setup.scene.source.reading(), &there);
        assert_eq!(ran.count("all", "matched"), KEYS);
    }
}

#[test]
fn a_cluster_that_is_down_for_a_while_is_waited_for() {
    for (side, kind) in [("source", Kind::Redis70), ("destination", Kind::Redis82)] {
        let setup = Setup::new(kind, Move::Atomic, 0);
        let cluster = Cluster::start(kind);
        if side == "source" {
            cluster.load(&setup.scene.source);
        }
        let slot = Setup::slots(&cluster)[0];
        let owner = cluster.owner(slot);
        let mut running = setup.spawn(&[(side, &cluster)]);
        running.until(
            "a key arrives",
            |scene| if side == "source" { scene.destination.size() } else { cluster.size() } > 0,
        );
        for node in cluster.masters() {
            node.run(words!["CLUSTER", "DELSLOTS", slot]);
        }
        thread::sleep(Duration::from_secs(2));
        owner.run(words!["CLUSTER", "ADDSLOTS", slot]);
        let ran = running.wait().waited("all", side, "cluster-down");
        let there = if side == "source" { setup.scene.destination.reading() } else { cluster.reading() };
        setup.check(&ran, &setup.scene.source.reading(), &there);
    }
}

/// The keys of the nodes that answer arrive while the first node of the destination is silent.
fn others_arrive(source: Option<&Cluster>, destination: &Cluster, setup: &Setup) {
    let lines = [0, 1, 2].map(|node| Proxy::to(destination.node(node).port()));
    let mut settings = over_lines("destination", destination, &lines).to_vec();
    settings.extend(source.map(|cluster| cluster.setting("source")));
    let names = setup.scene.source.reading();
    let of = |node: usize| {
        let own = own_line(destination.node(node)).expect("a master").slots;
        names.0.keys().filter(|name| own.contains(&destination.slot(name))).count()
    };
    let others = of(1) + of(2);
    let mut running = setup.scene.prepare_job(&settings).spawn();
    // By then it has stopped to ask which keys exist. While it asks, fewer keys can wait for a silent node.
    running.until("keys arrive", |_| destination.size() >= 300 && (0..3).all(|node| destination.node(node).size() > 0));
    lines[0].stall();
    let size = |node: usize| usize::try_from(destination.node(node).size()).expect("a count");
    // Of a source that returns keys in another order, only so many can wait for the silent node.
    let enough = if source.is_some() { others } else { others.min(size(1) + size(2) + 400) };
    running.until("the keys of the others arrive", |_| size(1) + size(2) >= enough);
    assert!(size(0) < of(0), "the silent node has all of its keys");
    lines[0].flow();
    let ran = running.wait();
    setup.check(&ran, &setup.scene.source.reading(), &destination.reading());
    ran.outcomes("all", &format!("copied {KEYS}"));
}

#[test]
fn a_node_that_is_silent_does_not_hold_up_the_keys_of_the_others() {
    let setup = Setup::new(Kind::Redis82, Move::Atomic, 0);
    let [source, destination] = [(); 2].map(|()| Cluster::start(Kind::Redis82));
    source.load(&setup.scene.source);
    others_arrive(Some(&source), &destination, &setup);
    let setup = Setup::new(Kind::Redis70, Move::Atomic, 0);
    others_arrive(None, &Cluster::start(Kind::Redis70), &setup);
}
