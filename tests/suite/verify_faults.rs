//! A verification that cannot be completed says so, and reports no difference that is none.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cluster_moves::Setup;
use crate::support::{Cluster, Kind, Move, Proxy, Ran, Refuser, Running, Scene, at_once, meanwhile, words};
use crate::verify::{is_clean, recorded};

const VERIFY: [&str; 4] = ["verify", "job.toml", "--report", "report.json"];
const KEYS: usize = 3000;

/// A scene whose keys were copied.
fn copied(lines: &str) -> Scene {
    let scene = Scene::new().never_retries();
    scene.source.fill(KEYS);
    scene.run_job(lines).exits(0);
    scene
}

/// Verifies with these settings.
fn verify(scene: &Scene, settings: &[&str]) -> Ran {
    start(scene, settings).wait()
}

fn start<'s>(scene: &'s Scene, settings: &[&str]) -> Running<'s> {
    let mut arguments = VERIFY.to_vec();
    for setting in settings {
        arguments.extend(["--set", setting]);
    }
    scene.prepare(&arguments).spawn()
}

/// Starts a slow verification, and waits until a part of the keys was compared.
fn in_the_middle<'s>(scene: &'s Scene, settings: &[&str]) -> Running<'s> {
    let before = scene.source.calls("dump");
    let mut running = start(scene, &[settings, &["max_keys_per_second=1000", "scan_batch_size=100"]].concat());
    running.until("keys are compared", |scene| scene.source.calls("dump") > before + 300);
    running
}

/// What the report has about the verification.
fn verification(ran: &Ran) -> Value {
    ran.job("all")["verification"].clone()
}

fn number(of: &Value, name: &str) -> u64 {
    of[name].as_u64().unwrap_or_else(|| panic!("no `{name}` in {of}"))
}

#[test]
fn a_server_that_is_lost_ends_the_verification_and_its_keys_are_no_differences() {
    for side in ["source", "destination"] {
        let scene = copied("");
        let way = Proxy::to(scene.server(side).port());
        let running = in_the_middle(&scene, &[&format!("{side}.port={}", way.port())]);
        way.close();
        let ran = running.wait().exits(3).stderr_has(&format!("the {side}"));
        let found = verification(&ran);
        assert_eq!((&found["complete"], recorded(&scene)), (&json!(false), Vec::new()), "{side}: {found}");
        let compared = number(&found, "compared");
        assert!((1..KEYS as u64).contains(&compared), "{side}: {found}");
        assert_eq!(found["keys"]["equal"], compared, "{side}: {found}");
        assert_eq!(ran.status_of("all"), "endpoint-failed");
        drop(ran.stdout_lacks("does not differ").stderr_lacks("does not differ"));
    }
}

#[test]
fn connections_that_break_again_and_again_cause_no_difference() {
    at_once(&["source", "destination"], |side| {
        let scene = Scene::new();
        scene.source.fill(KEYS);
        scene.run_job("").exits(0);
        let way = Proxy::to(scene.server(side).port()).cut_every(Duration::from_millis(100), 5);
        let settings = [&format!("{side}.port={}", way.port()), "max_keys_per_second=1000", "scan_batch_size=100"];
        let ran = verify(&scene, &settings).exits(0);
        let found = verification(&ran);
        assert_eq!((&found["complete"], recorded(&scene)), (&json!(true), Vec::new()), "{side}: {found}");
        assert_eq!(number(&found["keys"], "equal") + number(&found["keys"], "healed"), KEYS as u64, "{side}: {found}");
    });
}

#[test]
fn a_destination_that_is_emptied_meanwhile_is_reported_as_changed_and_its_keys_as_missing() {
    let scene = copied("");
    let running = in_the_middle(&scene, &[]);
    scene.destination.run(words!["FLUSHALL"]);
    let ran = running.wait().exits(6);
    assert_eq!(ran.status_of("all"), "destination-changed");
    let (found, lines) = (verification(&ran), recorded(&scene));
    let missing = number(&found["keys"], "missing");
    assert!(missing > 0 && lines.iter().all(|(_, _, kind)| kind == "missing"), "{found}");
    assert_eq!((lines.len() as u64, &found["complete"]), (missing, &json!(false)), "{found}");
    assert_eq!(missing + number(&found["keys"], "equal"), KEYS as u64, "{found}");
    verify(&scene, &[]).exits(5);
    assert_eq!(recorded(&scene).len(), KEYS);
}

#[test]
fn a_key_whose_read_is_refused_has_failed_and_is_no_difference() {
    for side in ["source", "destination"] {
        let scene = copied("");
        let refuser = Refuser::to(scene.server(side).port());
        refuser.refuse_keys("DUMP", "key:77", "ERR this key cannot be read");
        let ran = verify(&scene, &[&format!("{side}.port={}", refuser.port())]).exits(1);
        let found = verification(&ran);
        // `key:77` and `key:770` to `key:779`.
        let counts = ["compared", "failed"].map(|name| number(&found, name));
        assert_eq!((counts, recorded(&scene)), ([KEYS as u64, 11], Vec::new()), "{side}: {found}");
        assert_eq!(found["keys"]["equal"], KEYS as u64 - 11, "{side}: {found}");
        assert_eq!(found["complete"], true, "{side}: {found}");
        let log = scene.error_log();
        let lines = log.matches(&format!("side={side}")).count();
        assert_eq!(lines, 11, "{side}: {log}");
        drop(ran.stdout_lacks("does not differ").stderr_lacks("does not differ"));
    }
}

#[test]
fn too_many_keys_that_fail_end_the_verification() {
    for side in ["source", "destination"] {
        let scene = copied("");
        let refuser = Refuser::to(scene.server(side).port());
        refuser.refuse_keys("DUMP", "key:", "ERR this key cannot be read");
        let port = format!("{side}.port={}", refuser.port());
        let ran = verify(&scene, &[&port, "max_errored_keys=20", "pipeline_batch_size=10"]).exits(4);
        let found = verification(&ran);
        assert!((20..=40).contains(&number(&found, "failed")), "{side}: {found}");
        assert_eq!((&found["complete"], recorded(&scene)), (&json!(false), Vec::new()), "{side}: {found}");
        drop(ran.stderr_has("`max_errored_keys` is 20"));
    }
}

#[test]
fn a_server_whose_user_may_not_read_ends_the_verification_without_differences() {
    for side in ["source", "destination"] {
        let scene = copied("");
        scene.server(side).run(words!["ACL", "SETUSER", "default", "-dump"]);
        let ran = verify(&scene, &[]).exits(3).stderr_has("dump");
        assert_eq!(recorded(&scene), Vec::new(), "{side}");
        assert_ne!(verification(&ran)["complete"], true, "{side}");
        scene.server(side).run(words!["ACL", "SETUSER", "default", "+dump"]);
        is_clean(&scene);
    }
}

/// Slots of a side move while it is verified.
fn slots_move(kind: Kind, how: Move, side: &'static str) {
    let setup = Setup::new(kind, how, 3);
    let cluster = Cluster::start(kind);
    let slots = Setup::slots(&cluster);
    if side == "source" {
        cluster.load(&setup.scene.source);
    }
    let setting = cluster.setting(side);
    setup.scene.prepare_job(&["max_keys_per_second=1000000".to_owned(), setting.clone()]).run().exits(0);
    let settings = [setting.as_str(), "verify_tolerance=10s"];
    let (moved, ran) = meanwhile(|stop| cluster.move_slots(how, 3, &slots, stop), || verify(&setup.scene, &settings));
    assert!(moved > 3, "{moved} moves");
    assert_eq!(recorded(&setup.scene), Vec::new(), "{kind:?} {how:?} {side}: {}", ran.stderr);
    assert_eq!(verification(&ran)["complete"], true, "{kind:?} {how:?} {side}");
    assert_eq!(ran.code(), 0, "{kind:?} {how:?} {side}: {}", ran.stderr);
}

#[test]
fn slots_that_move_meanwhile_are_no_differences() {
    for kind in [Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
        at_once(&["source", "destination"], |side| slots_move(kind, Move::Legacy, side));
    }
    at_once(&["source", "destination"], |side| slots_move(Kind::Valkey91, Move::Atomic, side));
}
