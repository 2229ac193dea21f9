//! Keys that the destination already has.

use std::thread;
use std::time::Duration;

use crate::support::{Dataset, Kind, Proxy, Scene, Value, assert_same, words};

#[test]
fn an_existing_key_keeps_its_value_and_its_expiry() {
    for sleep in ["0s", "10ms"] {
        let scene = Scene::new();
        scene.source.fill(3);
        scene.destination.run(words!["RPUSH", "key:0", "own"]);
        scene.destination.run(words!["SET", "key:1", "own", "PXAT", 4_102_444_800_000_u64]);
        let before = scene.destination.reading();
        scene.run_job(&format!("sleep = \"{sleep}\"")).exits(0).outcomes("all", "copied 1, existing 2");
        let after = scene.destination.reading();
        assert_eq!(after.key("key:0"), before.key("key:0"));
        assert_eq!(after.key("key:1"), before.key("key:1"));
        assert_eq!(after.key("key:2").value, Value::String(b"value 2".to_vec()));
    }
}

#[test]
fn idle_times_do_not_change_on_source_and_destination_if_the_server_can_keep_them() {
    for (kind, sleep) in [(Kind::Redis82, "0s"), (Kind::Redis82, "10ms"), (Kind::Valkey91, "0s")] {
        let scene = Scene::between(kind, kind);
        scene.source.fill(3);
        scene.destination.fill(2);
        thread::sleep(Duration::from_millis(2100));
        scene.run_job(&format!("sleep = \"{sleep}\"")).exits(0).outcomes("all", "copied 1, existing 2");
        for server in [&scene.source, &scene.destination] {
            let idle = server.run(words!["OBJECT", "IDLETIME", "key:0"]).integer();
            assert!(idle >= 2, "{kind:?}, sleep {sleep}: idle for {idle} s only");
        }
    }
}

#[test]
fn a_key_that_another_client_writes_during_the_existence_check_is_existing_and_stays() {
    let scene = Scene::new();
    scene.source.fill(3);
    let slow = Proxy::delayed(scene.destination.port(), Duration::from_millis(150));
    scene.file(
        "job.toml",
        &format!(
            "[[job]]\nname = \"all\"\nsource = {{SOURCE}}\ndestination = {{ host = \"127.0.0.1\", port = {} }}\n",
            slow.port()
        ),
    );
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    running.until("the destination is asked", |scene| scene.destination.calls("exists") > 0);
    scene.destination.run(words!["SET", "key:1", "theirs"]);
    running.wait().exits(0).outcomes("all", "copied 2, existing 1");
    assert_eq!(scene.destination.reading().key("key:1").value, Value::String(b"theirs".to_vec()));
}

#[test]
fn replace_counts_new_and_replaced_keys_separately() {
    for sleep in ["0s", "10ms"] {
        let scene = Scene::new();
        scene.source.fill(10);
        scene.destination.run(words!["RPUSH", "key:0", "own"]);
        scene.destination.run(words!["SET", "key:1", "own", "PXAT", 4_102_444_800_000_u64]);
        scene.destination.run(words!["SET", "other", "stays"]);
        let ran = scene.run_job(&format!("on_existing = \"replace\"\nsleep = \"{sleep}\""));
        ran.exits(0).outcomes("all", "copied 8, replaced 2");
        let after = scene.destination.reading();
        assert_eq!(after.key("key:1"), scene.source.reading().key("key:1"));
        assert_eq!(after.key("other").value, Value::String(b"stays".to_vec()));
        assert_eq!(after.0.len(), 11);
    }
}

#[test]
fn replace_makes_a_changed_mixed_database_equal_again() {
    let scene = Scene::new();
    Dataset::mixed(1000).fill(&mut scene.source.client());
    Dataset::mixed(1000).seeded(8).fill(&mut scene.destination.client());
    let existing = {
        let (source, destination) = (scene.source.reading(), scene.destination.reading());
        source.0.keys().filter(|key| destination.0.contains_key(*key)).count()
    };
    scene.destination.run(words!["SET", "leftover", "x"]);
    let ran = scene.run_job("on_existing = \"replace\"").exits(0);
    assert_eq!(ran.count("all", "replaced"), existing as u64);
    let mut after = scene.destination.reading();
    after.0.retain(|key, _| scene.source.run(words!["EXISTS", key]).integer() == 1);
    assert_same(&scene.source.reading(), &after);
}
