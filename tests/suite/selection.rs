//! Which keys match: patterns, exclusions, types.

use crate::support::{Dataset, Scene, words};

/// The names that have arrived, in order.
fn arrived(scene: &Scene) -> Vec<String> {
    scene.destination.reading().0.into_keys().map(|key| String::from_utf8_lossy(&key).into_owned()).collect()
}

fn shop() -> Scene {
    let scene = Scene::new();
    let mut client = scene.source.client();
    for key in ["session:1", "session:2", "cart:1", "cart:tmp:1", "basket:1", "user:1"] {
        client.run(words!["SET", key, "v"]);
    }
    scene
}

#[test]
fn one_pattern_is_sent_with_scan_and_other_keys_are_not_counted() {
    let scene = shop();
    scene.run_job("match = \"session:*\"").exits(0).outcomes("all", "copied 2");
    assert_eq!(arrived(&scene), ["session:1", "session:2"]);
}

#[test]
fn several_patterns_are_matched_over_one_scan() {
    let scene = shop();
    scene.run_job("match = [\"cart:*\", \"basket:*\", \"c*1\"]").exits(0).outcomes_and_filtered("all", "copied 3", 3);
    assert_eq!(arrived(&scene), ["basket:1", "cart:1", "cart:tmp:1"]);
}

#[test]
fn excluded_keys_are_not_moved_although_they_match() {
    let scene = shop();
    scene.run_job("match = \"cart:*\"\nexclude = \"cart:tmp:*\"").exits(0).outcomes_and_filtered("all", "copied 1", 1);
    assert_eq!(arrived(&scene), ["cart:1"]);
}

#[test]
fn several_exclusions_work_without_a_match() {
    let scene = shop();
    scene.run_job("exclude = [\"session:[12]\", \"?art:*\"]").exits(0).outcomes_and_filtered("all", "copied 2", 4);
    assert_eq!(arrived(&scene), ["basket:1", "user:1"]);
}

#[test]
fn one_type_is_sent_with_scan() {
    let scene = Scene::new();
    Dataset::mixed(400).fill(&mut scene.source.client());
    let hashes = of_types(&scene, &["hash"]);
    scene.run_job("types = [\"hash\"]").exits(0).outcomes("all", &format!("copied {hashes}"));
    assert_eq!(of_types(&scene, &["hash"]), scene.destination.reading().0.len());
}

#[test]
fn several_types_are_checked_key_by_key() {
    let scene = Scene::new();
    Dataset::mixed(400).fill(&mut scene.source.client());
    let wanted = of_types(&scene, &["hash", "stream"]);
    let ran = scene.run_job("types = [\"hash\", \"stream\"]").exits(0);
    ran.outcomes_and_filtered("all", &format!("copied {wanted}"), 400 - wanted as u64);
}

fn of_types(scene: &Scene, types: &[&str]) -> usize {
    let mut client = scene.source.client();
    let keys = scene.source.reading().0.into_keys();
    keys.filter(|key| types.contains(&client.run(words!["TYPE", key]).text().as_str())).count()
}
