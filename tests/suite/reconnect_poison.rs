//! Keys that lose the connection, because they exceed a limit of a server: they fail, and the others are moved.

use crate::support::{Kind, Ran, Random, Scene, Server, at_once, words};

const MIB: usize = 1 << 20;
const KEYS: usize = 2000;
const LOG: &str = "redis-keys-migrator-error.log";
/// How keys are moved.
const MODES: [&str; 3] = ["", "sleep = \"5ms\"\npipeline_batch_size = 300", "on_existing = \"replace\""];

/// A limit that a large value exceeds.
#[derive(Clone, Copy)]
struct Limit {
    side: &'static str,
    name: &'static str,
    value: &'static str,
    /// The length of the large values.
    bytes: usize,
}

const OUTPUT_BUFFER: Limit =
    Limit { side: "source", name: "client-output-buffer-limit", value: "normal 1mb 0 0", bytes: 4 * MIB };
const SOURCE_CLIENTS: Limit = Limit { side: "source", name: "maxmemory-clients", value: "2mb", bytes: 16 * MIB };
const QUERY_BUFFER: Limit =
    Limit { side: "destination", name: "client-query-buffer-limit", value: "1mb", bytes: 4 * MIB };
const BULK_LENGTH: Limit = Limit { side: "destination", name: "proto-max-bulk-len", value: "1mb", bytes: 4 * MIB };
const DESTINATION_CLIENTS: Limit =
    Limit { side: "destination", name: "maxmemory-clients", value: "2mb", bytes: 16 * MIB };

/// Small keys and large ones, and a server with a limit that each of the large ones exceeds.
fn scene(limit: Limit, keys: usize, large: usize) -> Scene {
    // A server that starts without this limit does not count what its clients use.
    let server = || Server::with(Kind::Redis70, &["--maxmemory-clients", "1gb"]);
    let scene = Scene::of(server(), server());
    scene.source.fill(keys);
    let (mut client, mut random) = (scene.source.client(), Random::new(3));
    for number in 0..large {
        client.run(words!["SET", format!("large:{number}"), random.bytes(limit.bytes)]);
    }
    scene.server(limit.side).run(words!["CONFIG", "SET", limit.name, limit.value]);
    scene
}

/// Fails unless the large keys, and no others, have failed, and the log names them with the likely reason.
#[track_caller]
fn only_the_large_ones_fail(scene: &Scene, ran: Ran, limit: Limit, keys: usize, large: usize) {
    let copied = if keys > 0 { format!("copied {keys}, ") } else { String::new() };
    let ran = ran.exits(1).outcomes("all", &format!("{copied}failed {large}"));
    assert_eq!(ran.status_of("all"), "done", "{}", ran.report());
    assert_eq!(scene.destination.size().unsigned_abs(), keys as u64);
    let log = scene.read(LOG);
    assert_eq!(log.lines().count(), large, "{log}");
    for number in 0..large {
        let key = format!("large:{number}");
        let line = log.lines().find(|line| line.contains(&key)).unwrap_or_else(|| panic!("no `{key}`: {log}"));
        assert!(line.contains(&format!("side={}", limit.side)) && line.contains(limit.name), "{line}");
    }
}

fn moves_the_others(limit: Limit, lines: &str, keys: usize, large: usize) {
    let scene = scene(limit, keys, large);
    let ran = scene.run_job(lines);
    only_the_large_ones_fail(&scene, ran, limit, keys, large);
}

#[test]
fn a_value_beyond_the_output_buffer_limit_of_the_source_fails_alone() {
    at_once(&MODES, |mode| {
        moves_the_others(OUTPUT_BUFFER, mode, KEYS, 1);
    });
}

#[test]
fn a_value_beyond_the_query_buffer_limit_of_the_destination_fails_alone() {
    at_once(&MODES, |mode| {
        moves_the_others(QUERY_BUFFER, mode, KEYS, 1);
    });
}

#[test]
fn a_value_beyond_the_memory_for_clients_fails_alone() {
    moves_the_others(SOURCE_CLIENTS, "", KEYS, 1);
    moves_the_others(DESTINATION_CLIENTS, "", KEYS, 1);
}

#[test]
fn several_values_beyond_a_limit_fail_and_the_others_are_moved() {
    at_once(&[OUTPUT_BUFFER, QUERY_BUFFER], |limit| {
        moves_the_others(limit, "", KEYS, 4);
    });
}

#[test]
fn the_only_key_that_is_beyond_a_limit_fails() {
    at_once(&[OUTPUT_BUFFER, QUERY_BUFFER], |limit| {
        moves_the_others(limit, "", 0, 1);
    });
}

#[test]
fn a_value_that_is_too_long_for_a_destination_that_forbids_config_fails_alone() {
    at_once(&MODES, |mode| {
        let scene = scene(BULK_LENGTH, KEYS, 1);
        scene.destination.run(words!["ACL", "SETUSER", "mover", "on", ">secret", "~*", "+@all", "-config"]);
        scene.job(mode);
        let user = ["destination.username=mover".to_owned(), "destination.password=secret".to_owned()];
        let ran = scene.prepare_job(&user).run();
        only_the_large_ones_fail(&scene, ran, BULK_LENGTH, KEYS, 1);
    });
}

#[test]
fn a_value_of_a_backup_beyond_a_limit_of_the_destination_fails_alone() {
    let scene = scene(QUERY_BUFFER, KEYS, 1);
    scene.save();
    let ran = scene.run_backup("");
    only_the_large_ones_fail(&scene, ran, QUERY_BUFFER, KEYS, 1);
}

/// Together, the values of a pipeline exceed the limit; one at a time, none of them does.
#[test]
fn values_that_only_together_exceed_the_output_buffer_limit_are_moved() {
    let scene = Scene::new();
    let (mut client, mut random) = (scene.source.client(), Random::new(4));
    for number in 0..40 {
        client.run(words!["SET", format!("medium:{number}"), random.bytes(400_000)]);
    }
    scene.source.fill(200);
    scene.source.run(words!["CONFIG", "SET", OUTPUT_BUFFER.name, OUTPUT_BUFFER.value]);
    scene.run_job("").exits(0).outcomes("all", "copied 240");
}
