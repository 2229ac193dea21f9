//! Files that are missing, that cannot be read, or that are not backups are refused before the run begins.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::support::{Ran, RdbFile, Scene};

/// Fails unless `run` and `check` refuse the file before the run begins.
#[track_caller]
fn is_refused(scene: &Scene, lines: &str, error: &str) {
    scene.backup_job(lines).file("redis-keys-migrator-error.log", "from an earlier run\n");
    for arguments in
        [&["run", "job.toml"][..], &["run", "job.toml", "--keep-going"], &["check", "job.toml", "--connect"]]
    {
        let Ran { stdout, stderr, .. } = scene.run(arguments).exits(2);
        assert_eq!((stdout.as_str(), stderr), ("", format!("error: {error}\n")));
    }
    assert_eq!(scene.read("redis-keys-migrator-error.log"), "from an earlier run\n");
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn a_file_that_is_not_a_backup_is_refused_before_the_run_begins() {
    let scene = Scene::new();
    let refused = |bytes: &[u8], problem: &str| {
        scene.backup(bytes);
        is_refused(&scene, "", &format!("the backup `backup.rdb` cannot be read: {problem}"));
    };
    let no_rdb = "this is no RDB file: it begins with neither `REDIS` nor `VALKEY` and a version";
    refused(b"", "the file is empty (at byte 0)");
    refused(b"REDIS", &format!("{no_rdb} (at byte 5)"));
    refused(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n", &format!("{no_rdb} (at byte 0)"));
    let version = |magic: &str, whose: &str, known: &str| {
        let bytes = RdbFile::of(magic).strings(3).finished();
        refused(&bytes, &format!("the file is of {whose}, but must be of one of {known} (at byte 0)"));
    };
    version("REDIS0016", "Redis' RDB version 16", "1 to 15");
    version("REDIS0000", "Redis' RDB version 0", "1 to 15");
    version("VALKEY082", "Valkey's RDB version 82", "80 to 81");
}

#[test]
fn an_address_is_refused_with_the_command_that_reads_it() {
    let scene = Scene::new();
    let address = "s3://my-backups/shop.rdb";
    let command = format!("`aws s3 cp {address} - | redis-keys-migrator run …`");
    is_refused(
        &scene,
        &format!("source.rdb = \"{address}\""),
        &format!("the backup `{address}` is an address, not a file: pipe it into `rdb = \"-\"`: {command}"),
    );
    let file = scene.folder().join("backup.rdb").display().to_string();
    is_refused(
        &scene,
        &format!("source.rdb = \"file://{file}\""),
        &format!("the backup `file://{file}` is an address, not a file: write `{file}`"),
    );
}

#[test]
fn a_missing_file_and_a_folder_are_refused_before_the_run_begins() {
    let scene = Scene::new();
    let missing = "the backup `none.rdb` cannot be opened: No such file or directory (os error 2)";
    is_refused(&scene, "source.rdb = \"none.rdb\"", missing);
    is_refused(&scene, "source.rdb = \".\"", "the backup `.` is a directory, but must be a file");
    scene.backup(b"");
    let below = "the backup `backup.rdb/x.rdb` cannot be opened: Not a directory (os error 20)";
    is_refused(&scene, "source.rdb = \"backup.rdb/x.rdb\"", below);
}

/// Root can read every file. For other users the file is refused.
#[test]
fn a_file_without_read_permission_is_refused_unless_root_runs_the_job() {
    let scene = Scene::new();
    scene.backup(&RdbFile::new().strings(3).finished());
    let path = scene.folder().join("backup.rdb");
    fs::set_permissions(&path, Permissions::from_mode(0o000)).expect("a file in the test's folder");
    if fs::read(&path).is_ok() {
        scene.run_backup("").exits(0).outcomes("all", "copied 3");
    } else {
        is_refused(&scene, "", "the backup `backup.rdb` cannot be opened: Permission denied (os error 13)");
    }
}

#[test]
fn all_missing_files_are_reported_at_once_each_once() {
    let scene = Scene::new();
    scene.file(
        "jobs.toml",
        "[defaults]\ndestination = {DESTINATION}\n[[job]]\nname = \"a\"\nsource.rdb = \"one.rdb\"\n\
         [[job]]\nname = \"b\"\nsource.rdb = \"two.rdb\"\n[[job]]\nname = \"c\"\nsource.rdb = \"one.rdb\"\n",
    );
    let ran = scene.run(&["run", "jobs.toml"]).exits(2);
    let missing =
        |name: &str| format!("error: the backup `{name}` cannot be opened: No such file or directory (os error 2)\n");
    assert_eq!(ran.stderr, missing("one.rdb") + &missing("two.rdb"));
}
