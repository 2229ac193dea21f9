//! What happens to servers during a walk, and does not replace its data: the job is done. At most it has a warning.

use std::fs;
use std::time::Duration;

use super::replaced_data::{KEYS, RUN, attach, begun, scene};
use crate::support::{Kind, Pipeline, Ran, Scene, Server, words};

/// Fails unless all keys were copied, without a warning.
#[track_caller]
fn is_done(ran: Ran) {
    ran.exits(0).outcomes("all", &format!("copied {KEYS}")).errors_and_warnings(&[]);
}

/// The same, with a warning of this suspicion.
#[track_caller]
fn is_suspected(ran: Ran, side: &str, suspicion: &str) {
    let ran = ran.exits(0).outcomes("all", &format!("copied {KEYS}"));
    let warning = format!("warning: job `all`: the data of the {side} `127.0.0.1:");
    ran.errors_and_warnings(&[&[&warning, "` may have been replaced during the walk: ", suspicion]]);
}

#[test]
fn a_replica_that_is_promoted_keeps_its_data() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        let master = Server::with(kind, &["--repl-diskless-sync-delay", "0"]);
        master.fill(KEYS);
        attach(&scene.source, &master);
        let running = begun(&scene);
        scene.source.run(words!["REPLICAOF", "NO", "ONE"]);
        is_done(running.wait());
    }
}

#[test]
fn a_master_that_changes_places_with_its_replica_keeps_its_data() {
    let scene = scene(Kind::Redis70);
    let replica = Server::start(Kind::Redis70);
    attach(&replica, &scene.source);
    let running = begun(&scene);
    replica.run(words!["REPLICAOF", "NO", "ONE"]);
    attach(&scene.source, &replica);
    is_done(running.wait());
}

#[test]
fn a_first_replica_begins_a_history_and_changes_nothing() {
    for kind in Kind::ALL {
        let scene = scene(kind);
        let running = begun(&scene);
        let replicas = [&scene.source, &scene.destination].map(|master| {
            let replica = Server::start(kind);
            attach(&replica, master);
            replica
        });
        is_done(running.wait());
        drop(replicas);
    }
}

#[test]
fn a_replica_that_syncs_again_with_its_own_master_keeps_its_data() {
    let scene = Scene::new();
    let master = Server::with(Kind::Redis70, &["--repl-diskless-sync-delay", "0"]);
    master.fill(KEYS);
    attach(&scene.source, &master);
    let running = begun(&scene);
    master.run(words!["CLIENT", "KILL", "TYPE", "replica"]);
    scene.source.until_reply_has("master_link_status:up", words!["INFO", "replication"]);
    is_done(running.wait());
}

/// Gives the source `KEYS` keys of which all but the first hundred expire after so many milliseconds.
fn fill_expiring(server: &Server, millis: u64) {
    let mut pipeline = Pipeline::new();
    for number in 0..KEYS {
        let key = format!("key:{number}");
        if number < 100 {
            pipeline.add(words!["SET", key, "v"]);
        } else {
            pipeline.add(words!["SET", key, "v", "PX", millis]);
        }
    }
    server.client().run_all(&pipeline);
}

/// A job whose keys expire in the middle: done, without a warning.
#[track_caller]
fn expires_in_bulk(scene: &Scene, filled: &Server) {
    fill_expiring(filled, 2500);
    scene.source.until_reply_has(&format!("keys={KEYS},"), words!["INFO", "keyspace"]);
    scene.job("max_keys_per_second = 1500");
    let mut running = scene.prepare(&RUN).spawn();
    running.until("they expire", |scene| scene.source.size() < 3000);
    let ran = running.wait().exits(0).errors_and_warnings(&[]);
    ran.assert_account("all");
    assert_eq!(ran.status_of("all"), "done");
    assert!(ran.count("all", "copied") < 5000, "{}", ran.report());
}

#[test]
fn keys_that_expire_in_bulk_are_no_evidence() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        expires_in_bulk(&scene, &scene.source);
    }
}

#[test]
fn keys_of_a_replica_that_expire_in_bulk_are_no_evidence() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        let master = Server::with(kind, &["--repl-diskless-sync-delay", "0"]);
        attach(&scene.source, &master);
        expires_in_bulk(&scene, &master);
    }
}

#[test]
fn keys_that_clients_delete_are_no_evidence() {
    let scene = scene(Kind::Redis70);
    let running = begun(&scene);
    let mut pipeline = Pipeline::new();
    for number in 10..KEYS {
        pipeline.add(words!["DEL", format!("key:{number}")]);
    }
    scene.source.client().run_all(&pipeline);
    running.wait().exits(0).errors_and_warnings(&[]);
}

#[test]
fn keys_that_disappear_in_bulk_are_a_suspicion() {
    let scene = scene(Kind::Redis70);
    let running = begun(&scene);
    let script = "for i = 10, 5999, 10 do local k = {} for j = i, i + 9 do k[#k+1] = 'key:' .. j end \
                  redis.call('UNLINK', unpack(k)) end";
    scene.source.run(words!["EVAL", script, 0]);
    let ran = running.wait().exits(0);
    ran.errors_and_warnings(&[&[
        "the source",
        "may have been",
        "10 of 6000 keys remain, and the others neither expired",
    ]]);
}

#[test]
fn a_reset_of_the_statistics_is_no_evidence() {
    for kind in Kind::ALL {
        let scene = scene(kind);
        for server in [&scene.source, &scene.destination] {
            server.db(9).run(words!["FLUSHDB"]);
            server.db(9).run(words!["SWAPDB", 9, 10]);
        }
        let running = begun(&scene);
        scene.source.run(words!["CONFIG", "RESETSTAT"]);
        scene.destination.run(words!["CONFIG", "RESETSTAT"]);
        is_done(running.wait());
    }
}

#[test]
fn a_refused_flush_is_no_evidence() {
    let scene = scene(Kind::Redis70);
    let running = begun(&scene);
    scene.source.run(words!["ACL", "SETUSER", "app", "on", "nopass", "~*", "+@all", "-flushall"]);
    let mut client = scene.source.client();
    client.ask(words!["FLUSHALL", "NEVER"]);
    client.run(words!["AUTH", "app", "x"]);
    client.ask(words!["FLUSHALL"]);
    is_done(running.wait());
}

#[test]
fn a_flush_of_another_database_is_a_suspicion_at_most() {
    for kind in Kind::ALL {
        let scene = scene(kind);
        scene.source.db(5).run(words!["SET", "other", "v"]);
        let running = begun(&scene);
        scene.source.db(5).run(words!["FLUSHDB"]);
        is_done(running.wait());

        let scene = self::scene(kind);
        let running = begun(&scene);
        scene.destination.db(5).run(words!["FLUSHDB"]);
        is_suspected(running.wait(), "destination", "`FLUSHDB` was called in one of its databases");
    }
}

#[test]
fn an_exchange_of_other_databases_is_a_suspicion() {
    for kind in Kind::ALL {
        let scene = scene(kind);
        scene.source.db(5).run(words!["SET", "other", "v"]);
        let running = begun(&scene);
        scene.source.run(words!["SWAPDB", 5, 6]);
        is_suspected(running.wait(), "source", "`SWAPDB` was called, probably for other databases");
    }
}

#[test]
fn a_source_that_waits_for_a_master_is_a_suspicion() {
    let scene = scene(Kind::Redis70);
    let running = begun(&scene);
    scene.source.run(words!["REPLICAOF", "127.0.0.1", 1]);
    is_suspected(running.wait(), "source", "its role was master and is replica");
}

#[test]
fn a_replica_that_loses_its_master_is_a_suspicion() {
    let scene = Scene::new();
    let master = Server::with(Kind::Redis70, &["--repl-diskless-sync-delay", "0"]);
    master.fill(KEYS);
    attach(&scene.source, &master);
    let running = begun(&scene);
    drop(master);
    is_suspected(running.wait(), "source", "it is not connected to its master any more");
}

#[test]
fn a_file_that_is_changed_while_it_is_read_causes_a_warning() {
    let scene = scene(Kind::Redis70);
    let bytes = scene.save();
    scene.backup_job("max_keys_per_second = 3000");
    let start = |scene: &Scene| {
        scene.destination.run(words!["FLUSHALL"]);
    };
    start(&scene);
    let mut running = scene.prepare(&RUN).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 300);
    std::thread::sleep(Duration::from_millis(20));
    fs::write(scene.folder().join("backup.rdb"), &bytes).expect("a file in our own folder");
    let ran = running.wait().exits(0).outcomes("all", &format!("copied {KEYS}"));
    ran.errors_and_warnings(&[&["warning: job `all`: the file `backup.rdb` was changed while it was read"]]);

    start(&scene);
    let mut running = scene.prepare(&RUN).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 300);
    scene.file("other.rdb", "another file");
    fs::rename(scene.folder().join("other.rdb"), scene.folder().join("backup.rdb")).expect("files in our own folder");
    is_done(running.wait());
}
