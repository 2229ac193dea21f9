//! `verify` finds no difference where there is none: whatever the versions, names, databases and endpoints.

use crate::support::{Cluster, Dataset, Kind, Scene, Server, at_once, words};
use crate::verify::{is_clean, recorded};

const KEYS: u64 = 1500;

#[test]
fn what_was_copied_between_any_two_servers_is_equal() {
    for from in Kind::ALL {
        at_once(&Kind::ALL, |to| {
            let scene = Scene::between(from, to);
            Dataset::mixed(KEYS).fill(&mut scene.source.client());
            // What the destination does not support is left out by both.
            let ran = scene.run_job("on_unsupported = \"drop-field-ttl\"");
            assert!(ran.code() <= 1, "{}", ran.stderr);
            let failed = ran.count("all", "failed");
            let verified = scene.run(&["verify", "job.toml"]);
            let missing = recorded(&scene).iter().filter(|(_, _, kind)| kind == "missing").count() as u64;
            assert_eq!(
                (recorded(&scene).len() as u64, missing),
                (failed, failed),
                "{from:?} {to:?}: {}",
                verified.stdout
            );
            assert_eq!(verified.code(), if failed > 0 { 5 } else { 0 }, "{from:?} {to:?}");
        });
    }
}

#[test]
fn renamed_keys_and_keys_of_mapped_databases_are_compared_under_their_new_names() {
    let scene = Scene::new();
    for db in [0, 3] {
        Dataset::mixed(KEYS).seeded(u64::from(db)).fill(&mut scene.source.db(db));
    }
    scene.source.run(words!["SET", "not:moved", 1]);
    scene.destination.db(0).run(words!["SET", "other", 1]);
    scene.file(
        "job.toml",
        "[[job]]
name = \"all\"
source = { host = \"127.0.0.1\", port = {SOURCE_PORT}, db = [0, 3] }
destination = { host = \"127.0.0.1\", port = {DESTINATION_PORT}, db = { \"0\" = 5, \"3\" = 0 } }
sleep = \"0s\"
exclude = [\"not:*\"]
rename = { add_prefix = \"new*:\" }
",
    );
    scene.run(&["run", "job.toml"]).exits(0);
    is_clean(&scene);
    scene.destination.db(5).run(words!["SET", "new*:1", "x"]);
    scene.destination.db(0).run(words!["SET", "new*:not:moved", "x"]);
    scene.run(&["verify", "job.toml"]).exits(5);
    assert_eq!(recorded(&scene), [(0, "\"1\"".to_owned(), "extra".to_owned())]);
}

#[test]
fn clusters_are_compared_with_servers_and_clusters() {
    for kind in [Kind::Redis70, Kind::Valkey91] {
        let scene = Scene::between(kind, kind);
        let [one, other] = [Cluster::start(kind), Cluster::start(kind)];
        Dataset::mixed(KEYS).fill(&mut scene.source.client());
        scene.job("");
        let settings = [vec![one.setting("destination")], vec![one.setting("source"), other.setting("destination")]];
        for settings in &settings {
            scene.prepare_job(settings).run().exits(0);
        }
        for settings in &settings {
            let mut arguments = vec!["verify", "job.toml"];
            arguments.extend(settings.iter().flat_map(|setting| ["--set", setting]));
            let ran = scene.run(&arguments);
            assert_eq!((ran.code(), recorded(&scene)), (0, Vec::new()), "{}", ran.stdout);
        }
        let key = scene.source.reading().0.into_keys().next().expect("a key");
        other.run_on_owner(key.clone(), words!["DEL", key]);
        other.run_on_owner("extra", words!["SET", "extra", 1]);
        let settings = &settings[1];
        let arguments = ["verify", "job.toml", "--set", &settings[0], "--set", &settings[1]];
        scene.run(&arguments).exits(5);
        let kinds: Vec<String> = recorded(&scene).into_iter().map(|(_, _, kind)| kind).collect();
        assert_eq!(kinds.len(), 2, "{kinds:?}");
    }
}

#[test]
fn a_file_is_compared_with_the_server_that_it_was_restored_to() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        Dataset::mixed(KEYS).fill(&mut scene.source.client());
        scene.save();
        scene.run_backup("").exits(0);
        is_clean(&scene);
        scene.destination.run(words!["SET", "extra", 1]);
        let key = scene.source.reading().0.into_keys().next().expect("a key");
        scene.destination.run(words!["DEL", key]);
        scene.run(&["verify", "job.toml"]).exits(5);
        let kinds: Vec<String> = recorded(&scene).into_iter().map(|(_, _, kind)| kind).collect();
        assert_eq!(kinds.len(), 2, "{kinds:?}");
        assert!(kinds.contains(&"extra".to_owned()) && kinds.contains(&"missing".to_owned()));
    }
}

#[test]
fn a_job_that_is_verified_after_it_was_run_says_so() {
    let scene = Scene::of(Server::start(Kind::Redis70), Server::start(Kind::Redis82));
    Dataset::mixed(KEYS).fill(&mut scene.source.client());
    let ran = scene.run_job("verify = \"full\"").exits(0).outcomes("all", &format!("copied {KEYS}"));
    assert!(ran.stdout.contains("same"), "{}", ran.stdout);
    // An existing key is left alone, so it differs.
    let key = scene.source.reading().0.into_keys().next().expect("a key");
    scene.destination.run(words!["DEL", key]);
    scene.destination.run(words!["SET", key, "another value"]);
    scene.run_job("verify = \"full\"").exits(5).outcomes("all", &format!("existing {KEYS}"));
    assert_eq!(recorded(&scene).len(), 1);
}

#[test]
fn the_time_at_which_a_consumer_was_last_seen_is_no_difference() {
    for kind in [Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
        let scene = Scene::between(kind, kind);
        scene.source.run(words!["XADD", "stream", "1-1", "a", "b"]);
        scene.source.run(words!["XGROUP", "CREATE", "stream", "group", "0"]);
        let read = words!["XREADGROUP", "GROUP", "group", "consumer", "STREAMS", "stream", ">"];
        scene.source.run(&read);
        scene.run_job("").exits(0);
        // It asks for new entries, and there are none.
        scene.source.run(&read);
        is_clean(&scene);
    }
}
