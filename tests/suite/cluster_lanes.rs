//! The nodes of a cluster are walked in several lanes, and every key is returned exactly once.

use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use super::lanes::{finds_all_that_stay, for_each, names, returns_each_key_once};
use crate::support::{Kind, Monitor, Scene, Server, words};

/// A cluster of one server, which has all slots.
fn cluster(kind: Kind) -> Server {
    // The port for other nodes. By default it is the server's port plus 10 000, which may be too large.
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port on loopback");
    let port = listener.local_addr().expect("its address").port().to_string();
    drop(listener);
    let server = Server::with(kind, &["--cluster-enabled", "yes", "--cluster-port", &port]);
    let mut client = server.client();
    client.run(words!["CLUSTER", "ADDSLOTSRANGE", 0, 16383]);
    let deadline = Instant::now() + Duration::from_secs(30);
    while !client.run(words!["CLUSTER", "INFO"]).text().contains("cluster_state:ok") {
        assert!(Instant::now() < deadline, "the cluster is not ready:\n{}", server.log());
        thread::sleep(Duration::from_millis(20));
    }
    server
}

/// From a cluster of one server to a plain server.
fn scene(kind: Kind) -> Scene {
    Scene::of(cluster(kind), Server::start(kind))
}

/// Runs with 16 lanes, and returns the cursor with which the second lane starts.
fn second_lane(kind: Kind) -> String {
    let scene = scene(kind);
    for_each(&mut scene.source.client(), 0..5000, |number| words!["SET", format!("key:{number}"), "v"].into());
    let monitor = Monitor::of(&scene.source);
    let ran = scene.run_job("lanes = 16\nscan_batch_size = 50").exits(0).outcomes("all", "copied 5000");
    ran.errors_and_warnings(&[]);
    assert_eq!(names(&scene.destination), names(&scene.source));
    monitor.scans()[1].words[1].clone()
}

#[test]
fn a_node_of_redis_7_0_has_one_table_whose_lanes_start_at_reversed_cursors() {
    assert_eq!(second_lane(Kind::Redis70), "8");
}

#[test]
fn a_node_of_redis_8_2_has_a_table_for_each_slot_and_lanes_start_at_slots() {
    assert_eq!(second_lane(Kind::Redis82), "1024");
}

#[test]
fn a_node_of_valkey_9_1_has_a_table_for_each_slot_and_lanes_start_at_slots() {
    assert_eq!(second_lane(Kind::Valkey91), "1024");
}

#[test]
fn any_number_of_lanes_returns_each_key_of_a_node_of_redis_7_0_once() {
    returns_each_key_once(&scene(Kind::Redis70));
}

#[test]
fn any_number_of_lanes_returns_each_key_of_a_node_of_redis_8_2_once() {
    returns_each_key_once(&scene(Kind::Redis82));
}

#[test]
fn any_number_of_lanes_returns_each_key_of_a_node_of_valkey_9_1_once() {
    returns_each_key_once(&scene(Kind::Valkey91));
}

#[test]
fn keys_of_a_node_of_redis_7_0_that_stay_are_found_while_its_table_grows_and_shrinks() {
    finds_all_that_stay(&scene(Kind::Redis70));
}

#[test]
fn keys_of_a_node_of_redis_8_2_that_stay_are_found_while_its_tables_grow_and_shrink() {
    finds_all_that_stay(&scene(Kind::Redis82));
}

#[test]
fn keys_of_a_node_of_valkey_9_1_that_stay_are_found_while_its_tables_grow_and_shrink() {
    finds_all_that_stay(&scene(Kind::Valkey91));
}
