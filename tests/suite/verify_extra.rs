//! Which keys of a destination are extra.

use crate::support::{Kind, Scene, Server, words};
use crate::verify::{differ, is_clean, recorded};

#[test]
fn a_key_that_the_source_of_another_job_has_is_not_extra() {
    let scene = Scene::new();
    let other = Server::start(Kind::Redis70);
    scene.source.run(words!["SET", "a:1", 1]);
    other.run(words!["SET", "a:2", 2]);
    scene.file(
        "job.toml",
        &format!(
            "[defaults]
sleep = \"0s\"
destination = {{DESTINATION}}
[[job]]
name = \"one\"
source = {{SOURCE}}
match = [\"a:*\"]
[[job]]
name = \"two\"
source = {{ host = \"127.0.0.1\", port = {} }}
match = [\"a:*\"]
",
            other.port()
        ),
    );
    scene.run(&["run", "job.toml"]).exits(0);
    is_clean(&scene);
    // Without the other job, its key is extra; so is one that no source has, once.
    scene.run(&["verify", "job.toml", "--job", "one"]).exits(5);
    assert_eq!(recorded(&scene), [(0, "\"a:2\"".to_owned(), "extra".to_owned())]);
    scene.destination.run(words!["SET", "a:3", 3]);
    scene.destination.run(words!["SET", "b:1", 3]);
    scene.run(&["verify", "job.toml"]).exits(5);
    let keys: Vec<String> = recorded(&scene).into_iter().map(|(_, key, _)| key).collect();
    assert_eq!(keys, ["\"a:3\""]);
}

#[test]
fn extra_keys_may_be_ignored() {
    let scene = Scene::new();
    scene.source.run(words!["SET", "k", 1]);
    scene.run_job("verify_extra = \"ignore\"").exits(0);
    scene.destination.run(words!["SET", "extra", 1]);
    let ran = scene.run(&["verify", "job.toml", "--report", "report.json"]).exits(0);
    assert_eq!(ran.job("all")["verification"]["keys"]["extra"], 1, "{}", ran.report());
}

#[test]
fn only_keys_that_the_job_would_select_are_extra() {
    let scene = Scene::new();
    scene.source.run(words!["SET", "a:1", 1]);
    scene.job("match = [\"a:*\"]\nexclude = [\"a:x*\"]\ntypes = [\"string\"]\nmin_ttl = \"1h\"");
    scene.run(&["run", "job.toml"]).exits(0);
    for command in [
        words!["SET", "b:1", 1].to_vec(),
        words!["SET", "a:x1", 1].to_vec(),
        words!["RPUSH", "a:list", 1].to_vec(),
        words!["SET", "a:soon", 1, "EX", 60].to_vec(),
    ] {
        scene.destination.run(command);
    }
    is_clean(&scene);
    scene.destination.run(words!["SET", "a:extra", 1, "EX", 7200]);
    differ(&scene, &[("a:extra", "extra")]);
}

#[test]
fn a_listed_key_that_only_the_destination_has_is_extra() {
    let scene = Scene::new();
    scene.source.run(words!["SET", "k:1", 1]);
    scene.file("keys.txt", "k:1\nk:2\nk:3\n");
    scene.run_job("keys_from = \"keys.txt\"").exits(0);
    scene.destination.run(words!["SET", "k:2", 1]);
    scene.destination.run(words!["SET", "k:4", 1]);
    differ(&scene, &[("k:2", "extra")]);
}
