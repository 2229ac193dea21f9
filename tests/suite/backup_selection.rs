//! Which keys of a file match: patterns, exclusions, types.

use crate::support::{Dataset, RdbFile, Scene, assert_same, words};

fn shop() -> Scene {
    let scene = Scene::new();
    let keys = ["session:1", "session:2", "cart:1", "cart:tmp:1", "basket:1", "user:1"];
    let file = keys.iter().fold(RdbFile::new(), |file, key| file.string(key, "v"));
    scene.backup(&file.finished());
    scene
}

#[test]
fn keys_are_chosen_by_patterns_and_all_others_are_filtered() {
    let cases: [(&str, &str, u64, &[&str]); 5] = [
        ("match = \"session:*\"", "copied 2", 4, &["session:1", "session:2"]),
        ("match = [\"cart:*\", \"basket:*\", \"c*1\"]", "copied 3", 3, &["basket:1", "cart:1", "cart:tmp:1"]),
        ("match = \"cart:*\"\nexclude = \"cart:tmp:*\"", "copied 1", 5, &["cart:1"]),
        ("exclude = [\"session:[12]\", \"?art:*\"]", "copied 2", 4, &["basket:1", "user:1"]),
        ("match = \"none\"", "", 6, &[]),
    ];
    for (lines, outcomes, filtered, names) in cases {
        for sleep in ["0s", "1ms"] {
            let scene = shop();
            let ran = scene.run_backup(&format!("{lines}\nsleep = \"{sleep}\"")).exits(0);
            ran.outcomes_and_filtered("all", outcomes, filtered);
            assert_eq!(scene.destination.reading().names(), names, "{lines}");
        }
    }
}

#[test]
fn keys_are_chosen_by_one_type_or_by_several() {
    let scene = Scene::new();
    Dataset::mixed(400).fill(&mut scene.source.client());
    scene.save();
    let source = scene.source.reading();
    for types in [&["hash"][..], &["hash", "stream", "zset"], &["string", "list", "set"]] {
        let mut wanted = source.clone();
        wanted.0.retain(|_, entry| types.contains(&entry.value.type_name()));
        scene.destination.run(words!["FLUSHALL"]);
        let ran = scene.run_backup(&format!("types = {types:?}")).exits(0);
        let copied = wanted.0.len() as u64;
        ran.outcomes_and_filtered("all", &format!("copied {copied}"), 400 - copied);
        assert_same(&wanted, &scene.destination.reading());
    }
}

#[test]
fn keys_of_any_bytes_and_numbers_as_keys_arrive() {
    let scene = Scene::new();
    let keys: [&[u8]; 7] = [b"", b"\r\n", b"\x00", b"\xff\xfe", b"12", b"-32769", b"99999999999"];
    for key in keys {
        scene.source.run(words!["SET", key, key]);
    }
    scene.source.run(words!["SET", vec![b'k'; 70_000], "long"]);
    scene.save();
    scene.run_backup("").exits(0).outcomes("all", "copied 8");
    assert_same(&scene.source.reading(), &scene.destination.reading());
}
