//! Files that are missing, that cannot be read, or that are not backups are refused before the run begins.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::support::{Ran, RdbFile, Scene, packed};

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
    refused(b"something else", &format!("{no_rdb} (at byte 0)"));
    let version = |magic: &str, whose: &str, known: &str| {
        let bytes = RdbFile::of(magic).strings(3).finished();
        refused(&bytes, &format!("the file is of {whose}, but must be of one of {known} (at byte 0)"));
    };
    version("REDIS0016", "Redis' RDB version 16", "1 to 15");
    version("REDIS0000", "Redis' RDB version 0", "1 to 15");
    version("VALKEY082", "Valkey's RDB version 82", "80 to 81");
}

#[test]
fn a_file_in_another_format_is_named_with_what_to_do() {
    let scene = Scene::new();
    let aof = "an AOF without an RDB preamble: load it into a server, and write an RDB file with `BGSAVE`";
    let cases: [(&[u8], &str); 10] = [
        (b"\x28\xb5\x2f\xfd\x04\0", "packed with zstd: pipe it through `zstd -dc` into `rdb = \"-\"`"),
        (b"\x04\x22\x4d\x18\x64", "packed with lz4: pipe it through `lz4 -dc` into `rdb = \"-\"`"),
        (b"\xfd7zXZ\0\0\x04", "packed with xz: pipe it through `xz -dc` into `rdb = \"-\"`"),
        (b"BZh91AY&SY", "packed with bzip2: pipe it through `bzip2 -dc` into `rdb = \"-\"`"),
        (b"PK\x03\x04\x14\0\0\0", "a zip archive: pipe it through `unzip -p` into `rdb = \"-\"`"),
        (b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n", aof),
        (b"#TS:1700000000\r\n*1\r\n$4\r\nPING\r\n", aof),
        (
            b"file appendonly.aof.1.base.rdb seq 1 type b\n",
            "the manifest of an AOF: read the file that ends in `.base.rdb`, or write one with `BGSAVE`",
        ),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer: fetch the file with `git lfs pull`"),
        (
            b"<?xml version=\"1.0\"?><Error/>",
            "a document in HTML or XML, such as the error of a download: look into it, and download again",
        ),
    ];
    for (bytes, what) in cases {
        scene.backup(bytes);
        is_refused(
            &scene,
            "",
            &format!("the backup `backup.rdb` cannot be read: this is no RDB file; it is {what} (at byte 0)"),
        );
        // What gzip contains is recognised, too.
        scene.backup(&packed(bytes));
        is_refused(
            &scene,
            "",
            &format!("the backup `backup.rdb` cannot be read: this is no RDB file; it is {what} (at byte 0)"),
        );
    }
    scene.backup(b"VKCS\x01\x01\x01\0\x04\x22\x4d\x18");
    let valkey = "Valkey has packed it with lz4: pipe it through `tail -c +9 | lz4 -dc` into `rdb = \"-\"`";
    is_refused(
        &scene,
        "",
        &format!("the backup `backup.rdb` cannot be read: this is no RDB file; {valkey} (at byte 0)"),
    );
    let mut tar = b"dump.rdb".to_vec();
    tar.resize(257, 0);
    tar.extend(b"ustar\x0000");
    tar.resize(1024, 0);
    scene.backup(&packed(&tar));
    let what = "it is a tar archive: pipe it through `tar -xO` into `rdb = \"-\"`";
    is_refused(&scene, "", &format!("the backup `backup.rdb` cannot be read: this is no RDB file; {what} (at byte 0)"));
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
