//! `keys_from`: only the keys that a file lists are moved.

use std::fs;

use crate::support::{CAREFUL, Cluster, Dataset, Kind, Reading, Scene, Server, assert_same, words};

/// Writes `keys.txt`.
fn list(scene: &Scene, text: impl AsRef<[u8]>) {
    fs::write(scene.folder().join("keys.txt"), text).expect("a file in the test's folder");
}

/// Sets keys to the value `v`.
fn set(server: &Server, keys: &[&[u8]]) {
    let mut client = server.client();
    for key in keys {
        client.run(words!["SET", *key, "v"]);
    }
}

/// The keys of a database, in order.
fn keys(reading: Reading) -> Vec<Vec<u8>> {
    reading.0.into_keys().collect()
}

#[test]
fn only_the_listed_keys_are_moved_whatever_bytes_their_names_have() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        let listed: [&[u8]; 6] = [b"", b" a b ", b"\x00\xff\"\\\n", "ключ".as_bytes(), b"plain", b"raw:\xfe"];
        set(&scene.source, &listed);
        set(&scene.source, &[b"other", b"plain2"]);
        let text = "\"\"\r\n\n a b \n\"\\x00\\xFF\\\"\\\\\\n\"\nключ\nplain\nraw:";
        list(&scene, [text.as_bytes(), b"\xfe"].concat());
        scene.run_job("keys_from = \"keys.txt\"").exits(0).outcomes("all", "copied 6").errors_and_warnings(&[]);
        let mut expected: Vec<_> = listed.iter().map(|key| key.to_vec()).collect();
        expected.sort();
        assert_eq!(keys(scene.destination.reading()), expected);
        assert_eq!(scene.source.calls("scan"), 0, "the source is not scanned");
    }
}

#[test]
fn the_report_of_a_large_list_is_that_of_a_scan() {
    let scene = Scene::new();
    Dataset::mixed(3000).fill(&mut scene.source.client());
    let lines: Vec<String> = keys(scene.source.reading()).iter().map(|name| quoted(name)).collect();
    list(&scene, lines.join("\n"));
    for sleep in ["0s", "1ms"] {
        scene.destination.run(words!["FLUSHALL"]);
        let lines = format!("keys_from = \"keys.txt\"\nsleep = \"{sleep}\"\npipeline_batch_size = 500");
        scene.run_job(&lines).exits(0).outcomes("all", "copied 3000").errors_and_warnings(&[]);
        assert_same(&scene.source.reading(), &scene.destination.reading());
        scene.run_job(&lines).exits(0).outcomes("all", "existing 3000");
    }
}

/// As `redis-cli` quotes it, with every byte escaped.
fn quoted(name: &[u8]) -> String {
    let bytes: Vec<String> = name.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    format!("\"{}\"", bytes.concat())
}

#[test]
fn the_keys_of_a_list_are_moved_between_clusters() {
    let scene = Scene::new();
    Dataset::mixed(500).fill(&mut scene.source.client());
    let [source, destination] = [Cluster::start(Kind::Redis82), Cluster::start(Kind::Redis82)];
    source.load(&scene.source);
    let all: Vec<Vec<u8>> = keys(source.reading());
    let lines: Vec<String> = all.iter().step_by(2).map(|name| quoted(name)).chain(["missing".to_owned()]).collect();
    list(&scene, lines.join("\n"));
    scene.job("keys_from = \"keys.txt\"");
    let ran = scene.prepare_job(&[source.setting("source"), destination.setting("destination")]).run().exits(0);
    ran.outcomes("all", "copied 250, vanished 1").errors_and_warnings(&[]);
    let expected: Vec<Vec<u8>> = all.into_iter().step_by(2).collect();
    assert_eq!(keys(destination.reading()), expected);
}

#[test]
fn a_key_that_the_source_lacks_is_vanished_and_one_that_is_listed_twice_counts_as_scan_would_count_it() {
    let scene = Scene::new();
    set(&scene.source, &[b"a", b"b"]);
    // The source never had `c`: no data were replaced.
    list(&scene, "a\nc\nb\n");
    scene.run_job("keys_from = \"keys.txt\"").exits(0).outcomes("all", "copied 2, vanished 1").errors_and_warnings(&[]);
    // While a key is in flight, it counts once. Later, the destination has it.
    list(&scene, "a\na\nb\n");
    scene.run_job("keys_from = \"keys.txt\"").exits(0).outcomes("all", "existing 2");
    let replaced = scene.run_job("keys_from = \"keys.txt\"\non_existing = \"replace\"").exits(0);
    replaced.outcomes("all", "replaced 2");
}

#[test]
fn listed_keys_must_match_too() {
    let scene = Scene::new();
    let mut client = scene.source.client();
    for key in ["user:1", "user:2", "user:tmp:3", "cart:4"] {
        client.run(words!["SET", key, "v"]);
    }
    client.run(words!["HSET", "user:5", "f", "v"]);
    client.run(words!["SET", "user:6", "v", "EX", "1000"]);
    list(&scene, "user:1\nuser:tmp:3\ncart:4\nuser:5\nuser:6\nuser:7\n");
    let selection = "match = \"user:*\"\nexclude = \"user:tmp:*\"\ntypes = [\"string\"]\nmin_ttl = \"1h\"\n";
    for sleep in ["0s", "1ms"] {
        scene.destination.run(words!["FLUSHALL"]);
        let ran = scene.run_job(&format!("keys_from = \"keys.txt\"\nsleep = \"{sleep}\"\n{selection}")).exits(0);
        ran.outcomes_and_filtered("all", "copied 1, vanished 1", 4);
        assert_eq!(keys(scene.destination.reading()), [b"user:1".to_vec()]);
    }
}

#[test]
fn keys_are_renamed_and_keep_the_databases_of_the_job() {
    let scene = Scene::new();
    scene.source.db(3).run(words!["SET", "a:1", "v"]);
    scene.source.run(words!["SET", "a:1", "of database 0"]);
    list(&scene, "a:1\n");
    let lines = "keys_from = \"keys.txt\"\nmatch = \"a:*\"\nrename = { strip_prefix = \"a:\", add_prefix = \"b:\" }";
    scene.job(lines);
    let settings = ["source.db=3".to_owned(), "destination.db=5".to_owned()];
    scene.prepare_job(&settings).run().exits(0).outcomes("all", "copied 1");
    assert_eq!(scene.destination.db(5).run(words!["GET", "b:1"]).text(), "v");
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn a_dry_run_counts_the_listed_keys_and_writes_nothing() {
    let scene = Scene::new();
    set(&scene.source, &[b"a", b"b", b"c"]);
    list(&scene, "a\nb\nmissing\n");
    scene.job("keys_from = \"keys.txt\"");
    let ran = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]).exits(0);
    ran.outcomes("all", "copied 2, vanished 1");
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn min_keys_is_about_the_listed_keys_and_a_list_without_a_match_is_reported() {
    let scene = Scene::new();
    set(&scene.source, &[b"a", b"b", b"c"]);
    list(&scene, "a\n");
    let ran = scene.run_job("keys_from = \"keys.txt\"\nmin_keys = 2").exits(1);
    assert_eq!(ran.status_of("all"), "too-few");
    let warned = |lines: &str, expected: &str| {
        scene.run_job(&format!("keys_from = \"keys.txt\"\n{lines}")).exits(0).errors_and_warnings(&[&[expected]]);
    };
    warned("match = \"x:*\"", "no key matched: no name in the list of keys `keys.txt` matches `match` (`x:*`)");
    warned("types = [\"hash\"]", "no key matched: `match` selects 1 key, but `types` (`hash`) leaves none");
    list(&scene, "\n");
    warned("", "no key matched: the list of keys `keys.txt` has no keys");
}

#[test]
fn a_list_that_cannot_be_read_is_refused_before_the_first_key() {
    let scene = Scene::new();
    set(&scene.source, &[b"a"]);
    scene.job("keys_from = \"keys.txt\"");
    let refused = |arguments: &[&str], expected: &str| {
        let ran = scene.run(arguments).exits(2).errors_and_warnings(&[&[expected]]);
        assert_eq!((ran.stdout.as_str(), scene.destination.size()), ("", 0));
    };
    let commands: [&[&str]; 4] = [
        &["run", "job.toml"],
        &["run", "job.toml", "--dry-run"],
        &["check", "job.toml"],
        &["check", "job.toml", "--connect"],
    ];
    for command in commands {
        let _ = fs::remove_file(scene.folder().join("keys.txt"));
        refused(command, "the list of keys `keys.txt` cannot be opened: No such file or directory (os error 2)");
        list(&scene, "a\n\n\"b\nc\n");
        refused(command, "error: keys.txt:3: the quoted name has no closing `\"`");
        list(&scene, "\"b\\q\"\n");
        refused(command, "error: keys.txt:1: the quoted name has the unknown escape `\\q`");
        list(&scene, "a\n\"b\" c\n");
        refused(command, "error: keys.txt:2: a text follows the quoted name");
        fs::remove_file(scene.folder().join("keys.txt")).expect("it was written above");
        fs::create_dir(scene.folder().join("keys.txt")).expect("a new folder");
        refused(
            command,
            "the list of keys `keys.txt` is not a regular file, but must be one, because it is read twice",
        );
        fs::remove_dir(scene.folder().join("keys.txt")).expect("it was created above");
    }
    // A disabled job needs no file.
    scene.job("keys_from = \"keys.txt\"\nenabled = false").run(&["check", "job.toml"]).exits(0);
}

#[test]
fn a_list_that_is_changed_during_the_run_ends_the_job() {
    let scene = Scene::new();
    scene.source.fill(6000);
    let lines: String = (0..6000).fold(String::new(), |text, number| text + &format!("key:{number}\n"));
    list(&scene, &lines);
    scene.job("keys_from = \"keys.txt\"\nmax_keys_per_second = 1000");
    let mut running = scene.prepare_job(&[]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 100);
    let last = lines.len() - "key:5999\n".len();
    list(&scene, format!("{}\"key:5999", &lines[..last]));
    let changed =
        "the list of keys was changed after it was checked: keys.txt:6000: the quoted name has no closing `\"`";
    let ran = running.wait().exits(6).outcomes("all", "copied 5000").reasons("all", &[changed]);
    assert_eq!(ran.status_of("all"), "keys-from-failed");
}

#[test]
fn check_reports_the_line_of_a_list_to_programs() {
    let scene = Scene::new();
    list(&scene, "a\n\"b\n");
    scene.job("keys_from = \"keys.txt\"");
    let printed = scene.run(&["check", "job.toml", "--format", "json"]).exits(2).stdout;
    let document: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    let finding = &document["findings"][0];
    assert_eq!((&finding["file"], &finding["line"]), (&"keys.txt".into(), &2.into()), "{document}");
    assert_eq!(finding["message"], "the quoted name has no closing `\"`");
    let github = scene.run(&["check", "job.toml", "--format", "github"]).exits(2);
    github.stdout_has("::error title=redis-keys-migrator,file=keys.txt,line=2::the quoted name has no closing");
    fs::remove_file(scene.folder().join("keys.txt")).expect("it was written above");
    let github = scene.run(&["check", "job.toml", "--format", "github"]).exits(2);
    github.stdout_has("::error title=redis-keys-migrator::the list of keys `keys.txt` cannot be opened");
}

#[test]
fn a_list_is_not_held_in_memory() {
    let scene = Scene::new();
    let peak = |names: u64| {
        list(&scene, (0..names).fold(String::new(), |text, number| text + &format!("missing:{number}\n")));
        scene.job("keys_from = \"keys.txt\"");
        let (mut running, mut peak) = (scene.prepare_job(&[]).spawn(), 0);
        while !running.has_ended() {
            peak = running.peak_memory().unwrap_or(peak);
        }
        running.wait().exits(0).outcomes("all", &format!("vanished {names}"));
        peak
    };
    let (few, many) = (peak(50_000), peak(1_000_000));
    assert!(few > 0 && many < few + (8 << 20), "{few} bytes for few names, {many} for many");
}

#[test]
fn no_output_may_be_the_list() {
    let scene = Scene::new();
    list(&scene, "a\n");
    for lines in ["error_log.path = \"keys.txt\"", "error_log = { path = \"./keys.txt\", mode = \"append\" }"] {
        let ran = scene.run_job(&format!("keys_from = \"keys.txt\"\n{lines}")).exits(2);
        ran.stderr_has("is the same file as the list of keys `keys.txt`; choose another path");
    }
    scene.job("keys_from = \"keys.txt\"").run(&["run", "job.toml", "--report", "keys.txt"]).exits(2);
    assert_eq!(scene.read("keys.txt"), "a\n");
}

#[test]
fn failed_keys_of_a_list_are_logged_and_jobs_with_a_list_share_no_walk() {
    let scene = Scene::of(Server::start(Kind::Redis70), Server::with(Kind::Redis70, &CAREFUL));
    crate::support::poison(&scene.source, "poison");
    set(&scene.source, &[b"a", b"b"]);
    list(&scene, "a\npoison\n");
    let tables = "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"0s\"\n";
    let jobs = "[[job]]\nname = \"listed\"\nkeys_from = \"keys.txt\"\n[[job]]\nname = \"all\"\nmatch = \"[ab]\"\n";
    scene.file("job.toml", &format!("{tables}{jobs}"));
    let ran = scene.run(&["run", "job.toml", "--report", "report.json"]).exits(1);
    ran.outcomes("listed", "copied 1, failed 1").outcomes("all", "copied 1, existing 1");
    let log = scene.error_log();
    assert!(log.lines().count() == 1 && log.contains("job=listed key=\"poison\""), "{log}");
}

#[test]
fn a_user_without_scan_can_move_the_keys_of_a_list() {
    let scene = Scene::new();
    set(&scene.source, &[b"a", b"b"]);
    scene.source.run(words!["ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@all", "-scan", "-keys"]);
    list(&scene, "a\n");
    let login = ["source.username=reader".to_owned(), "source.password=secret".to_owned()];
    scene.job("keys_from = \"keys.txt\"").prepare_job(&login).run().exits(0).outcomes("all", "copied 1");
    scene.job("").prepare_job(&login).run().exits(3);
}

#[test]
fn show_prints_the_path_and_the_report_has_it() {
    let scene = Scene::new();
    list(&scene, "a\n");
    scene.job("keys_from = \"keys.txt\"");
    scene.run(&["show", "job.toml"]).exits(0).shows("keys_from", "\"keys.txt\" job.toml:6 [[job]]");
    let ran = scene.prepare_job(&[]).run().exits(0);
    assert_eq!(ran.job("all")["configuration"]["keys_from"], "keys.txt", "{}", ran.job("all"));
}
