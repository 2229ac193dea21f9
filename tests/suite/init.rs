//! `init` writes a project that can be checked and run.

use std::fs;

use crate::support::Scene;

const FILES: [&str; 3] = ["redis-keys-migrator.toml", "jobs/carts.toml", ".github/workflows/migrate.yml"];

#[test]
fn a_new_project_is_valid_and_moves_keys() {
    let scene = Scene::new();
    scene.source.run(crate::support::words!["SET", "cart:1", "pen"]);
    let ran = scene.run(&["init"]).exits(0).errors_and_warnings(&[]);
    let written = FILES.map(|name| format!("./{name}\n")).concat();
    assert!(ran.stdout.starts_with(&written), "{}", ran.stdout);
    for name in FILES {
        let is_commented = scene.read(name).starts_with("# ");
        assert!(is_commented, "{name}");
    }
    let arguments = ["check", "jobs/carts.toml", "--all-profiles", "--deny-warnings"];
    scene.run(&arguments).exits(0).errors_and_warnings(&[]);
    let mut run = scene.prepare(&["run", "jobs/carts.toml", "--profile", "staging"]);
    for (name, port) in [("SHOP_OLD", "{SOURCE_PORT}"), ("SHOP_NEW", "{DESTINATION_PORT}")] {
        run = run.env(&format!("RKM_ENDPOINT__{name}__URL"), &format!("redis://127.0.0.1:{port}"));
        run = run
            .env(&format!("RKM_ENDPOINT__{name}__USERNAME"), "default")
            .env(&format!("RKM_ENDPOINT__{name}__PASSWORD"), "");
    }
    run.run().exits(0).stdout_has("done: 1 job, 1 key, 1 copied, ");
    assert_eq!(scene.destination.reading().names(), ["cart:1"]);
}

#[test]
fn nothing_is_overwritten() {
    let scene = Scene::new();
    fs::create_dir_all(scene.folder().join("ops/jobs")).expect("new folders");
    scene.file("ops/jobs/carts.toml", "mine");
    let ran = scene.run(&["init", "ops"]).exits(2);
    assert_eq!(ran.stdout, "");
    ran.errors_and_warnings(&[&["`ops/jobs/carts.toml` is there already: nothing was written"]]);
    assert_eq!(scene.read("ops/jobs/carts.toml"), "mine");
    assert_eq!(fs::read_dir(scene.folder().join("ops")).expect("a folder").count(), 1);
    scene.run(&["init", "new/ops"]).exits(0).stdout_has("new/ops/redis-keys-migrator.toml\n");
}

#[test]
fn a_directory_that_cannot_be_written_is_an_error() {
    let scene = Scene::new();
    scene.file("file", "");
    let ran = scene.run(&["init", "file/ops"]).exits(2);
    ran.errors_and_warnings(&[&["cannot write `file/ops/redis-keys-migrator.toml`: "]]);
}
