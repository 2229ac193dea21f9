//! Memory is bounded by what is in flight: here, and in the source's output buffers.

use crate::support::{Dataset, Scene, words};

const MIB: u64 = 1 << 20;

/// The peak memory of the program, and the most bytes that the source kept for it in its output buffer.
fn peaks(scene: &Scene) -> (u64, u64) {
    scene.job("");
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    let (mut ours, mut unread) = (0, 0);
    let mut client = scene.source.client();
    while !running.has_ended() {
        ours = running.peak_memory().unwrap_or(ours);
        let clients = client.run(words!["CLIENT", "LIST"]).text();
        let held =
            clients.lines().filter_map(|line| line.split_once(" omem=")?.1.split(' ').next()?.parse::<u64>().ok());
        unread = unread.max(held.sum());
    }
    running.wait().exits(0);
    (ours, unread)
}

#[test]
fn many_small_keys_need_little_memory() {
    let scene = Scene::new();
    Dataset::mixed(20_000).fill(&mut scene.source.client());
    let (ours, _) = peaks(&scene);
    assert!((1..=48 * MIB).contains(&ours), "{} MiB at the peak", ours / MIB);
}

#[test]
fn values_of_megabytes_are_read_a_few_at_a_time() {
    let scene = Scene::new();
    let mut client = scene.source.client();
    client.run(words!["DEBUG", "POPULATE", 100, "big", 4 * MIB]);
    // Small values at the beginning of the walk must not make it read too many large ones at once.
    client.run(words!["DEBUG", "POPULATE", 5000, "small", 100]);
    let (ours, unread) = peaks(&scene);
    assert_eq!(scene.destination.size(), 5100);
    assert!((1..=128 * MIB).contains(&ours), "{} MiB at the peak", ours / MIB);
    assert!(unread <= 64 * MIB, "{} MiB unread at the source", unread / MIB);
}
