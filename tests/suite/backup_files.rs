//! Several files as the source of one job.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Kind, Pipeline, Ran, RdbFile, Scene, Server, assert_same, words};

const RUN: [&str; 4] = ["run", "job.toml", "--report", "report.json"];

/// Saves these strings as a file of the folder.
fn save(scene: &Scene, name: &str, kind: Kind, strings: &[(&str, &str)]) {
    let server = Server::start(kind);
    for (key, value) in strings {
        server.run(words!["SET", key, value]);
    }
    fs::copy(server.save(), scene.folder().join(name)).expect("a saved file");
}

/// Three files of different servers; `shared` is in two of them.
fn scene() -> Scene {
    let scene = Scene::new();
    save(&scene, "shop-1.rdb", Kind::Redis62, &[("a", "1"), ("shared", "first")]);
    save(&scene, "shop-2.rdb", Kind::Valkey91, &[("b", "2"), ("shared", "second")]);
    save(&scene, "shop-3.rdb", Kind::Redis82, &[("c", "3")]);
    scene
}

fn run(scene: &Scene, rdb: &str, lines: &str) -> Ran {
    scene.backup_job(&format!("source.rdb = {rdb}\n{lines}")).run(&RUN)
}

/// Name, status and keys of each file in the report.
fn files(ran: &Ran) -> Vec<(String, String, u64)> {
    let files = ran.job("all")["source"]["files"].as_array().expect("a list").clone();
    let text = |file: &Value, name: &str| file[name].as_str().expect("a text").to_owned();
    files
        .iter()
        .map(|file| (text(file, "name"), text(file, "status"), file["keys"].as_u64().expect("a number")))
        .collect()
}

fn file(name: &str, status: &str, keys: u64) -> (String, String, u64) {
    (name.to_owned(), status.to_owned(), keys)
}

#[test]
fn the_files_of_a_glob_are_read_in_order_and_the_first_of_two_equal_keys_wins() {
    let scene = scene();
    let ran = run(&scene, "\"shop-*.rdb\"", "").exits(0).outcomes("all", "copied 4, existing 1");
    let read = [file("shop-1.rdb", "read", 2), file("shop-2.rdb", "read", 2), file("shop-3.rdb", "read", 1)];
    assert_eq!(files(&ran), read);
    assert_eq!(ran.job("all")["source"]["file"], "shop-1.rdb, shop-2.rdb, shop-3.rdb");
    assert_eq!(ran.job("all")["configuration"]["source"]["rdb"], json!(["shop-1.rdb", "shop-2.rdb", "shop-3.rdb"]));
    assert_eq!(scene.destination.run(words!["GET", "shared"]).text(), "first");
    let ran = run(&scene, "[\"shop-3.rdb\", \"shop-*.rdb\"]", "on_existing = \"replace\"").exits(0);
    let read = [file("shop-3.rdb", "read", 1), file("shop-1.rdb", "read", 2), file("shop-2.rdb", "read", 2)];
    assert_eq!(files(&ran.outcomes("all", "replaced 5")), read);
    assert_eq!(scene.destination.run(words!["GET", "shared"]).text(), "second");
}

#[test]
fn the_values_of_each_file_are_read_as_its_own_server_wrote_them() {
    let scene = Scene::between(Kind::Redis70, Kind::Redis82);
    // Redis and Valkey write the length of an item of this size differently.
    for (kind, name) in [(Kind::Redis82, "1.rdb"), (Kind::Valkey91, "2.rdb")] {
        let server = Server::start(kind);
        for length in 16_376..=16_380 {
            let key = format!("{name}:{length}");
            for server in [&server, &scene.source] {
                server.run(words!["RPUSH", key, "before", "x".repeat(length), "after"]);
            }
        }
        fs::copy(server.save(), scene.folder().join(name)).expect("a saved file");
    }
    run(&scene, "[\"2.rdb\", \"1.rdb\"]", "").exits(0).outcomes("all", "copied 10");
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn a_glob_without_a_match_is_refused_and_a_path_that_exists_wins() {
    let scene = scene();
    let ran = run(&scene, "\"none-*.rdb\"", "").exits(2);
    ran.errors_and_warnings(&[&["the backup `none-*.rdb` matches no file"]]);
    fs::copy(scene.folder().join("shop-3.rdb"), scene.folder().join("shop-[12].rdb")).expect("a copy");
    let ran = run(&scene, "\"shop-[12].rdb\"", "").exits(0).outcomes("all", "copied 1");
    assert_eq!(files(&ran), [file("shop-[12].rdb", "read", 1)]);
}

#[test]
fn every_file_is_checked_before_the_first_key_moves() {
    let scene = scene();
    fs::write(scene.folder().join("shop-4.rdb"), "no RDB file").expect("a file in our own folder");
    let ran = run(&scene, "[\"shop-*.rdb\", \"missing.rdb\"]", "").exits(2);
    ran.errors_and_warnings(&[
        &["the backup `shop-4.rdb` cannot be read"],
        &["the backup `missing.rdb` cannot be opened"],
    ]);
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn a_damaged_file_ends_the_job_and_the_files_after_it_are_named() {
    let scene = scene();
    let path = scene.folder().join("shop-2.rdb");
    let bytes = fs::read(&path).expect("a saved file");
    fs::write(&path, &bytes[..bytes.len() - 12]).expect("a file in our own folder");
    let ran = run(&scene, "\"shop-*.rdb\"", "").exits(6);
    let found = files(&ran);
    assert_eq!((&found[0], &found[2]), (&file("shop-1.rdb", "read", 2), &file("shop-3.rdb", "not-read", 0)));
    assert_eq!((found[1].0.as_str(), found[1].1.as_str()), ("shop-2.rdb", "damaged"));
    ran.stderr_has("because a file is damaged, the files after it were not read: `shop-3.rdb`")
        .stderr_has("`shop-2.rdb` cannot be read");
}

#[test]
fn a_key_that_cannot_be_read_is_logged_with_its_own_file() {
    let scene = Scene::new();
    for name in ["1.rdb", "2.rdb"] {
        // An expiry that is no time.
        let expiry = [&[0xfc][..], &(-5_i64).to_le_bytes()].concat();
        let file = RdbFile::new().string(format!("good:{name}"), "v").raw(expiry).string(format!("bad:{name}"), "v");
        fs::write(scene.folder().join(name), file.finished()).expect("a file in our own folder");
    }
    run(&scene, "[\"1.rdb\", \"2.rdb\"]", "").exits(1).outcomes("all", "copied 2, failed 2");
    let log = scene.error_log();
    for name in ["1.rdb", "2.rdb"] {
        assert!(log.contains(&format!("key=\"bad:{name}\" type=string side=source server={name} said=")), "{log}");
    }
    let in_json = |name| format!("\"key\":\"\\\"bad:{name}\\\"\",\"side\":\"source\",\"server\":\"{name}\"");
    let dry = scene.run(&["run", "job.toml", "--dry-run", "--log-format", "json"]).exits(1);
    dry.stderr_has(&in_json("1.rdb")).stderr_has(&in_json("2.rdb"));
}

#[test]
fn standard_input_is_read_alone_only() {
    let scene = scene();
    run(&scene, "[\"shop-1.rdb\", \"-\"]", "").exits(2).stderr_has("only alone, not in a list");
}

/// Saves the keys of a cluster node that has these slots.
fn save_shard(scene: &Scene, name: &str, [first, last]: [u16; 2]) {
    let node = Server::with(Kind::Redis82, &["--cluster-enabled", "yes", "--cluster-require-full-coverage", "no"]);
    node.run(words!["CLUSTER", "ADDSLOTSRANGE", first, last]);
    node.until_reply_has("cluster_state:ok", words!["CLUSTER", "INFO"]);
    let mut pipeline = Pipeline::new();
    (0..2000).for_each(|number| pipeline.add(words!["SET", format!("key:{number}"), number]));
    // The keys of other slots are refused.
    node.client().send(&pipeline).expect("replies");
    fs::copy(node.save(), scene.folder().join(name)).expect("a saved file");
}

#[test]
fn a_missing_shard_of_a_cluster_is_suspected() {
    let scene = Scene::new();
    save_shard(&scene, "1.rdb", [0, 5460]);
    save_shard(&scene, "2.rdb", [5461, 10_922]);
    save_shard(&scene, "3.rdb", [10_923, 16_383]);
    let ran = run(&scene, "[\"1.rdb\", \"3.rdb\"]", "").exits(0);
    ran.errors_and_warnings(&[&["no file has keys of the cluster slots 54", ": the file of a shard may be missing"]]);
    let ran = run(&scene, "\"?.rdb\"", "on_existing = \"replace\"").exits(0).errors_and_warnings(&[]);
    assert_eq!(ran.count("all", "matched"), 2000);
}
