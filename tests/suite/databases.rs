//! Several databases of a server in one job.

use serde_json::json;

use crate::support::{
    Dataset, Kind, Pipeline, Proxy, Ran, Reading, Refuser, Scene, Server, assert_same, assert_same_within, at_once,
    words,
};

/// How many keys the large set has. `MIGRATOR_TEST_KEYS=100000` is a full test.
fn many() -> u64 {
    std::env::var("MIGRATOR_TEST_KEYS").map_or(16_000, |text| text.parse().expect("`MIGRATOR_TEST_KEYS` is a number"))
}

/// Keys in all sixteen databases, with the same names everywhere. Their values and expiries name their database.
fn equal_names(server: &Server, of_each: u64) {
    for db in 0..16 {
        let mut pipeline = Pipeline::new();
        for number in 0..of_each {
            let (key, value) = (format!("key:{number}"), format!("{number} of {db}"));
            match number % 3 {
                0 => pipeline.add(words!["SET", key, value]),
                1 => pipeline.add(words!["SET", key, value, "PX", 3_600_000 * (u64::from(db) + 1)]),
                _ => pipeline.add(words!["RPUSH", key, value, db]),
            }
        }
        server.db(db).run_all(&pipeline);
    }
}

/// Writes `job.toml`: one job called `all` with these further lines.
fn write(scene: &Scene, lines: &str) {
    let sleep = if lines.contains("sleep") { "" } else { "sleep = \"0s\"\n" };
    let endpoints = "source.host = \"127.0.0.1\"\nsource.port = {SOURCE_PORT}\n\
                     destination.host = \"127.0.0.1\"\ndestination.port = {DESTINATION_PORT}\n";
    scene.file("job.toml", &format!("[[job]]\nname = \"all\"\n{endpoints}{sleep}{lines}\n"));
}

/// Runs a job with these lines.
fn run(scene: &Scene, lines: &str) -> Ran {
    write(scene, lines);
    scene.run(&["run", "job.toml", "--report", "report.json"])
}

/// Fails unless the keys of each database are in the database that it is mapped to, exactly, and nowhere else.
#[track_caller]
fn arrived(scene: &Scene, databases: impl IntoIterator<Item = (u16, u16)>) {
    let mut written = 0;
    for (from, to) in databases {
        let (source, destination) =
            (Reading::of(&mut scene.source.db(from)), Reading::of(&mut scene.destination.db(to)));
        assert!(!source.0.is_empty(), "database {from} is empty");
        // Redis 6.2 reports only the time that is left.
        let milliseconds = if scene.source.kind() == Kind::Redis62 { 5 } else { 0 };
        assert_same_within(&source, &destination, milliseconds);
        written += 1;
    }
    let keyspace = scene.destination.run(words!["INFO", "keyspace"]).text();
    assert_eq!(keyspace.matches(":keys=").count(), written, "{keyspace}");
}

#[test]
fn all_databases_arrive_under_their_own_numbers_on_every_server() {
    at_once(&Kind::ALL, |kind| {
        let scene = Scene::between(kind, kind);
        equal_names(&scene.source, many() / 16);
        let keys = many() / 16 * 16;
        let ran = run(&scene, "source.db = \"all\"").exits(0).outcomes("all", &format!("copied {keys}"));
        ran.errors_and_warnings(&[]);
        arrived(&scene, (0..16).map(|db| (db, db)));
        run(&scene, "source.db = \"all\"").exits(0).outcomes("all", &format!("existing {keys}"));
    });
}

#[test]
fn a_map_decides_where_the_keys_of_each_database_go() {
    at_once(&Kind::ALL, |kind| {
        let scene = Scene::between(kind, kind);
        equal_names(&scene.source, 300);
        let map: Vec<String> = (0..16).map(|db| format!("{db} = {}", 15 - db)).collect();
        let lines = format!("source.db = \"all\"\ndestination.db = {{ {} }}", map.join(", "));
        let ran = run(&scene, &lines).exits(0).outcomes("all", "copied 4800");
        arrived(&scene, (0..16).map(|db| (db, 15 - db)));
        let job = ran.job("all");
        assert_eq!((&job["source"]["db"], &job["destination"]["db"]["3"]), (&json!("all"), &json!(12)));
        assert_eq!(job["configuration"]["destination"]["db"], job["destination"]["db"]);
    });
}

#[test]
fn keys_of_several_databases_are_renamed_and_selected_by_expiry_and_a_failure_has_database_and_both_names() {
    let scene = Scene::between(Kind::Redis82, Kind::Redis70);
    equal_names(&scene.source, 30);
    let mut third = scene.source.db(3);
    third.run(words!["HSET", "hash", "field", "value"]);
    third.run(words!["HEXPIRE", "hash", 10_000, "FIELDS", 1, "field"]);
    // Of database 0, every third key expires in an hour; of database 3, in four.
    let lines = "source.db = [0, 3]\ndestination.db = { 0 = 3, 3 = 5 }\nrename.add_prefix = \"new:\"\nmin_ttl = \"2h\"";
    run(&scene, lines).exits(1).outcomes_and_filtered("all", "copied 50, failed 1", 10);
    let counts = [3, 5].map(|db| {
        let names = Reading::of(&mut scene.destination.db(db)).names();
        names.iter().filter(|name| name.starts_with("new:key:")).count()
    });
    assert_eq!(counts, [20, 30]);
    let log = scene.error_log();
    assert!(log.contains(" key=\"hash\" db=3 destination_key=\"new:hash\" type=hash side=destination "), "{log}");
}

#[test]
fn a_list_of_databases_leaves_the_others_alone() {
    for lines in ["", "sleep = \"1ms\"", "lanes = 4", "lanes = 8\nsleep = \"1ms\"\nscan_batch_size = 10"] {
        let scene = Scene::new();
        equal_names(&scene.source, 200);
        scene.destination.db(7).run(words!["SET", "key:0", "theirs"]);
        let of_three = format!("source.db = [11, 3, 7]\n{lines}");
        let ran = run(&scene, &of_three).exits(0).outcomes("all", "copied 599, existing 1");
        assert_eq!(ran.job("all")["source"]["db"], json!([3, 7, 11]), "{lines}");
        assert_eq!(scene.destination.db(7).run(words!["GET", "key:0"]).text(), "theirs", "{lines}");
        let replaced = run(&scene, &format!("{of_three}\non_existing = \"replace\""));
        replaced.exits(0).outcomes("all", "replaced 600");
        arrived(&scene, [3, 7, 11].map(|db| (db, db)));
    }
}

#[test]
fn every_kind_of_value_arrives_in_its_own_database() {
    let scene = Scene::between(Kind::Valkey91, Kind::Valkey91);
    for (db, seed) in [(0, 1), (1, 2), (15, 3)] {
        Dataset::mixed(1000).seeded(seed).fill(&mut scene.source.db(db));
    }
    let types = "types = [\"hash\", \"string\"]";
    write(&scene, &format!("source.db = [0, 1, 15]\n{types}"));
    let dry = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]).exits(0);
    let ran = run(&scene, &format!("source.db = [0, 1, 15]\n{types}")).exits(0);
    assert_eq!(dry.count("all", "copied"), ran.count("all", "copied"));
    let rest = 3000 - ran.count("all", "copied");
    let existing = format!("copied {rest}, existing {}", 3000 - rest);
    run(&scene, "source.db = [0, 1, 15]").exits(0).outcomes("all", &existing);
    arrived(&scene, [0, 1, 15].map(|db| (db, db)));
}

#[test]
fn few_connections_are_open_at_once() {
    let scene = Scene::new();
    equal_names(&scene.source, 300);
    for server in [&scene.source, &scene.destination] {
        // The test holds one of them.
        server.run(words!["CONFIG", "SET", "maxclients", "6"]);
    }
    let lines = "source.db = \"all\"\nmin_keys = 4800";
    run(&scene, lines).exits(0).outcomes("all", "copied 4800").errors_and_warnings(&[]);
    arrived(&scene, (0..16).map(|db| (db, db)));
}

#[test]
fn a_line_that_is_cut_in_the_middle_of_the_databases_loses_nothing() {
    at_once(&["source", "destination"], |side| {
        let scene = Scene::new();
        equal_names(&scene.source, 2000);
        write(&scene, "source.db = \"all\"\nlanes = 2\nmax_keys_per_second = 16000");
        let line = Proxy::to(scene.server(side).port()).cut_every(std::time::Duration::from_millis(300), 7);
        let ran = scene.prepare_job(&[format!("{side}.port={}", line.port())]).run().exits(0);
        ran.waited("all", side, "disconnected").outcomes("all", "copied 32000");
        arrived(&scene, (0..16).map(|db| (db, db)));
    });
}

#[test]
fn a_database_that_an_endpoint_lacks_is_named_before_the_first_key() {
    let few = ["--databases", "4"];
    let scene = Scene::of(Server::start(Kind::Redis70), Server::with(Kind::Redis70, &few));
    equal_names(&scene.source, 1);
    let ran = run(&scene, "source.db = \"all\"").exits(3);
    ran.errors_and_warnings(&[&["error: job `all` cannot be run: the destination `127.0.0.1:", "has no database 4"]]);
    let ran = run(&scene, "source.db = [1, 9]\ndestination.db = { 1 = 0, 9 = 5 }").exits(3);
    ran.errors_and_warnings(&[&["error: job `all` cannot be run: the destination `127.0.0.1:", "has no database 5"]]);
    let ran = run(&scene, "source.db = [1, 99]\ndestination.db = { 1 = 0, 99 = 1 }").exits(3);
    ran.errors_and_warnings(&[&["error: job `all` cannot be run: the source `127.0.0.1:", "has no database 99"]]);
    let ran = run(&scene, "source.db = \"all\"\ndestination.db = { 0 = 1, 1 = 0 }").exits(3);
    let unmapped = "has no database for keys of the source's database 2: add it to the map `destination.db`";
    ran.errors_and_warnings(&[&["error: job `all` cannot be run: the destination `127.0.0.1:", unmapped]]);
    assert_eq!(scene.destination.run(words!["INFO", "keyspace"]).text().matches(":keys=").count(), 0);
}

#[test]
fn no_database_of_one_server_is_read_and_written() {
    let server = Server::start(Kind::Redis70);
    let scene = Scene::of(server, Server::start(Kind::Redis70));
    equal_names(&scene.source, 5);
    scene.source.db(8).run(words!["FLUSHDB"]);
    scene.source.db(9).run(words!["FLUSHDB"]);
    let onto_itself = |lines: &str| {
        write(&scene, lines);
        scene.prepare_job(&[format!("destination.port={}", scene.source.port())]).run()
    };
    for (lines, db) in [
        ("source.db = \"all\"", 0),
        ("source.db = [2, 3]", 2),
        ("source.db = [2, 3]\ndestination.db = { 2 = 9, 3 = 2 }", 2),
        ("source.db = \"all\"\ndestination.db = { 2 = 9 }", 9),
    ] {
        let problem = format!("is the source's own database {db} (run_id");
        let ran = onto_itself(lines).exits(3);
        ran.errors_and_warnings(&[&["error: job `all` cannot be run: the destination `127.0.0.1:", &problem]]);
    }
    onto_itself("source.db = [2, 3]\ndestination.db = { 2 = 9, 3 = 8 }").exits(0).outcomes("all", "copied 10");
    assert_same(&Reading::of(&mut scene.source.db(2)), &Reading::of(&mut scene.source.db(9)));
    assert_same(&Reading::of(&mut scene.source.db(3)), &Reading::of(&mut scene.source.db(8)));
}

#[test]
fn the_error_log_names_the_database_of_a_key() {
    let scene = Scene::between(Kind::Redis82, Kind::Redis62);
    for db in [2, 5] {
        let mut client = scene.source.db(db);
        client.run(words!["HSET", "h", "f", "v"]);
        client.run(words!["HPEXPIRE", "h", "100000", "FIELDS", "1", "f"]);
    }
    write(&scene, "source.db = [2, 5]");
    let dry = scene.run(&["run", "job.toml", "--dry-run", "--report", "report.json"]).exits(1);
    dry.outcomes("all", "failed 2").stderr_has("key \"h\" of database 2: ").stderr_has("key \"h\" of database 5: ");
    let ran = run(&scene, "source.db = [2, 5]").exits(1).outcomes("all", "failed 2");
    let ran = ran.stdout_has("(for example key \"h\" of database 2)");
    assert_eq!(ran.job("all")["failures"][0]["example_db"], 2);
    let log = scene.error_log();
    let named =
        |db: u16| log.lines().filter(|line| line.contains(&format!("job=all key=\"h\" db={db} type=hash"))).count();
    assert_eq!((log.lines().count(), named(2), named(5)), (2, 1, 1), "{log}");
}

#[test]
fn a_job_that_matches_no_key_names_its_databases_and_the_others() {
    let scene = Scene::new();
    scene.source.db(1).run(words!["SET", "a", "v"]);
    scene.source.db(4).run(words!["SET", "b", "v"]);
    let ran = run(&scene, "source.db = [0, 1]\nmatch = \"x*\"").exits(0).outcomes("all", "");
    ran.stderr_has("no name in databases 0 and 1 of the source matches `match` (`x*`)")
        .stderr_has("hint: database 4 has 1 key");
    let ran = run(&scene, "source.db = [0, 2]").exits(0).outcomes("all", "");
    ran.stderr_has("databases 0 and 2 of the source have no keys");
    let ran = run(&scene, "source.db = \"all\"\nmatch = \"a\"\ntypes = [\"hash\"]").exits(0).outcomes("all", "");
    ran.stderr_has("`match` selects").stderr_lacks("hint");
}

#[test]
fn a_server_that_hides_its_databases_needs_a_list() {
    let scene = Scene::new();
    equal_names(&scene.source, 5);
    let hiding = Refuser::to(scene.source.port());
    hiding.rewrite("# Keyspace", "# Hidden  ");
    let of = |databases: &str| {
        write(&scene, &format!("source.db = {databases}"));
        scene.prepare_job(&[format!("source.port={}", hiding.port())]).run()
    };
    let problem = "does not report which databases have keys (`INFO keyspace`): list them in `source.db`";
    of("\"all\"").exits(3).errors_and_warnings(&[&["error: job `all` cannot be run: the source `127.0.0.1:", problem]]);
    of("[0, 3]").exits(0).outcomes("all", "copied 10");
    arrived(&scene, [(0, 0), (3, 3)]);
}

#[test]
fn a_declared_server_needs_a_list_of_databases() {
    let scene = Scene::new();
    equal_names(&scene.source, 5);
    let declared = "source.server = { flavour = \"redis\", version = \"7.0\" }";
    let hidden = "does not report which databases have keys (`INFO keyspace`): list them in `source.db`";
    run(&scene, &format!("{declared}\nsource.db = \"all\"")).exits(3).stderr_has(hidden);
    run(&scene, &format!("{declared}\nsource.db = [0, 3]")).exits(0).outcomes("all", "copied 10");
    arrived(&scene, [(0, 0), (3, 3)]);
}

#[test]
fn a_database_that_is_flushed_during_the_walk_is_named() {
    let scene = Scene::new();
    equal_names(&scene.source, 1000);
    write(&scene, "source.db = [3, 7]\nmax_keys_per_second = 1000\npipeline_batch_size = 100");
    let running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    scene.destination.until_reply_has("db7:", words!["INFO", "keyspace"]);
    scene.destination.db(3).run(words!["FLUSHDB"]);
    let ran = running.wait().exits(6);
    ran.stderr_has("`FLUSHDB` was called, and 0 of 1000 keys of database 3 remain");
}
