//! Memory is bounded by what is in flight: here, and in the source's output buffers.

use serde_json::json;

use crate::support::{Client, Dataset, Kind, Monitor, Pipeline, Random, Scene, Server, words};

const MIB: u64 = 1 << 20;

/// The peak memory of the program, and the most bytes that the source kept for it in its output buffer.
fn peaks(scene: &Scene) -> (u64, u64) {
    peaks_with(scene, "")
}

/// The same with further lines of the job.
fn peaks_with(scene: &Scene, lines: &str) -> (u64, u64) {
    scene.job(lines);
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
    assert!((1..=64 * MIB).contains(&ours), "{} MiB at the peak", ours / MIB);
    assert!(unread <= 32 * MIB, "{} MiB unread at the source", unread / MIB);
}

/// Gives the source so many strings that cannot be compressed.
fn fill_with_large(scene: &Scene, count: usize, bytes: u64) {
    let (mut random, mut client) = (Random::new(11), scene.source.client());
    for number in 0..count {
        let value = random.bytes(usize::try_from(bytes).expect("it fits into memory"));
        client.run(words!["SET", format!("large:{number}"), value]);
    }
}

/// Gives the source so many names of this length.
fn fill_with_names(scene: &Scene, count: usize, length: usize) {
    let mut client = scene.source.client();
    for number in 0..count {
        client.run(words!["SET", format!("{number:08}{}", "n".repeat(length - 8)), "v"]);
    }
}

#[test]
fn large_values_among_small_ones_are_requested_one_at_a_time() {
    // More small ones follow each other than are measured after a large one, but never if so many are large as here: in
    // whatever order they come, a gap of 4000 is as good as impossible.
    for small in [1000, 6000] {
        let scene = Scene::new();
        scene.source.fill(small);
        fill_with_large(&scene, 20, 16 * MIB);
        for lines in ["", "sleep = \"1ms\""] {
            scene.destination.run(words!["FLUSHALL"]);
            let (ours, unread) = peaks_with(&scene, lines);
            assert_eq!(scene.destination.size(), scene.source.size());
            assert!((1..=64 * MIB).contains(&ours), "{small} {lines}: {} MiB at the peak", ours / MIB);
            assert!(unread <= 32 * MIB, "{small} {lines}: {} MiB unread at the source", unread / MIB);
        }
    }
}

#[test]
fn a_collection_with_one_large_element_is_known_to_be_large() {
    let scene = Scene::new();
    scene.source.fill(2000);
    let mut random = Random::new(3);
    for number in 0..15 {
        let key = format!("hash:{number}");
        let mut fields = words!["HSET", key, "large", random.bytes(12 << 20)].to_vec();
        fields.extend((0..2000).flat_map(|field| words![format!("f{field}"), "x".repeat(100)]));
        scene.source.run(fields);
    }
    let (ours, unread) = peaks(&scene);
    assert_eq!(scene.destination.size(), 2015);
    assert!((1..=64 * MIB).contains(&ours), "{} MiB at the peak", ours / MIB);
    assert!(unread <= 32 * MIB, "{} MiB unread at the source", unread / MIB);
}

#[test]
fn long_names_are_returned_a_few_at_a_time() {
    for (count, length, most) in [(5000, 10_000, 64), (1000, 100_000, 64), (100, 1_000_000, 128)] {
        for lines in ["", "sleep = \"1ms\"", "lanes = 8", "types = [\"string\", \"set\"]\non_existing = \"replace\""] {
            let scene = Scene::new();
            fill_with_names(&scene, count, length);
            let (ours, unread) = peaks_with(&scene, lines);
            assert_eq!(scene.destination.size(), scene.source.size());
            assert!((1..=most * MIB).contains(&ours), "{length} {lines}: {} MiB at the peak", ours / MIB);
            assert!(unread <= 32 * MIB, "{length} {lines}: {} MiB unread at the source", unread / MIB);
        }
    }
}

#[test]
fn long_names_in_a_file_are_bounded_too() {
    let scene = Scene::new();
    fill_with_names(&scene, 5000, 10_000);
    scene.save();
    scene.backup_job("");
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    let mut ours = 0;
    while !running.has_ended() {
        ours = running.peak_memory().unwrap_or(ours);
    }
    running.wait().exits(0).outcomes("all", "copied 5000");
    assert!((1..=64 * MIB).contains(&ours), "{} MiB at the peak", ours / MIB);
}

#[test]
fn values_are_not_measured_any_more_when_many_were_small() {
    let scene = Scene::new();
    scene.source.run(words!["DEBUG", "POPULATE", 60_000, "key", 100]);
    scene.run_job("").exits(0).outcomes("all", "copied 60000");
    let measured = scene.source.calls("memory|usage");
    assert!((1000..10_000).contains(&measured), "{measured} values were measured");
}

#[test]
fn a_source_that_may_not_be_asked_for_sizes_is_read_carefully() {
    let scene = Scene::new();
    scene.source.fill(3000);
    fill_with_large(&scene, 20, 8 * MIB);
    scene.source.run(words!["ACL", "SETUSER", "default", "-memory|usage"]);
    let (ours, _) = peaks(&scene);
    assert_eq!(scene.destination.size(), 3020);
    assert!((1..=96 * MIB).contains(&ours), "{} MiB at the peak", ours / MIB);
}

/// Limits a server to so many bytes more than it uses: then it evicts keys.
fn leave_room(server: &Server, bytes: u64) {
    let info = server.run(words!["INFO", "memory"]).text();
    let used = info.lines().find_map(|line| line.strip_prefix("used_memory:")?.trim().parse::<u64>().ok());
    server.run(words!["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    server.run(words!["CONFIG", "SET", "maxmemory", used.expect("a number") + bytes]);
}

fn evicted(server: &Server) -> u64 {
    let info = server.run(words!["INFO", "stats"]).text();
    info.lines().find_map(|line| line.strip_prefix("evicted_keys:")?.trim().parse().ok()).expect("a number")
}

/// Writes so many values of 1 kB.
fn fill_with_kilobytes(client: &mut Client, name: &str, count: usize) {
    let mut random = Random::new(8);
    for batch in 0..count / 1000 {
        let mut pipeline = Pipeline::new();
        for number in 0..1000 {
            pipeline.add(words!["SET", format!("{name}:{batch}:{number}"), random.bytes(1000)]);
        }
        client.run_all(&pipeline);
    }
}

#[test]
fn a_source_that_evicts_loses_no_key_because_of_large_values() {
    for lines in ["", "sleep = \"1ms\""] {
        let scene = Scene::new();
        scene.source.fill(1000);
        fill_with_large(&scene, 30, 12 * MIB);
        leave_room(&scene.source, 64 * MIB);
        let ran = scene.run_job(lines).exits(0).outcomes("all", "copied 1030").stderr_lacks("evicted");
        assert_eq!((evicted(&scene.source), scene.destination.size()), (0, 1030));
        assert_eq!(ran.job("all")["evicted"], json!({ "source": 0, "destination": 0 }));
    }
}

/// A connection takes memory at the server, and so does the first call of each command, for its latency statistics.
#[test]
fn a_full_cache_loses_at_most_one_key_in_200() {
    for kind in [Kind::Redis62, Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
        let scene = Scene::between(kind, Kind::Redis82);
        let mut client = scene.source.client();
        fill_with_kilobytes(&mut client, "key", 56_000);
        leave_room(&scene.source, 0);
        fill_with_kilobytes(&mut client, "more", 3000);
        let (keys, before) = (scene.source.size().unsigned_abs(), evicted(&scene.source));
        let ran = scene.run_job("").exits(0);
        let lost = evicted(&scene.source) - before;
        assert!(before > 1000 && lost * 200 <= keys, "{kind:?}: {lost} of {keys} keys were evicted");
        // Pre-flight takes memory as well.
        assert!(ran.job("all")["evicted"]["source"].as_u64().is_some_and(|during| during <= lost));
    }
}

#[test]
fn evictions_on_either_side_are_counted_and_reported() {
    let scene = Scene::new();
    let mut client = scene.source.client();
    fill_with_kilobytes(&mut client, "key", 4000);
    leave_room(&scene.source, 0);
    leave_room(&scene.destination, MIB);
    scene.job("sleep = \"50ms\"\npipeline_batch_size = 100");
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 100);
    // More than one key: the warning of one has another word.
    let before = evicted(&scene.source);
    fill_with_kilobytes(&mut client, "new", 1000);
    running.until("the source has evicted keys", |scene| evicted(&scene.source) > before + 1);
    let ran = running.wait().exits(0);
    let counts = &ran.job("all")["evicted"];
    let [source, destination] = ["source", "destination"].map(|side| counts[side].as_u64().expect("a count"));
    assert!(source > 1 && source <= evicted(&scene.source), "{source}");
    assert!(destination > 1 && destination == evicted(&scene.destination), "{destination}");
    let ran = ran.stderr_has(&format!("warning: job `all`: the source evicted {source} keys during the run"));
    ran.stderr_has(&format!("warning: job `all`: the destination evicted {destination} keys during the run"));
}

#[test]
fn the_count_of_a_scan_follows_the_length_of_names() {
    let scene = Scene::new();
    fill_with_names(&scene, 2000, 10_000);
    let monitor = Monitor::of(&scene.source);
    scene.run_job("").exits(0).outcomes("all", "copied 2000");
    let counts: Vec<u64> = monitor.scans().iter().map(|scan| scan.words[3].parse().expect("a number")).collect();
    assert!(counts.iter().all(|count| (10..60).contains(count)), "{counts:?}");
}
