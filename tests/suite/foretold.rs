//! What fails in a run fails in a dry run: by the type of a key, by its value, by what the destination supports, or because
//! an output cannot be written.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Dataset, Kind, Ran, RdbFile, Scene, Server, Shape, words};

const KEYS: u64 = 600;
const DRY: [&str; 5] = ["run", "job.toml", "--dry-run", "--report", "report.json"];

/// Keys of every type, and of every shape.
fn fill(server: &Server) {
    let mut client = server.client();
    Dataset::mixed(KEYS).fill(&mut client);
    Shape::all().for_each(|shape| shape.write(3, server.kind(), &mut client));
    if server.kind() == Kind::Redis82 {
        for name in ["vectors:1", "vectors:2"] {
            client.run(words!["VADD", name, "VALUES", 3, 1, 2, 3, "a"]);
        }
    }
}

/// Outcomes and failed keys: of a dry run, its warnings; of a run, its error log.
fn counts(ran: &Ran) -> Vec<(&'static str, u64)> {
    ["copied", "replaced", "existing", "vanished", "failed"].map(|name| (name, ran.count("all", name))).to_vec()
}

/// The reasons of failed keys, sorted.
fn reasons(lines: &str, after: &str) -> Vec<String> {
    let mut reasons: Vec<String> =
        lines.lines().filter_map(|line| Some(line.split_once(after)?.1.trim_matches('"').replace('\\', ""))).collect();
    reasons.sort();
    reasons
}

#[track_caller]
fn dry_run_equals_run(scene: &Scene, lines: &str) -> u64 {
    scene.job(lines);
    let before = scene.destination.size();
    let dry = scene.run(&DRY);
    assert_eq!(scene.destination.size(), before, "a dry run has written");
    let (dry_counts, dry_code) = (counts(&dry), dry.code());
    let warned = reasons(&dry.stderr, "\": ");
    let ran = scene.run_job(lines);
    assert_eq!((dry_counts, dry_code), (counts(&ran), ran.code()), "{lines}\n{}", dry.stderr);
    assert_eq!(warned, reasons(&scene.error_log(), " said="), "{lines}");
    ran.count("all", "failed")
}

#[test]
fn a_dry_run_fails_the_keys_that_a_run_fails_between_all_servers() {
    let mut failed = 0;
    for from in Kind::ALL {
        let source = Shape::server(from);
        fill(&source);
        let mut scene = Scene::of(source, Shape::server(Kind::ALL[0]));
        for to in Kind::ALL {
            scene.destination = Shape::server(to);
            for lines in
                ["", "on_existing = \"replace\"", "on_unsupported = \"drop-field-ttl\"\non_existing = \"replace\""]
            {
                failed += dry_run_equals_run(&scene, lines);
            }
        }
    }
    assert!(failed > 250, "only {failed} keys failed");
}

#[test]
fn a_dry_run_of_a_backup_fails_the_keys_that_a_run_fails() {
    for from in [Kind::Redis82, Kind::Valkey91] {
        let source = Shape::server(from);
        fill(&source);
        let backup = source.save();
        for to in Kind::ALL {
            let scene = Scene::between(Kind::Redis70, to);
            fs::copy(&backup, scene.folder().join("backup.rdb")).expect("a copy");
            let job =
                "[[job]]\nname = \"all\"\nsource.rdb = \"backup.rdb\"\ndestination = {DESTINATION}\nsleep = \"0s\"\n";
            scene.file("job.toml", job);
            let dry = scene.run(&DRY);
            let dry_counts = (counts(&dry), dry.code());
            let ran = scene.run(&["run", "job.toml", "--report", "report.json"]);
            assert_eq!(dry_counts, (counts(&ran), ran.code()), "{from:?} to {to:?}\n{}", dry.stderr);
        }
    }
}

/// A value of the module type `tairhash-`, which no server has.
fn of_a_module() -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |wanted: &u8| alphabet.iter().position(|known| known == wanted).expect("one of them") as u64;
    let id = b"tairhash-".iter().fold(0, |id, character| id << 6 | digit(character)) << 10;
    let key = RdbFile::of("REDIS0009").database(0).string("a", "1").raw([7, 2]).raw("th").raw([0x81]);
    key.raw(id.to_be_bytes()).raw([2, 1, 0]).finished()
}

#[test]
fn a_missing_module_is_named_on_every_server_before_anything_is_written() {
    for to in Kind::ALL {
        let scene = Scene::between(Kind::Redis70, to);
        fs::write(scene.folder().join("module.rdb"), of_a_module()).expect("a file");
        scene.file(
            "job.toml",
            "[[job]]\nname = \"all\"\nsource.rdb = \"module.rdb\"\ndestination = {DESTINATION}\nsleep = \"0s\"\n",
        );
        let message = "the value is of the module type `tairhash-`, and the destination has loaded no module";
        let dry = scene.run(&DRY).exits(1).outcomes("all", "copied 1, failed 1").stderr_has(message);
        assert_eq!(dry.job("all")["by_type"]["string"]["keys"], 1);
        scene.run(&["run", "job.toml", "--report", "report.json"]).exits(1).outcomes("all", "copied 1, failed 1");
        assert!(scene.error_log().contains(message), "{to:?}: {}", scene.error_log());
    }
}

#[test]
fn a_value_that_is_too_long_for_the_destination_fails_in_a_dry_run() {
    let scene = Scene::of(Server::start(Kind::Redis70), Server::with(Kind::Redis70, &["--proto-max-bulk-len", "1mb"]));
    scene.source.run(words!["CONFIG", "SET", "rdbcompression", "no"]);
    scene.source.fill(300);
    for (name, bytes) in [("long:1", 2 << 20), ("long:2", 3 << 20), ("short", (1 << 20) - 100)] {
        scene.source.run(words!["SET", name, vec![b'x'; bytes]]);
    }
    assert_eq!(dry_run_equals_run(&scene, ""), 2);
}

#[test]
fn a_dry_run_reads_only_values_that_may_not_fit() {
    for (from, to, reads) in [(Kind::Redis70, Kind::Redis62, false), (Kind::Redis82, Kind::Redis70, true)] {
        let scene = Scene::between(from, to);
        scene.source.fill(200);
        for number in 0..50 {
            scene.source.run(words!["HSET", format!("hash:{number}"), "field", number]);
        }
        scene.job("").run(&DRY).exits(0).outcomes("all", "copied 250");
        // Pre-flight and the connection of the run each check the permission with a missing key.
        let expected = 1 + if reads { 50 } else { 0 };
        assert_eq!(scene.source.calls("dump"), expected, "{from:?}");
    }
}

/// A folder in which no file can be created.
fn read_only(scene: &Scene) -> String {
    let folder = scene.folder().join("read-only");
    fs::create_dir(&folder).expect("a folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).expect("its owner may");
    "read-only/errors.log".to_owned()
}

#[test]
fn check_a_dry_run_and_a_run_report_an_error_log_that_cannot_be_written() {
    for is_missing in [false, true] {
        let scene = Scene::new();
        scene.source.fill(5);
        let path = if is_missing { "missing/errors.log".to_owned() } else { read_only(&scene) };
        scene.job(&format!("error_log.path = \"{path}\""));
        let run = |arguments: &[&str]| scene.prepare(arguments).unprivileged().run().exits(2);
        let expected: &[&[&str]] = &[&["error: the error log", &path, "cannot be created"]];
        for check in [&["check", "job.toml"][..], &["check", "job.toml", "--connect"]] {
            let ran = run(check).errors_and_warnings(expected);
            assert_eq!(ran.stdout, "");
        }
        run(&["run", "job.toml"]).errors_and_warnings(expected);
        assert_eq!(scene.destination.size(), 0);
        // It needs no log, so it counts the keys nevertheless.
        let dry = run(&DRY).errors_and_warnings(expected).outcomes("all", "copied 5");
        assert_eq!(dry.report()["exit_code"], 2);
    }
}

#[test]
fn check_reports_a_report_that_cannot_be_written() {
    let scene = Scene::new();
    scene.job("");
    for arguments in [&["check", "job.toml"][..], &["run", "job.toml"], &["run", "job.toml", "--dry-run"]] {
        let ran = scene.run(&[arguments, &["--report", "missing/report.json"]].concat()).exits(2);
        ran.errors_and_warnings(&[&["the report `missing/report.json` (`--report`) cannot be created"]]);
        let ran = scene.run(&[arguments, &["--report", "job.toml"]].concat()).exits(2);
        ran.errors_and_warnings(&[&["is the same file as the job file `job.toml`"]]);
    }
    scene.run(&["check", "job.toml", "--report", "report.json"]).exits(0).errors_and_warnings(&[]);
    assert!(!scene.folder().join("report.json").exists(), "`check` has created the report");
}
