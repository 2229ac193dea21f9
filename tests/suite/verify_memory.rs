//! The memory of a verification is bounded by what is in flight: here, and in the output buffers of both servers.

use crate::support::{Client, Random, Scene, words};
use crate::verify::recorded;

const MIB: u64 = 1 << 20;

/// The bytes that a server keeps in output buffers.
fn unread(client: &mut Client) -> u64 {
    let clients = client.run(words!["CLIENT", "LIST"]).text();
    clients.lines().filter_map(|line| line.split_once(" omem=")?.1.split(' ').next()?.parse::<u64>().ok()).sum()
}

/// Verifies, and returns our peak memory, and the most bytes in the output buffers of source and destination.
fn peaks(scene: &Scene, code: i32) -> [u64; 3] {
    let mut running = scene.prepare(&["verify", "job.toml"]).spawn();
    let mut peaks = [0; 3];
    let mut clients = [scene.source.client(), scene.destination.client()];
    while !running.has_ended() {
        peaks[0] = running.peak_memory().unwrap_or(peaks[0]);
        for (peak, client) in peaks[1..].iter_mut().zip(&mut clients) {
            *peak = unread(client).max(*peak);
        }
    }
    running.wait().exits(code);
    peaks
}

/// Fails unless our peak is at most so many MiB, and each server keeps at most 32 MiB for us.
#[track_caller]
fn expect_at_most(mebibytes: u64, [ours, source, destination]: [u64; 3]) {
    let all = [ours, source, destination].map(|bytes| bytes / MIB);
    assert!(ours > 0 && ours <= mebibytes * MIB && source.max(destination) <= 32 * MIB, "{all:?} MiB at the peak");
}

#[test]
fn many_small_keys_need_little_memory_to_be_compared() {
    const KEYS: usize = 200_000;
    let scene = Scene::new();
    scene.source.fill(KEYS);
    scene.run_job("").exits(0);
    expect_at_most(48, peaks(&scene, 0));
    // All of them differ: those that wait for another look need some memory.
    scene.destination.run(words!["FLUSHALL"]);
    scene.destination.run(words!["DEBUG", "POPULATE", KEYS, "key", 5]);
    expect_at_most(64, peaks(&scene, 5));
    assert_eq!(recorded(&scene).len(), KEYS);
}

#[test]
fn large_values_are_compared_a_few_at_a_time() {
    let scene = Scene::new();
    scene.source.fill(1000);
    let (mut random, mut client) = (Random::new(11), scene.source.client());
    for number in 0..8 {
        client.run(words!["SET", format!("large:{number}"), random.bytes(16 << 20)]);
    }
    scene.run_job("").exits(0);
    // A run may need 64 MiB; here, two values of the destination are added.
    expect_at_most(64 + 32, peaks(&scene, 0));
    for number in 0..8 {
        scene.destination.run(words!["SETRANGE", format!("large:{number}"), 1000, "x"]);
    }
    expect_at_most(64 + 32, peaks(&scene, 5));
}
