//! Keys that are deleted or expire before they are moved.

use std::time::Duration;

use crate::support::{Kind, Pipeline, Proxy, Scene, words};

#[test]
fn a_key_that_is_deleted_between_scan_and_read_is_vanished_not_failed() {
    for kind in [Kind::Redis62, Kind::Redis70] {
        let scene = Scene::between(kind, Kind::Redis70);
        scene.source.fill(5);
        let slow = Proxy::delayed(scene.source.port(), Duration::from_millis(150));
        scene.file("job.toml", &format!(
            "[[job]]\nname = \"all\"\nsleep = \"0s\"\nsource = {{ host = \"127.0.0.1\", port = {} }}\ndestination = {{DESTINATION}}\n",
            slow.port()
        ));
        let mut running = scene.prepare(&["run", "job.toml", "--report", "report.json"]).spawn();
        running.until("the keys are scanned", |scene| scene.source.succeeded("scan") > 0);
        scene.source.run(words!["DEL", "key:0", "key:1", "key:2", "key:3", "key:4"]);
        running.wait().exits(0).outcomes("all", "vanished 5");
        assert_eq!(scene.destination.size(), 0);
    }
}

#[test]
fn a_key_that_expires_during_the_run_is_vanished_and_never_becomes_permanent() {
    for kind in [Kind::Redis62, Kind::Redis70] {
        let scene = Scene::between(kind, kind);
        let mut pipeline = Pipeline::new();
        for number in 0..20 {
            pipeline.add(words!["SET", format!("short:{number}"), "v", "PX", 900]);
        }
        scene.source.client().run_all(&pipeline);
        let ran = scene.run_job("pipeline_batch_size = 1\nscan_batch_size = 5\nsleep = \"100ms\"").exits(0);
        assert!(ran.count("all", "vanished") > 0, "{}", ran.report());
        assert_eq!(ran.count("all", "failed"), 0);
        std::thread::sleep(Duration::from_secs(1));
        assert_eq!(scene.destination.reading().0.len(), 0, "a key outlived its expiry");
    }
}
