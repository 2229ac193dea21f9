//! `verify` of a sample, in parts, with repair, and its limits.

use rustix::process::Signal;

use crate::support::{Kind, Scene, poison, words};
use crate::verify::{differ, is_clean, recorded, verified};

#[test]
fn a_sample_is_compared_and_its_confidence_stated() {
    let scene = Scene::new();
    scene.source.fill(40_000);
    scene.run_job("verify = \"sample\"").exits(0);
    let ran = verified(&scene).exits(0);
    let verification = &ran.job("all")["verification"];
    let compared = verification["compared"].as_u64().expect("a count");
    // More than ten standard deviations.
    assert!((9000..11_000).contains(&compared), "{verification}");
    let most = verification["sample"]["most_different"].as_f64().expect("a share");
    assert!((0.00025..0.00035).contains(&most), "{verification}");
    // Of the keys that differ, and of the extra ones, a quarter is in the sample.
    let mut client = scene.destination.client();
    for number in 0..2000 {
        client.run(words!["DEL", format!("key:{number}")]);
        client.run(words!["SET", format!("extra:{number}"), 1]);
    }
    verified(&scene).exits(5);
    for kind in ["missing", "extra"] {
        let found = recorded(&scene).iter().filter(|(_, _, found)| found == kind).count();
        assert!((300..700).contains(&found), "{found} {kind}");
    }
}

#[test]
fn a_sample_may_have_fewer_keys_than_the_job_must_have() {
    let scene = Scene::new();
    scene.source.fill(15_000);
    scene.run_job("verify = \"sample\"\nmin_keys = 15000").exits(0);
    verified(&scene).exits(0);
    scene.run(&["verify", "job.toml", "--set", "verify=full", "--set", "min_keys=15001"]).exits(1);
}

#[test]
fn with_pauses_a_few_keys_are_compared_at_a_time() {
    let scene = Scene::new();
    scene.source.fill(100);
    scene.run_job("sleep = \"1ms\"\npipeline_batch_size = 10").exits(0);
    let ran = scene.run(&["verify", "job.toml", "-vv"]).exits(0);
    let reads: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("source: read: ")).collect();
    assert!(reads.len() >= 10 && reads.iter().all(|line| line.contains("read: 10 keys")), "{reads:?}");
}

#[test]
fn a_file_source_has_no_progress_and_is_verified_again_with_resume() {
    let scene = Scene::new();
    scene.source.fill(100);
    scene.save();
    scene.run_backup("checkpoint = \"{job}.checkpoint\"").exits(0);
    scene.run(&["verify", "job.toml", "--resume"]).exits(0);
}

#[test]
fn a_verification_that_was_interrupted_is_resumed() {
    let scene = Scene::new();
    scene.source.fill(6000);
    scene.run_job("checkpoint = \"{job}.checkpoint\"\nscan_batch_size = 100").exits(0);
    let arguments = ["verify", "job.toml", "--report", "report.json"];
    let slowly = [&arguments[..], &["--set", "max_keys_per_second=1000"]].concat();
    let before = scene.source.calls("dump");
    let mut running = scene.prepare(&slowly).spawn();
    running.until("keys are compared", |scene| scene.source.calls("dump") > before + 1000);
    running.signal(Signal::TERM);
    let first = running.wait().exits(143).job("all")["verification"].clone();
    let compared = first["compared"].as_u64().expect("a count");
    assert!((100..6000).contains(&compared) && first["complete"] == false, "{first}");
    // Three of the keys that are still to be compared, at least.
    let mut client = scene.destination.client();
    let missing = (0..6000).filter(|number| number % 100 == 0).map(|number| format!("key:{number}"));
    missing.for_each(|key| drop(client.run(words!["DEL", key])));
    let before = scene.source.calls("dump");
    let resumed = scene.run(&[&arguments[..], &["--resume"]].concat()).exits(5);
    let rest = resumed.job("all")["verification"].clone();
    // The record counts the keys that were compared.
    drop(resumed.stderr_lacks("(keys with an outcome: 0)").stderr_has("continues where the earlier run was"));
    let read = scene.source.calls("dump") - before;
    assert_eq!((&rest["compared"], &rest["complete"]), (&6000.into(), &true.into()), "{rest}");
    assert!(rest["keys"]["missing"].as_u64().is_some_and(|count| (3..60).contains(&count)), "{rest}");
    // Besides, what is missing was looked at again.
    assert!(read < 6000 - compared / 2 + 3 * 60, "{read} after {compared}: {rest}");
}

#[test]
fn only_what_the_job_may_write_is_repaired() {
    let scene = Scene::new();
    scene.source.fill(10);
    scene.run_job("").exits(0);
    scene.destination.run(words!["DEL", "key:1"]);
    scene.destination.run(words!["SET", "key:2", "changed"]);
    scene.destination.run(words!["SET", "extra", 1]);
    scene.run(&["verify", "job.toml", "--repair"]).exits(5);
    differ(&scene, &[("key:2", "value"), ("extra", "extra")]);
    scene.job("on_existing = \"replace\"");
    scene.run(&["verify", "job.toml", "--repair"]).exits(5);
    differ(&scene, &[("extra", "extra")]);
    scene.destination.run(words!["DEL", "extra"]);
    is_clean(&scene);
}

#[test]
fn a_key_that_cannot_be_repaired_is_reported_with_the_reason() {
    let scene = Scene::careful();
    scene.source.fill(3);
    scene.run_job("").exits(0);
    poison(&scene.source, "poison");
    let ran = scene.run(&["verify", "job.toml", "--repair"]).exits(5);
    let lines = scene.read("redis-keys-migrator-differences.jsonl");
    assert!(lines.contains("\"repair_error\":\"") && lines.contains("\"key\":\"poison\""), "{lines}{}", ran.stderr);
}

#[test]
fn keys_and_hash_fields_that_have_expired_on_one_side_are_no_difference() {
    for kind in [Kind::Redis82, Kind::Valkey91] {
        let scene = Scene::between(kind, kind);
        for server in [&scene.source, &scene.destination] {
            // Only a read removes what has expired.
            server.run(words!["DEBUG", "SET-ACTIVE-EXPIRE", 0]);
        }
        for number in 0..50 {
            scene.source.run(words!["SET", format!("soon:{number}"), 1, "PX", 1500]);
            scene.source.run(words!["HSET", format!("hash:{number}"), "stays", 1, "expires", 2]);
            scene.source.run(words!["HPEXPIRE", format!("hash:{number}"), 1500, "FIELDS", 1, "expires"]);
        }
        scene.run_job("").exits(0);
        scene.destination.run(words!["HDEL", "hash:0", "expires"]);
        std::thread::sleep(std::time::Duration::from_millis(1600));
        scene.destination.run(words!["HGET", "hash:1", "expires"]);
        is_clean(&scene);
    }
}
