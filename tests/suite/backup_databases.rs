//! Which databases of a file are read, and where their keys go.

use crate::support::{Dataset, Kind, RdbFile, Reading, Scene, Server, assert_same, words};

/// The names that a database of the destination holds, in order.
fn names(scene: &Scene, db: u16) -> Vec<String> {
    Reading::of(&mut scene.destination.db(db)).names()
}

/// Keys in the databases 0, 3 and 11. Each has the key `same`.
fn three() -> Scene {
    let scene = Scene::new();
    for (db, keys) in [(0, 2), (3, 3), (11, 1)] {
        let mut client = scene.source.db(db);
        client.run(words!["SET", "same", format!("of {db}")]);
        for number in 1..keys {
            client.run(words!["SET", format!("only:{db}:{number}"), "v"]);
        }
    }
    scene.save();
    scene
}

#[test]
fn only_database_0_is_read_by_default_and_keys_of_other_databases_cause_a_warning() {
    let scene = three();
    let warning = "4 keys of other databases of the file were passed over: `source.db` chooses one, or \"all\"";
    let ran = scene.run_backup("").exits(0).outcomes("all", "copied 2").stderr_has(warning);
    assert_eq!(
        (names(&scene, 0), scene.destination.db(3).run(words!["DBSIZE"]).integer()),
        (vec!["only:0:1".into(), "same".into()], 0)
    );
    assert_eq!(ran.job("all")["source"]["db"], 0);

    scene.backup_job("");
    let dry = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]);
    dry.exits(0).outcomes("all", "existing 2").stderr_has(warning);
}

#[test]
fn a_file_with_one_database_causes_no_warning() {
    let scene = Scene::new();
    scene.source.fill(5);
    scene.save();
    scene.run_backup("").exits(0).outcomes("all", "copied 5").stderr_lacks("warn").stderr_lacks("passed over");
}

#[test]
fn one_database_of_the_file_goes_to_the_database_of_the_destination() {
    let scene = three();
    scene
        .run_backup("source.db = 3\ndestination.db = 5")
        .exits(0)
        .outcomes("all", "copied 3")
        .stderr_has("3 keys of other databases");
    assert_eq!(names(&scene, 5), ["only:3:1", "only:3:2", "same"]);
    assert_eq!(scene.destination.db(5).run(words!["GET", "same"]).text(), "of 3");
    let databases = scene.destination.run(words!["INFO", "keyspace"]).text();
    assert_eq!(databases.matches(":keys=").count(), 1, "{databases}");
}

#[test]
fn a_database_that_the_file_does_not_hold_has_no_keys() {
    let scene = three();
    scene.run_backup("source.db = 7").exits(0).outcomes("all", "").stderr_has("6 keys of other databases");
    assert_eq!(scene.destination.run(words!["INFO", "keyspace"]).text().matches("db").count(), 0);
}

#[test]
fn all_databases_arrive_under_their_own_numbers_and_equal_names_are_counted_in_each() {
    for sleep in ["0s", "1ms"] {
        let scene = three();
        let lines = format!("source.db = \"all\"\nsleep = \"{sleep}\"");
        let ran = scene.run_backup(&lines).exits(0).outcomes("all", "copied 6").stderr_lacks("passed over");
        for db in [0, 3, 11] {
            assert_same(&Reading::of(&mut scene.source.db(db)), &Reading::of(&mut scene.destination.db(db)));
        }
        let job = ran.job("all");
        assert_eq!((&job["source"]["db"], &job["destination"]["db"]), (&"all".into(), &"same".into()));

        scene.destination.db(3).run(words!["SET", "same", "theirs"]);
        scene.destination.db(11).run(words!["DEL", "same"]);
        scene.run_backup(&lines).exits(0).outcomes("all", "copied 1, existing 5");
        assert_eq!(scene.destination.db(3).run(words!["GET", "same"]).text(), "theirs");
        assert_eq!(scene.destination.db(11).run(words!["GET", "same"]).text(), "of 11");

        scene.run_backup(&format!("{lines}\non_existing = \"replace\"")).exits(0).outcomes("all", "replaced 6");
        assert_eq!(scene.destination.db(3).run(words!["GET", "same"]).text(), "of 3");
    }
}

#[test]
fn large_databases_arrive_under_their_own_numbers() {
    let scene = Scene::between(Kind::Valkey91, Kind::Valkey91);
    for (db, seed) in [(0, 1), (1, 2), (15, 3)] {
        Dataset::mixed(1000).seeded(seed).fill(&mut scene.source.db(db));
    }
    scene.save();
    scene.run_backup("source.db = \"all\"\npipeline_batch_size = 300").exits(0).outcomes("all", "copied 3000");
    for db in [0, 1, 15] {
        assert_same(&Reading::of(&mut scene.source.db(db)), &Reading::of(&mut scene.destination.db(db)));
    }
}

#[test]
fn a_dry_run_of_all_databases_looks_for_each_key_in_its_own_database() {
    let scene = three();
    scene.destination.db(3).run(words!["SET", "same", "theirs"]);
    scene.backup_job("source.db = \"all\"");
    let dry = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]);
    dry.exits(0).outcomes("all", "copied 5, existing 1");
}

/// Each database has its own keys: the same name in several databases is several keys, and each is looked for in its
/// own database.
#[test]
fn the_same_names_in_several_databases_are_different_keys() {
    for lines in ["", "sleep = \"1ms\"", "pipeline_batch_size = 7", "pipeline_batch_size = 7\nsleep = \"1ms\""] {
        let scene = Scene::new();
        let file = (0..4).fold(RdbFile::new(), |file, db| file.database(db).strings(50));
        scene.backup(&file.finished());
        for db in [1, 3] {
            let mut client = scene.destination.db(db);
            for number in (0..50).step_by(2) {
                client.run(words!["SET", format!("key:{number}"), "theirs"]);
            }
        }
        scene.run_backup(&format!("source.db = \"all\"\n{lines}")).exits(0).outcomes("all", "copied 150, existing 50");
        for db in 0..4 {
            let mut client = scene.destination.db(db);
            let kept = if db % 2 == 1 { "theirs" } else { "value 4" };
            assert_eq!(client.run(words!["GET", "key:4"]).text(), kept, "{lines}: database {db}");
            assert_eq!(client.run(words!["DBSIZE"]).integer(), 50, "{lines}: database {db}");
        }
    }
}

/// A destination of two databases, and a file with keys in the databases 0 to 2.
fn too_few() -> Scene {
    let scene = Scene::of(Server::start(Kind::Redis70), Server::with(Kind::Redis70, &["--databases", "2"]));
    let file = RdbFile::new().strings(300).database(1).strings(200).database(2).strings(100);
    scene.backup(&file.finished());
    scene
}

#[test]
fn a_database_that_the_destination_lacks_ends_the_job_and_no_key_goes_elsewhere() {
    for lines in ["sleep = \"0s\"", "sleep = \"1ms\"\npipeline_batch_size = 50", "on_existing = \"replace\""] {
        let scene = too_few();
        let ran = scene.run_backup(&format!("source.db = \"all\"\n{lines}")).exits(3);
        let address = format!("the destination `127.0.0.1:{}`", scene.destination.port());
        let ran = ran.stderr_has(&format!("{address} has no database 2: ERR DB index is out of range"));
        assert_eq!(ran.status_of("all"), "endpoint-failed");
        let sizes = [0, 1].map(|db| scene.destination.db(db).run(words!["DBSIZE"]).integer());
        // The keys of all databases before it.
        assert_eq!(sizes, [300, 200], "{lines}");
        ran.assert_account("all");
        assert_eq!([ran.count("all", "copied"), ran.count("all", "matched")], [500, 500]);
        let log = scene.read("redis-keys-migrator-error.log");
        assert!(log.lines().count() == 1 && log.contains("has no database 2"), "{log}");
    }
}

#[test]
fn keys_that_do_not_match_need_no_database() {
    let scene = too_few();
    let file = RdbFile::new().strings(3).database(9).string("other", "v");
    scene.backup(&file.finished());
    scene.run_backup("source.db = \"all\"\nmatch = \"key:*\"").exits(0).outcomes_and_filtered("all", "copied 3", 1);
}

#[test]
fn a_dry_run_finds_a_missing_database() {
    let scene = too_few();
    scene.backup_job("source.db = \"all\"");
    let dry = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]);
    dry.exits(3).stderr_has("has no database 2").outcomes("all", "copied 500");
}

#[test]
fn a_database_number_that_no_destination_has_ends_the_job_with_code_6() {
    let scene = Scene::new();
    scene.backup(&RdbFile::new().strings(5).database(65_536).strings(1).finished());
    let ran = scene.run_backup("source.db = \"all\"").exits(6).outcomes("all", "copied 5");
    ran.stderr_has("contains keys of database 65536, but the highest supported database is 65535");
    assert_eq!(scene.destination.size(), 5);
}

#[test]
fn check_prints_the_contents_of_each_database() {
    let scene = three();
    scene.backup_job("");
    let ran = scene.run(&["check", "job.toml", "--connect"]).exits(0);
    for row in ["0         string     2", "3         string     3", "11        string     1", "total                6"]
    {
        assert!(ran.stdout.contains(row), "no `{row}` in:\n{}", ran.stdout);
    }
}

#[test]
fn check_finds_a_missing_database() {
    let scene = too_few();
    scene.backup_job("source.db = \"all\"");
    let ran = scene.run(&["check", "job.toml", "--connect"]).exits(3);
    let address = format!("the destination `127.0.0.1:{}`", scene.destination.port());
    let ran =
        ran.stderr_has(&format!("job `all` cannot be run: {address} has no database 2: ERR DB index is out of range"));
    assert!(!ran.stdout.contains("configuration is valid"), "{}", ran.stdout);
    ran.stdout_has("2         string   100");
}

#[test]
fn check_warns_of_a_missing_database_that_the_job_may_not_need() {
    let scene = too_few();
    scene.backup_job("source.db = \"all\"\nmatch = \"none\"");
    let ran = scene.run(&["check", "job.toml", "--connect"]).exits(0).stdout_has("configuration is valid");
    ran.stderr_has("job `all`: if keys of database 2 match, the job will stop there: ");
    scene.run(&["run", "job.toml", "--report", "report.json"]).exits(0).outcomes_and_filtered("all", "", 600);
}

#[test]
fn check_reads_a_file_once_for_all_jobs_that_share_it() {
    let scene = three();
    let from = "source.rdb = \"backup.rdb\"\n";
    let to = "destination = { host = \"127.0.0.1\", port = {DESTINATION_PORT} }";
    scene.backup_job(&format!("{from}[[job]]\nname = \"other\"\n{from}{to}"));
    let ran = scene
        .run(&["check", "job.toml", "--connect"])
        .exits(0)
        .stdout_has("jobs `all`, `other`: backup.rdb: RDB version ");
    assert_eq!(ran.stdout.matches("database  type").count(), 1, "{}", ran.stdout);
}
