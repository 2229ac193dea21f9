//! RDB files from other projects, with unusual content. They are not part of the repository;
//! `MIGRATOR_TEST_RDB_CORPUS` is their folder.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Kind, Scene, Server, assert_same, words};

fn backups(folder: &Path, found: &mut Vec<PathBuf>) {
    for file in fs::read_dir(folder).expect("a folder of backups") {
        let path = file.expect("a file").path();
        if path.is_dir() {
            backups(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rdb") {
            found.push(path);
        }
    }
}

#[test]
fn files_that_a_server_can_load_arrive_exactly() {
    let Some(folder) = std::env::var_os("MIGRATOR_TEST_RDB_CORPUS") else {
        eprintln!("LEFT OUT: no file of the corpus was loaded, as `MIGRATOR_TEST_RDB_CORPUS` names no folder");
        return;
    };
    let mut found = Vec::new();
    backups(Path::new(&folder), &mut found);
    found.sort();
    let mut moved = 0;
    for path in &found {
        // A server does not start with files that are newer than it, or that hold types of modules.
        let Some(source) = Server::try_on_backup(Kind::Redis82, path) else { continue };
        let scene = Scene::of(source, Server::start(Kind::Redis82));
        let keys = scene.source.run(words!["DBSIZE"]).integer();
        let ran = scene.run_job("").exits(0);
        assert_eq!(ran.count("all", "copied"), u64::try_from(keys).expect("a count"), "{}", path.display());
        assert_same(&scene.source.reading(), &scene.destination.reading());
        moved += 1;
    }
    assert!(moved > 20, "{moved} of {} backups could be loaded", found.len());
}
