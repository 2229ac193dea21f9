//! Damaged files: every sound key arrives, and the damage is reported with its offset.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::support::{Kind, Proxy, Random, RdbFile, Scene, Server, checksum, packed, words};

/// Runs the job of the scene and checks its file. Fails unless both report this problem.
#[track_caller]
fn assert_damaged(scene: &Scene, bytes: &[u8], problem: &str, outcomes: &str) {
    for lines in ["", "sleep = \"1ms\""] {
        scene.destination.run(words!["FLUSHALL"]);
        scene.backup(bytes);
        let reason = format!("the backup `backup.rdb` cannot be read: {problem}");
        let ran = scene.run_backup(lines).exits(6).stderr_has(&reason).outcomes("all", outcomes);
        assert_eq!(ran.status_of("all"), "backup-failed");
        assert_eq!(ran.job("all")["reason"], *reason);
        ran.stdout_has(&format!("\nall: {reason}\n"));
        let arrived = u64::try_from(scene.destination.size()).expect("a count");
        assert_eq!(format!("copied {arrived}"), if outcomes.is_empty() { "copied 0" } else { outcomes });
    }
    let dry = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]).exits(6);
    dry.outcomes("all", &outcomes.replace("copied", "existing"));
    assert_check_reports(scene, problem);
}

/// Fails unless `check --connect` reports this problem and prints nothing on stdout.
#[track_caller]
fn assert_check_reports(scene: &Scene, problem: &str) {
    let error = format!("error: job `all` cannot be run: the backup `backup.rdb` cannot be read: {problem}");
    let ran = scene.run(&["check", "job.toml", "--connect"]).exits(2).stderr_has(&error);
    assert_eq!(ran.stdout, "");
}

#[test]
fn the_whole_keys_of_a_truncated_file_arrive_and_the_damage_is_reported() {
    let scene = Scene::new();
    let of_itself = RdbFile::new();
    let database = of_itself.clone().database(0);
    let first = database.clone().string("first", "1");
    let second = first.clone().expiring(4_102_444_800_000).string("second", "2");
    let whole = second.clone().finished();
    let begun = of_itself.len();
    let cut = [
        // In an auxiliary field; before its first record; in the number of the database.
        (9, "the records", 0),
        (10, "a record", 0),
        (begun - 1, "a record", 0),
        (begun, "the records", 0),
        (begun + 1, "a record", 0),
        (database.len(), "the records", 0),
        // After a type; in a key; after the key; in a value.
        (database.len() + 1, "a record", 0),
        (database.len() + 4, "a record", 0),
        (database.len() + 7, "a value", 0),
        (first.len() - 1, "a value", 0),
        (first.len(), "the records", 1),
        // In an expiry; after it.
        (first.len() + 4, "a record", 1),
        (first.len() + 9, "the records", 1),
        (second.len() - 1, "a value", 1),
        (second.len(), "the records", 2),
        // In the checksum.
        (whole.len() - 8, "the checksum", 2),
        (whole.len() - 1, "the checksum", 2),
    ];
    for (at, part, keys) in cut {
        let problem = format!("the file ends early, in the middle of {part} (at byte {at})");
        let outcomes = if keys == 0 { String::new() } else { format!("copied {keys}") };
        assert_damaged(&scene, &whole[..at], &problem, &outcomes);
    }
}

#[test]
fn all_keys_before_the_cut_of_a_large_truncated_file_arrive() {
    let scene = Scene::new();
    let before = RdbFile::new().strings(4321);
    let bytes = before.clone().strings(5000).finished();
    let problem = format!("the file ends early, in the middle of a record (at byte {})", before.len() + 3);
    assert_damaged(&scene, &bytes[..before.len() + 3], &problem, "copied 4321");
}

#[test]
fn a_flipped_bit_is_found_by_the_checksum_when_all_keys_have_moved() {
    let scene = Scene::new();
    let mut bytes = RdbFile::new().strings(2500).finished();
    let (end, middle) = (bytes.len() - 8, bytes.len() / 2);
    let value = bytes[middle..].windows(6).position(|word| word == b"value ").expect("each value has it");
    bytes[middle + value] ^= 1;
    let stored = bytes[end..].try_into().map(u64::from_le_bytes).expect("eight bytes");
    let computed = checksum(&bytes[..end]);
    let problem = format!(
        "the checksum at the end is {stored:016x}, but the bytes before it have {computed:016x} (at byte {end})"
    );
    assert_damaged(&scene, &bytes, &problem, "copied 2500");
}

#[test]
fn a_file_without_a_checksum_is_accepted() {
    let scene = Scene::new();
    let bytes = RdbFile::new().strings(5).raw([0xff]).raw([0; 8]).unfinished();
    scene.backup(&bytes).run_backup("").exits(0).outcomes("all", "copied 5");
    scene.run(&["check", "job.toml", "--connect"]).exits(0).stdout_has("it was written without a checksum");
}

#[test]
fn only_the_preamble_of_an_aof_is_read_and_a_warning_is_printed() {
    let source = Server::with(Kind::Redis62, &["--aof-use-rdb-preamble", "yes"]);
    source.fill(5);
    source.run(words!["CONFIG", "SET", "appendonly", "yes"]);
    source.until_reply_has("aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0", words!["INFO", "persistence"]);
    source.run(words!["SET", "later", "v"]);
    source.run(words!["CONFIG", "SET", "appendonly", "no"]);
    let scene = Scene::of(source, Server::start(Kind::Redis70));
    scene.backup(&fs::read(scene.source.folder().join("appendonly.aof")).expect("an AOF"));
    let warning = "the file `backup.rdb` is the beginning of an AOF: the commands after it, or in other files, are \
                not read\n";
    scene.run_backup("").exits(0).outcomes("all", "copied 5").stderr_has(&format!("warning: job `all`: {warning}"));
    scene.run(&["check", "job.toml", "--connect"]).exits(0).stdout_has(warning);
}

#[test]
fn bytes_without_a_meaning_end_the_job_with_their_offset() {
    let scene = Scene::new();
    let before = RdbFile::new().strings(7);
    let at = before.len();
    let huge = [0x81, 0x7f, 0, 0, 0, 0, 0, 0, 0];
    let cases: [(&[u8], String); 5] = [
        (&[200], format!("a record begins with the byte 200, which is not known (at byte {at})")),
        (
            &[&[0][..], &huge].concat(),
            format!("a key of 9151314442816847872 bytes is announced, but the limit is 536870912 (at byte {})", at + 1),
        ),
        (
            &[&[0xf5][..], &huge].concat(),
            format!(
                "a function of 9151314442816847872 bytes is announced, but the limit is 536870912 (at byte {})",
                at + 1
            ),
        ),
        (
            &[6, 1, b'm'],
            format!(
                "a value was written by a module of Redis 4.0's release candidates, and only that module knows where it \
             ends (at byte {})",
                at + 3
            ),
        ),
        (&[0, 1, b'k', 0xc9], format!("the file is damaged: a string has an unknown form (at byte {})", at + 3)),
    ];
    for (bytes, problem) in cases {
        assert_damaged(&scene, &before.clone().raw(bytes).strings(20).finished(), &problem, "copied 7");
    }
}

/// Memory is allocated only for bytes that have arrived.
#[test]
fn false_lengths_cost_no_memory() {
    let scene = Scene::new();
    let huge = [0x81, 0, 0, 0x7f, 0, 0, 0, 0, 0];
    let before = RdbFile::new().strings(7);
    // A string, a list, a hash, a listpack, a quicklist, a value of a module; a string that claims to be compressed.
    let heads: [&[u8]; 7] = [&[0], &[1], &[4], &[16], &[18], &[7, 0x81, 1, 2, 3, 4, 5, 6, 7, 8, 5], &[0, 0xc3]];
    for head in heads {
        let key: &[u8] = &[1, b'k'];
        let bytes = before.clone().raw([head[0]]).raw(key).raw(&head[1..]).raw(huge).raw(vec![1; 100_000]).unfinished();
        scene.destination.run(words!["FLUSHALL"]);
        scene.backup(&bytes).backup_job("");
        let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
        let mut peak = 0;
        while !running.has_ended() {
            peak = running.peak_memory().unwrap_or(peak);
            thread::sleep(Duration::from_millis(1));
        }
        running.wait().exits(6).stderr_has("the backup `backup.rdb` cannot be read: ").outcomes("all", "copied 7");
        assert!(peak < 48 << 20, "{} MiB at the peak", peak >> 20);
    }
}

#[test]
fn a_compressed_file_that_is_truncated_or_damaged_ends_the_job_with_code_6() {
    let scene = Scene::new();
    let mut random = Random::new(5);
    let file = (0..3000).fold(RdbFile::new(), |file, number| file.string(format!("key:{number}"), random.bytes(100)));
    let packed = packed(&file.finished());
    let mut damaged = packed.clone();
    damaged[packed.len() / 2..][..64].fill(0xff);
    // If the damaged bytes can be decompressed, the damage is noticed in the result.
    for (bytes, problem) in [(&packed[..packed.len() / 2], "reading fails: "), (&damaged, "")] {
        scene.destination.run(words!["FLUSHALL"]);
        scene.backup(bytes);
        let ran =
            scene.run_backup("").exits(6).stderr_has(&format!("the backup `backup.rdb` cannot be read: {problem}"));
        let copied = ran.count("all", "copied");
        assert!((1000..2000).contains(&copied), "{copied} of 3000 keys arrived from one half of the file");
        assert_eq!(u64::try_from(scene.destination.size()), Ok(copied));
        assert_check_reports(&scene, problem);
    }
}

#[test]
fn later_jobs_do_not_run_after_a_damaged_file_unless_keep_going_is_set() {
    let scene = Scene::new();
    let whole = RdbFile::new().strings(30).finished();
    scene.backup(&whole);
    fs::write(scene.folder().join("cut.rdb"), &whole[..whole.len() / 2]).expect("a file in the test's folder");
    scene.file(
        "jobs.toml",
        "[defaults]\ndestination = {DESTINATION}\nsleep = \"0s\"\n[[job]]\nname = \"cut\"\nsource.rdb = \"cut.rdb\"\n\
         [[job]]\nname = \"whole\"\nsource.rdb = \"backup.rdb\"\n",
    );
    let arguments = ["run", "jobs.toml", "--report", "report.json"];
    let ran = scene.run(&arguments).exits(6);
    assert_eq!([ran.status_of("cut"), ran.status_of("whole")], ["backup-failed", "not-run"]);
    assert_eq!(u64::try_from(scene.destination.size()), Ok(ran.count("cut", "copied")));

    let ran = scene.run(&[&arguments[..], &["--keep-going"]].concat()).exits(6);
    assert_eq!([ran.status_of("cut"), ran.status_of("whole")], ["backup-failed", "done"]);
    assert_eq!(scene.destination.size(), 30);
}

#[test]
fn keys_that_failed_before_the_damage_are_logged_and_code_6_overrides_1_and_4() {
    let scene = Scene::between(Kind::Redis70, Kind::Redis70);
    // Four hashes of Redis 7.4 with field expiries, which 7.0 does not support.
    let hashes = (0..4).fold(RdbFile::of("REDIS0012").aux("redis-ver", "8.2.3"), |file, number| {
        let expiring = [1, 1, b'f', 1, b'v'];
        file.raw([24, 1, b'0' + number]).raw(4_102_444_800_000_u64.to_le_bytes()).raw([1]).raw(expiring)
    });
    let cut = hashes.strings(3).unfinished();
    // The damage is noticed while the job asks which keys exist.
    let line = Proxy::delayed(scene.destination.port(), Duration::from_millis(40));
    let over_line = [format!("destination.port={}", line.port())];
    for limit in ["", "max_errored_keys = 4"] {
        scene.destination.run(words!["FLUSHALL"]);
        scene.backup(&cut);
        let ran = scene.backup_job(limit).prepare_job(&over_line).run().exits(6);
        let ran = ran.stderr_has("ends early, in the middle of the records");
        assert_eq!(ran.count("all", "failed"), 4);
        let log = scene.read("redis-keys-migrator-error.log");
        assert_eq!(
            log.matches("the hash has fields that expire, which the destination does not support").count(),
            4,
            "{log}"
        );
        ran.assert_account("all");
        assert_eq!(ran.count("all", "copied") + 4, ran.count("all", "matched"));
    }
}

#[test]
fn a_value_that_only_looks_valid_fails_alone() {
    let scene = Scene::careful();
    // A listpack with no items and a header that claims two.
    let file = RdbFile::new().strings(5).raw([16, 1, b'h', 7, 7, 0, 0, 0, 2, 0, 0xff]).string("last", "v");
    scene.backup(&file.finished());
    scene.run_backup("").exits(1).outcomes("all", "copied 6, failed 1");
    let log = scene.read("redis-keys-migrator-error.log");
    assert!(log.contains("key=\"h\" type=hash side=destination") && log.contains("Bad data format"), "{log}");
}
