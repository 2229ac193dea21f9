//! A distant source: the walk needs few round trips.

use std::time::Duration;

use crate::support::{Dataset, Monitor, Proxy, Ran, Scene, assert_same};

/// The delay in each direction.
const DELAY: Duration = Duration::from_millis(10);

/// The scans that the source received.
struct Scans {
    /// `SCAN` calls.
    calls: usize,
    /// The round trips that they took. Calls that arrived before the client could have a reply share a round trip.
    trips: usize,
    /// The cursors of the first calls, one for each possible lane.
    first: Vec<String>,
}

/// Runs through proxies to source and destination, with these further lines.
fn scans(scene: &Scene, lines: &str, delay: Duration) -> (Ran, Scans) {
    let proxies = [scene.source.port(), scene.destination.port()].map(|port| Proxy::delayed(port, delay));
    let [source, destination] =
        proxies.each_ref().map(|proxy| format!("{{ host = \"127.0.0.1\", port = {} }}", proxy.port()));
    let endpoints = format!("source = {source}\ndestination = {destination}");
    scene.file("job.toml", &format!("[[job]]\nname = \"all\"\nsleep = \"0s\"\n{endpoints}\n{lines}\n"));
    let monitor = Monitor::of(&scene.source);
    let ran = scene.run(&["run", "job.toml", "--report", "report.json"]);
    let calls = monitor.scans();
    let trip = u64::try_from(2 * delay.as_micros()).expect("a short delay");
    let (mut trips, mut began) = (0, 0);
    for call in &calls {
        if call.at - began >= trip {
            (trips, began) = (trips + 1, call.at);
        }
    }
    let first = calls.iter().take(8).map(|call| call.words[1].clone()).collect();
    (ran, Scans { calls: calls.len(), trips, first })
}

fn scene() -> Scene {
    let scene = Scene::new();
    Dataset::mixed(4000).fill(&mut scene.source.client());
    scene
}

#[test]
fn one_lane_takes_a_round_trip_for_each_scan() {
    let scene = scene();
    let (ran, scans) = scans(&scene, "lanes = 1\nscan_batch_size = 100", DELAY);
    ran.exits(0).outcomes("all", "copied 4000");
    assert_eq!(scans.trips, scans.calls);
    assert!(scans.calls >= 35, "{} calls", scans.calls);
}

#[test]
fn a_distant_source_is_walked_in_lanes() {
    let scene = scene();
    let (ran, scans) = scans(&scene, "scan_batch_size = 100", DELAY);
    ran.exits(0).outcomes("all", "copied 4000");
    assert_eq!(scans.first, ["0", "4", "2", "6", "1", "5", "3", "7"]);
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn lanes_share_round_trips() {
    let scene = scene();
    // Without keys to move, only the walk takes time.
    let (ran, scans) = scans(&scene, "match = \"none:*\"\nscan_batch_size = 100", DELAY);
    ran.exits(0).outcomes("all", "");
    assert!(scans.calls >= 35, "{} calls", scans.calls);
    assert!(scans.trips * 2 <= scans.calls, "{} trips for {} calls", scans.trips, scans.calls);
}

#[test]
fn a_nearby_source_is_walked_in_one_lane() {
    let scene = scene();
    let (ran, one) = scans(&scene, "scan_batch_size = 100\nlanes = 1", Duration::ZERO);
    ran.exits(0).outcomes("all", "copied 4000");
    // On a busy machine, the source may seem distant at times.
    let mut near = (0..20).map(|_| scans(&scene, "scan_batch_size = 100", Duration::ZERO).1.calls);
    assert!(near.any(|calls| calls == one.calls), "never in {} calls", one.calls);
}

#[test]
fn a_small_database_is_walked_in_one_lane_at_any_distance() {
    let scene = Scene::new();
    scene.source.fill(300);
    let (ran, scans) = scans(&scene, "", DELAY);
    ran.exits(0).outcomes("all", "copied 300");
    assert_eq!((scans.calls, scans.trips), (1, 1));
}
