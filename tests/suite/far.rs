//! A source far away: what takes a trip is asked for in few trips.

use std::time::Duration;

use crate::support::{Dataset, Monitor, Proxy, Ran, Scene, assert_same};

/// How long the way takes in each direction.
const WAY: Duration = Duration::from_millis(10);

/// What the source was asked to scan, seen from the source.
struct Scans {
    /// `SCAN` calls.
    calls: usize,
    /// Round trips that they took: a call that came before the answer to another could be back took none of its own.
    trips: usize,
    /// The cursors of the first calls, as many as there may be lanes.
    first: Vec<String>,
}

/// Runs by way of proxies on both sides, with these further lines.
fn scans(scene: &Scene, lines: &str, way: Duration) -> (Ran, Scans) {
    let ways = [Proxy::delayed(scene.source.port(), way), Proxy::delayed(scene.destination.port(), way)];
    let [source, destination] = ways.each_ref().map(|way| format!("{{ host = \"127.0.0.1\", port = {} }}", way.port()));
    let ends = format!("source = {source}\ndestination = {destination}");
    scene.file("job.toml", &format!("[[job]]\nname = \"all\"\nsleep = \"0s\"\n{ends}\n{lines}\n"));
    let monitor = Monitor::of(&scene.source);
    let ran = scene.run(&["run", "job.toml", "--report", "report.json"]);
    let calls = monitor.scans();
    let trip = u64::try_from(2 * way.as_micros()).expect("a short way");
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
    let (ran, scans) = scans(&scene, "lanes = 1\nscan_batch_size = 100", WAY);
    ran.exits(0).outcomes("all", "copied 4000");
    assert_eq!(scans.trips, scans.calls);
    assert!(scans.calls >= 35, "{} calls", scans.calls);
}

#[test]
fn a_distant_source_is_walked_in_lanes() {
    let scene = scene();
    let (ran, scans) = scans(&scene, "scan_batch_size = 100", WAY);
    ran.exits(0).outcomes("all", "copied 4000");
    assert_eq!(scans.first, ["0", "4", "2", "6", "1", "5", "3", "7"]);
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn lanes_share_round_trips() {
    let scene = scene();
    // With nothing to move, only the walk takes its time.
    let (ran, scans) = scans(&scene, "match = \"none:*\"\nscan_batch_size = 100", WAY);
    ran.exits(0).outcomes("all", "");
    assert!(scans.calls >= 35, "{} calls", scans.calls);
    assert!(scans.trips * 2 <= scans.calls, "{} trips for {} calls", scans.trips, scans.calls);
}

#[test]
fn a_nearby_source_is_walked_in_one_lane() {
    let scene = scene();
    let (ran, one) = scans(&scene, "scan_batch_size = 100\nlanes = 1", Duration::ZERO);
    ran.exits(0).outcomes("all", "copied 4000");
    // On a busy machine, the way may seem far at times.
    let mut near = (0..20).map(|_| scans(&scene, "scan_batch_size = 100", Duration::ZERO).1.calls);
    assert!(near.any(|calls| calls == one.calls), "never in {} calls", one.calls);
}

#[test]
fn a_small_database_is_walked_in_one_lane_at_any_distance() {
    let scene = Scene::new();
    scene.source.fill(300);
    let (ran, scans) = scans(&scene, "", WAY);
    ran.exits(0).outcomes("all", "copied 300");
    assert_eq!((scans.calls, scans.trips), (1, 1));
}
