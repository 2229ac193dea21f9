//! Writes without a reply: they may have arrived. After the reconnect, each of them gets the outcome that is right.

use std::cell::RefCell;
use std::thread;
use std::time::Duration;

use crate::support::{
    Dataset, Gate, Kind, Pipeline, Ran, Reply, Scene, Server, Value, assert_same, assert_same_within, at_once,
    differences, words,
};

const KEYS: u64 = 3000;
/// The writes that are confirmed before the connections end.
const CONFIRMED: u64 = 700;
/// How keys are moved.
const MODES: [&str; 3] = ["", "pipeline_batch_size = 600", "pipeline_batch_size = 600\nsleep = \"20ms\""];
/// Time for the server to execute what it has received.
const A_MOMENT: Duration = Duration::from_millis(300);

/// A source with keys of many types, and an empty destination.
fn scene() -> Scene {
    let scene = Scene::new();
    Dataset::mixed(KEYS).fill(&mut scene.source.client());
    scene
}

/// Runs through a gate whose connections end after [`CONFIRMED`] writes, and work again after `meanwhile`, which gets
/// the keys of the writes without a reply. Returns their number, too.
fn interrupted(scene: &Scene, arrive: bool, meanwhile: impl FnOnce(&[Vec<u8>])) -> (Ran, u64) {
    let gate = Gate::once(scene.destination.port(), "RESTORE", CONFIRMED, arrive);
    let running = scene.prepare_job(&[format!("destination.port={}", gate.port())]).spawn();
    gate.until_cut();
    thread::sleep(A_MOMENT);
    let arrived = |unanswered: usize| CONFIRMED + if arrive { unanswered as u64 } else { 0 };
    while scene.destination.size().unsigned_abs() != arrived(gate.unanswered().len()) {
        thread::sleep(A_MOMENT);
    }
    let unanswered = gate.unanswered();
    meanwhile(&unanswered);
    gate.reopen();
    let ran = running.wait().waited("all", "destination", "disconnected");
    assert_eq!(ran.restarts("all").len(), 0, "{}", ran.report());
    (ran, unanswered.len() as u64)
}

#[test]
fn a_write_that_has_arrived_although_no_reply_came_is_copied() {
    at_once(&MODES, |mode| {
        let scene = scene();
        scene.job(mode);
        let (ran, unanswered) = interrupted(&scene, true, |_| {});
        assert!(unanswered > 1, "{unanswered} writes without a reply");
        ran.exits(0).outcomes("all", &format!("copied {KEYS}")).errors_and_warnings(&[]);
        assert_same(&scene.source.reading(), &scene.destination.reading());
    });
}

#[test]
fn a_write_that_has_not_arrived_is_repeated() {
    at_once(&MODES, |mode| {
        let scene = scene();
        scene.job(mode);
        let (ran, _) = interrupted(&scene, false, |_| {});
        ran.exits(0).outcomes("all", &format!("copied {KEYS}")).errors_and_warnings(&[]);
        assert_same(&scene.source.reading(), &scene.destination.reading());
    });
}

#[test]
fn a_write_without_a_reply_is_repeated_under_replace() {
    at_once(&[true, false], |arrive| {
        let scene = scene();
        scene.job("on_existing = \"replace\"\npipeline_batch_size = 600");
        let (ran, unanswered) = interrupted(&scene, arrive, |_| {});
        let ran = ran.exits(0).errors_and_warnings(&[]);
        let [copied, replaced] = ["copied", "replaced"].map(|outcome| ran.count("all", outcome));
        let repeated = if arrive { unanswered } else { 0 };
        assert!(copied + replaced == KEYS && replaced <= repeated, "{}", ran.report());
        ran.assert_account("all");
        assert_same(&scene.source.reading(), &scene.destination.reading());
    });
}

#[test]
fn a_key_that_another_client_creates_during_the_outage_is_existing_and_stays() {
    // The write was executed or not: the other client's value is there in the end.
    at_once(&[true, false], |arrive| {
        let scene = scene();
        scene.job("pipeline_batch_size = 600");
        let theirs = RefCell::new(Vec::new());
        let (ran, _) = interrupted(&scene, arrive, |unanswered| {
            let some: Vec<Vec<u8>> = unanswered.iter().step_by(7).cloned().collect();
            for key in &some {
                scene.destination.run(words!["SET", key, "theirs"]);
            }
            theirs.replace(some);
        });
        let theirs = theirs.into_inner();
        let existing = theirs.len() as u64;
        assert!(existing > 1, "no write lacks a reply");
        ran.exits(0).outcomes("all", &format!("copied {}, existing {existing}", KEYS - existing));
        let (mut source, mut destination) = (scene.source.reading(), scene.destination.reading());
        for key in &theirs {
            assert_eq!(destination.key(key).value, Value::String(b"theirs".to_vec()));
            source.0.remove(key);
            destination.0.remove(key);
        }
        assert_same(&source, &destination);
    });
}

/// A third of the keys has an expiry, between an hour and a month from now.
#[test]
fn a_key_whose_expiry_another_client_changes_during_the_outage_is_existing_and_stays() {
    let moments = ["PEXPIREAT", "PEXPIRE"].into_iter().zip([4_102_444_800_000_u64, 1_800_000]);
    for (command, moment) in moments {
        let scene = scene();
        scene.job("pipeline_batch_size = 600");
        let changed = RefCell::new(0);
        let (ran, _) = interrupted(&scene, true, |unanswered| {
            let mut pipeline = Pipeline::new();
            for key in unanswered {
                pipeline.add(words![command, key, moment]);
            }
            let replies = scene.destination.client().run_all(&pipeline);
            assert!(replies.iter().all(|reply| *reply == Reply::Integer(1)), "a key is missing");
            changed.replace(replies.len() as u64);
        });
        let changed = changed.into_inner();
        ran.exits(0).outcomes("all", &format!("copied {}, existing {changed}", KEYS - changed));
        let (source, destination) = (scene.source.reading(), scene.destination.reading());
        assert_eq!(differences(&source, &destination, 0).len() as u64, changed);
    }
}

#[test]
fn a_key_that_another_client_deletes_during_the_outage_is_written_again() {
    let scene = scene();
    scene.job("pipeline_batch_size = 600");
    let (ran, _) = interrupted(&scene, true, |unanswered| {
        scene.destination.run(words!["DEL", unanswered[0], unanswered[1]]);
    });
    ran.exits(0).outcomes("all", &format!("copied {KEYS}"));
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

/// Runs as a user of the destination without these rights.
fn without(rights: &[&str], kind: Kind, arrive: bool) -> (Scene, Ran, u64) {
    let scene = Scene::of(Server::start(Kind::Redis70), Server::start(kind));
    scene.source.fill(usize::try_from(KEYS).expect("it is small"));
    let mut setuser = words!["ACL", "SETUSER", "mover", "on", ">secret", "~*", "+@all"].to_vec();
    setuser.extend(rights.iter().map(|right| format!("-{right}").into_bytes()));
    scene.destination.run(setuser);
    scene.file(
        "job.toml",
        "[[job]]\nname = \"all\"\nsleep = \"0s\"\npipeline_batch_size = 600\nsource = {SOURCE}\n\
         destination = { host = \"127.0.0.1\", username = \"mover\", password = \"secret\" }\n",
    );
    let (ran, unanswered) = interrupted(&scene, arrive, |_| {});
    (scene, ran, unanswered)
}

#[test]
fn a_user_without_dump_gets_failed_keys_that_may_have_arrived() {
    at_once(&[Kind::Redis62, Kind::Redis70], |kind| {
        let (scene, ran, unanswered) = without(&["dump"], kind, true);
        let ran = ran.exits(1).outcomes("all", &format!("copied {}, failed {unanswered}", KEYS - unanswered));
        let log = scene.error_log();
        assert!(ran.stderr.contains("may have arrived") || log.contains("may have arrived"), "{}{log}", ran.stderr);
        // They have.
        assert_same(&scene.source.reading(), &scene.destination.reading());
    });
}

#[test]
fn a_user_without_dump_can_repeat_writes_that_have_not_arrived() {
    let (scene, ran, _) = without(&["dump"], Kind::Redis70, false);
    ran.exits(0).outcomes("all", &format!("copied {KEYS}"));
    assert_same(&scene.source.reading(), &scene.destination.reading());
}

#[test]
fn writes_are_settled_at_every_version() {
    at_once(&[Kind::Redis62, Kind::Redis82, Kind::Valkey91], |kind| {
        let scene = Scene::between(kind, kind);
        Dataset::mixed(KEYS).fill(&mut scene.source.client());
        scene.job("pipeline_batch_size = 600");
        let (ran, _) = interrupted(&scene, true, |_| {});
        ran.exits(0).outcomes("all", &format!("copied {KEYS}")).errors_and_warnings(&[]);
        let off = if kind == Kind::Redis62 { 50 } else { 0 };
        assert_same_within(&scene.source.reading(), &scene.destination.reading(), off);
    });
}
