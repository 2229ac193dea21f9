//! The data of an endpoint are replaced while a job walks: the job ends with exit code 6, and its counts stand.

use crate::support::{Kind, Ran, Running, Scene, Server, words};

pub const RUN: [&str; 4] = ["run", "job.toml", "--report", "report.json"];
pub const KEYS: usize = 6000;

/// A source with keys.
pub fn scene(kind: Kind) -> Scene {
    let scene = Scene::between(kind, kind);
    scene.source.fill(KEYS);
    scene
}

/// Starts a job that takes two seconds, and waits until it has copied some keys.
pub fn begun(scene: &Scene) -> Running<'_> {
    begun_with(scene, &[], 0)
}

/// The same with these arguments, to this database.
fn begun_with<'s>(scene: &'s Scene, further: &[&str], db: u16) -> Running<'s> {
    scene.job("max_keys_per_second = 3000");
    let database = format!("destination.db={db}");
    let mut running = scene.prepare(&[&RUN[..], &["--set", &database], further].concat()).spawn();
    running.until("keys arrive", |scene| scene.destination.db(db).run(words!["DBSIZE"]).integer() >= 300);
    running
}

/// Fails unless the job ended because of this evidence at this endpoint.
#[track_caller]
fn is_changed(scene: &Scene, ran: Ran, side: &str, evidence: &str) {
    let server = if side == "source" { &scene.source } else { &scene.destination };
    let start = format!("the data of the {side} `127.0.0.1:{}` were replaced during the walk: ", server.port());
    let status = format!("{side}-changed");
    let ran = ran.exits(6).row("all", &[("status", &status)]).reasons("all", &[&start]).reasons("all", &[evidence]);
    let ran = ran.stdout_has(&start).errors_and_warnings(&[&["error: job `all`: ", &start, evidence]]);
    assert_eq!(ran.status_of("all"), status);
    ran.assert_account("all");
    assert!(ran.count("all", "copied") >= 300, "{}", ran.report());
}

/// Makes a server a replica of another one, and waits until it has its data.
pub fn attach(replica: &Server, master: &Server) {
    replica.run(words!["REPLICAOF", "127.0.0.1", master.port()]);
    replica.until_reply_has("master_link_status:up", words!["INFO", "replication"]);
}

#[test]
fn a_source_that_is_flushed_has_changed() {
    for kind in Kind::ALL {
        let scene = scene(kind);
        let running = begun(&scene);
        scene.source.run(words!["FLUSHALL", "ASYNC"]);
        is_changed(&scene, running.wait(), "source", "`FLUSHALL` was called");
    }
}

#[test]
fn a_flush_by_a_script_of_a_database_that_is_filled_again_is_noticed() {
    for kind in Kind::ALL {
        let scene = scene(kind);
        let running = begun(&scene);
        scene.source.run(words!["EVAL", "redis.call('FLUSHALL') return redis.call('SET', 'key:1', 'new')", 0]);
        scene.source.fill(KEYS);
        is_changed(&scene, running.wait(), "source", "`FLUSHALL` was called");
    }
}

#[test]
fn a_source_whose_database_is_flushed_has_changed() {
    for kind in Kind::ALL {
        let scene = scene(kind);
        scene.source.db(4).run(words!["SET", "other", "v"]);
        let running = begun(&scene);
        scene.source.run(words!["FLUSHDB"]);
        let evidence = format!("`FLUSHDB` was called, and 0 of {KEYS} keys remain");
        is_changed(&scene, running.wait(), "source", &evidence);
    }
}

#[test]
fn a_source_whose_database_is_exchanged_has_changed() {
    for kind in Kind::ALL {
        for theirs in [0, KEYS] {
            let scene = scene(kind);
            let mut client = scene.source.db(1);
            for number in 0..theirs {
                client.run(words!["SET", format!("their:{number}"), "v"]);
            }
            let running = begun(&scene);
            scene.source.run(words!["SWAPDB", 0, 1]);
            is_changed(&scene, running.wait(), "source", "`SWAPDB` was called");
        }
    }
}

#[test]
fn a_source_that_receives_the_data_of_a_master_has_changed() {
    for kind in Kind::ALL {
        let scene = scene(kind);
        let master = Server::with(kind, &["--repl-diskless-sync-delay", "0"]);
        let running = begun(&scene);
        attach(&scene.source, &master);
        let evidence = "its data came from another master (its role was master and is replica, its master_replid was";
        is_changed(&scene, running.wait(), "source", evidence);
    }
}

#[test]
fn a_source_that_was_a_replica_for_a_while_has_changed() {
    let scene = scene(Kind::Redis70);
    let master = Server::with(Kind::Redis70, &["--repl-diskless-sync-delay", "0"]);
    let running = begun(&scene);
    attach(&scene.source, &master);
    scene.source.run(words!["REPLICAOF", "NO", "ONE"]);
    let evidence = "its data came from another master (its role was master and is master, its master_replid was";
    is_changed(&scene, running.wait(), "source", evidence);
}

#[test]
fn a_replica_changes_with_its_master() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        let master = Server::with(kind, &["--repl-diskless-sync-delay", "0"]);
        master.fill(KEYS);
        attach(&scene.source, &master);
        let running = begun(&scene);
        master.run(words!["FLUSHALL"]);
        is_changed(&scene, running.wait(), "source", "`FLUSHALL` was called");

        scene.destination.run(words!["FLUSHALL"]);
        master.fill(KEYS);
        scene.source.until_reply_has(&format!("keys={KEYS},"), words!["INFO", "keyspace"]);
        let running = begun(&scene);
        let empty = Server::with(kind, &["--repl-diskless-sync-delay", "0"]);
        attach(&scene.source, &empty);
        let evidence = "its data came from another master (its role was replica and is replica, its master_replid was";
        is_changed(&scene, running.wait(), "source", evidence);
    }
}

#[test]
fn a_dry_run_notices_a_source_that_has_changed() {
    let scene = scene(Kind::Redis70);
    scene.job("max_keys_per_second = 3000");
    let mut running = scene.prepare(&[&RUN[..], &["--dry-run"]].concat()).spawn();
    running.until("it scans", |scene| scene.source.succeeded("scan") > 0);
    scene.source.run(words!["FLUSHALL"]);
    scene.destination.run(words!["FLUSHALL"]);
    let ran = running.wait().exits(6);
    assert_eq!(ran.status_of("all"), "source-changed");
    ran.errors_and_warnings(&[&["error: job `all`: the data of the source", "`FLUSHALL` was called"]]);
}

#[test]
fn a_destination_that_is_flushed_has_changed() {
    for kind in Kind::ALL {
        for db in [0, 3] {
            let scene = scene(kind);
            let running = begun_with(&scene, &[], db);
            scene.destination.run(words!["FLUSHALL"]);
            is_changed(&scene, running.wait(), "destination", "`FLUSHALL` was called");

            scene.destination.run(words!["FLUSHALL"]);
            let mut running = begun_with(&scene, &[], db);
            let most = i64::try_from(KEYS * 2 / 3).expect("a count");
            running.until("most keys arrive", |scene| scene.destination.db(db).run(words!["DBSIZE"]).integer() > most);
            scene.destination.db(db).run(words!["FLUSHDB"]);
            is_changed(&scene, running.wait(), "destination", "`FLUSHDB` was called, and ");
        }
    }
}

#[test]
fn a_destination_whose_database_is_exchanged_has_changed() {
    let scene = scene(Kind::Redis70);
    let running = begun(&scene);
    scene.destination.run(words!["SWAPDB", 0, 1]);
    is_changed(&scene, running.wait(), "destination", "`SWAPDB` was called");
}

#[test]
fn a_destination_that_is_flushed_during_a_restore_of_all_databases_has_changed() {
    let scene = scene(Kind::Redis70);
    scene.source.db(4).run(words!["SET", "other", "v"]);
    scene.save();
    scene.backup_job("source.db = \"all\"\nmax_keys_per_second = 3000");
    let mut running = scene.prepare(&RUN).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 300);
    scene.destination.run(words!["FLUSHDB"]);
    is_changed(&scene, running.wait(), "destination", "`FLUSHDB` was called, and ");
}

#[test]
fn jobs_after_one_whose_source_changed_are_not_run_unless_the_run_keeps_going() {
    let alone = "share_walk=false";
    let cases = [
        (&["--set", alone][..], "not-run"),
        (&["--set", alone, "--keep-going"], "done"),
        // The data of all jobs of the walk were replaced.
        (&[], "source-changed"),
        (&["--keep-going"], "source-changed"),
    ];
    for (further, status) in cases {
        let scene = scene(Kind::Redis70);
        scene.file(
            "job.toml",
            "[defaults]\nsource = {SOURCE}\ndestination = {DESTINATION}\nsleep = \"0s\"\nmax_keys_per_second = 3000\n\
             [[job]]\nname = \"first\"\n[[job]]\nname = \"second\"\n",
        );
        let mut running = scene.prepare(&[&RUN[..], further].concat()).spawn();
        running.until("keys arrive", |scene| scene.destination.size() >= 300);
        scene.source.run(words!["FLUSHALL"]);
        let ran = running.wait().exits(6);
        assert_eq!([ran.status_of("first"), ran.status_of("second")], ["source-changed", status]);
    }
}

#[test]
fn a_replica_without_a_link_to_its_master_is_refused_unless_it_is_allowed() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        scene.source.fill(5);
        scene.source.run(words!["REPLICAOF", "127.0.0.1", 1]);
        scene.job("");
        let expected = "is a replica whose link to its master is down, so its data may be old or missing: repair the link, \
                        or set `source.allow_stale_replica = true`";
        let expected: &[&[&str]] = &[&["error: job `all` cannot be run: the source `127.0.0.1:", expected]];
        scene.run(&["check", "job.toml", "--connect"]).exits(3).errors_and_warnings(expected);
        let ran = scene.run(&RUN).exits(3).errors_and_warnings(expected);
        assert_eq!((ran.status_of("all").as_str(), scene.source.succeeded("scan")), ("refused", 0));
        let allowed = [&RUN[..], &["--set", "source.allow_stale_replica=true"]].concat();
        let ran = scene.run(&allowed).exits(0).outcomes("all", "copied 5");
        ran.errors_and_warnings(&[]);
    }
}

#[test]
fn a_stale_replica_that_receives_its_data_during_the_walk_has_changed() {
    let scene = scene(Kind::Redis70);
    scene.source.run(words!["REPLICAOF", "127.0.0.1", 1]);
    let running = begun_with(&scene, &["--set", "source.allow_stale_replica=true"], 0);
    let master = Server::with(Kind::Redis70, &["--repl-diskless-sync-delay", "0"]);
    attach(&scene.source, &master);
    is_changed(
        &scene,
        running.wait(),
        "source",
        "its data came from another master (its role was replica and is replica",
    );
}
