//! All keys arrive unchanged and are accounted for.

use crate::support::{Dataset, Kind, Pipeline, Scene, Server, Value, assert_same, words};

/// How many keys the large walks move. `MIGRATOR_TEST_KEYS=200000` is a full test.
fn many() -> u64 {
    std::env::var("MIGRATOR_TEST_KEYS").map_or(20_000, |text| text.parse().expect("`MIGRATOR_TEST_KEYS` is a number"))
}

#[test]
fn a_mixed_database_arrives_exactly_and_a_second_run_changes_nothing() {
    let scene = Scene::new();
    Dataset::mixed(many()).fill(&mut scene.source.client());
    let before = scene.source.reading();

    scene.run_job("").exits(0).outcomes("all", &format!("copied {}", many()));
    assert_same(&before, &scene.source.reading());
    assert_same(&before, &scene.destination.reading());

    scene.run_job("").exits(0).outcomes("all", &format!("existing {}", many()));
    assert_same(&before, &scene.destination.reading());
}

#[test]
fn a_mixed_database_arrives_exactly_with_the_default_sleep() {
    let scene = Scene::new();
    let keys = many() / 10;
    Dataset::mixed(keys).fill(&mut scene.source.client());
    scene.file("job.toml", "[[job]]\nname = \"all\"\nsource = {SOURCE}\ndestination = {DESTINATION}\n");
    scene.run(&["run", "job.toml", "--report", "report.json"]).exits(0).outcomes("all", &format!("copied {keys}"));
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn an_empty_database_is_moved() {
    let scene = Scene::new();
    scene.run_job("").exits(0).outcomes("all", "");
}

#[test]
fn keys_of_any_bytes_arrive() {
    let scene = Scene::new();
    let mut client = scene.source.client();
    let keys: [&[u8]; 6] = [b"", b"\r\n", b"\x00", b"\xff\xfe", b"a b\"'\\", "schlüssel".as_bytes()];
    for key in keys {
        client.run(words!["SET", key, key]);
    }
    client.run(words!["SET", vec![b'k'; 70_000], "long"]);
    scene.run_job("").exits(0).outcomes("all", "copied 7");
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn databases_other_than_0_are_read_and_written() {
    let scene = Scene::new();
    scene.source.fill(3);
    scene.source.db(5).run(words!["SET", "only", "this"]);
    scene.file(
        "job.toml",
        "[[job]]\nname = \"all\"\nsleep = \"0s\"\nsource = { host = \"127.0.0.1\", port = {SOURCE_PORT}, db = 5 }\n\
         destination = { host = \"127.0.0.1\", port = {DESTINATION_PORT}, db = 7 }\n",
    );
    scene.run(&["run", "job.toml", "--report", "report.json"]).exits(0).outcomes("all", "copied 1");
    assert_eq!(scene.destination.size(), 0);
    assert_eq!(scene.destination.db(7).run(words!["GET", "only"]).text(), "this");
}

#[test]
fn one_database_of_a_server_can_be_copied_to_another() {
    let scene = Scene::new();
    scene.source.fill(10);
    scene.file(
        "job.toml",
        "[[job]]\nname = \"all\"\nsleep = \"0s\"\nsource = {SOURCE}\n\
         destination = { host = \"localhost\", port = {SOURCE_PORT}, db = 1 }\n",
    );
    scene.run(&["run", "job.toml", "--report", "report.json"]).exits(0).outcomes("all", "copied 10");
    assert_eq!(scene.source.db(1).run(words!["DBSIZE"]).integer(), 10);
}

#[test]
fn values_of_megabytes_arrive_beside_small_ones() {
    let scene = Scene::new();
    scene.source.fill(500);
    let mut client = scene.source.client();
    for number in 0..20 {
        client.run(words!["SET", format!("big:{number}"), vec![b'0' + number; 4 << 20]]);
    }
    scene.run_job("").exits(0).outcomes("all", "copied 520");
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn logins_by_password_user_and_password_file_work() {
    let source = Server::with(Kind::Redis70, &["--requirepass", "p@ss:w/rd"]);
    let scene = Scene::of(source, Server::start(Kind::Redis70));
    scene.source.fill(4);
    scene.destination.run(words!["ACL", "SETUSER", "migrator", "on", ">from file", "~*", "+@all"]);
    scene.destination.run(words!["ACL", "SETUSER", "default", "resetpass", ">other"]);
    scene.secret_file("password", "from file\n");
    scene.file(
        "job.toml",
        "[[job]]\nname = \"all\"\nsleep = \"0s\"\n\
         source = { host = \"127.0.0.1\", port = {SOURCE_PORT}, password = \"p@ss:w/rd\" }\n\
         destination = { host = \"127.0.0.1\", port = {DESTINATION_PORT}, username = \"migrator\", password_file = \"password\" }\n",
    );
    let ran = scene.run(&["run", "job.toml", "--report", "report.json"]).exits(0).outcomes("all", "copied 4");
    for secret in ["p@ss:w/rd", "from file"] {
        assert!(!ran.report().to_string().contains(secret), "the report contains `{secret}`");
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret), "the output contains `{secret}`");
    }
}

#[test]
fn a_url_names_an_endpoint_with_login_and_database() {
    let source = Server::with(Kind::Redis70, &["--requirepass", "p@ss"]);
    let scene = Scene::of(source, Server::start(Kind::Redis70));
    scene.source.db(2).run(words!["SET", "k", "v"]);
    scene.file(
        "job.toml",
        "[[job]]\nname = \"all\"\nsource.url = \"redis://:p%40ss@127.0.0.1:{SOURCE_PORT}/2\"\n\
         destination.url = \"redis://127.0.0.1:{DESTINATION_PORT}\"\n",
    );
    scene.run(&["run", "job.toml", "--report", "report.json"]).exits(0).outcomes("all", "copied 1");
    assert_eq!(scene.destination.reading().key("k").value, Value::String(b"v".to_vec()));
}

#[test]
fn keys_that_exist_during_the_whole_run_arrive_although_the_source_is_busy() {
    let scene = Scene::new();
    let mut client = scene.source.client();
    client.run(words!["DEBUG", "POPULATE", 50_000, "passing", 10]);
    scene.source.fill(5000);
    scene.job("match = \"*\"\nsleep = \"5ms\"\nscan_batch_size = 500\npipeline_batch_size = 500");
    let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 2000);
    // The source's table shrinks to a tenth during the walk, so it may return keys again.
    let mut pipeline = Pipeline::new();
    for number in 0..50_000 {
        pipeline.add(words!["DEL", format!("passing:{number}")]);
    }
    client.run_all(&pipeline);
    let ran = running.wait().exits(0);
    assert_eq!(ran.count("all", "failed"), 0);
    ran.assert_account("all");
    let matched = ran.count("all", "matched");
    let counts = ["copied", "existing", "vanished"].map(|outcome| ran.count("all", outcome));
    assert_eq!(counts.iter().sum::<u64>(), matched, "{}", ran.report());
    let arrived = scene.destination.reading();
    let missing = scene.source.reading().0.into_keys().filter(|key| !arrived.0.contains_key(key)).count();
    assert_eq!(missing, 0);
}

#[test]
fn connections_have_a_name_with_the_name_of_the_job() {
    let scene = Scene::new();
    scene.source.fill(60);
    scene.job("pipeline_batch_size = 10\nsleep = \"200ms\"");
    let mut running = scene.prepare(&["run", "job.toml"]).spawn();
    running.until("a key arrives", |scene| scene.destination.size() > 0);
    for server in [&scene.source, &scene.destination] {
        let clients = server.run(words!["CLIENT", "LIST"]).text();
        let named = clients.lines().any(|line| line.contains("name=redis-keys-migrator") && line.contains("all"));
        assert!(named, "no connection is named for the job:\n{clients}");
    }
    running.wait().exits(0);
}
