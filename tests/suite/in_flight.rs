//! Requests that are in flight go on while the job waits for something else.

use std::time::Duration;

use crate::support::{Kind, Proxy, Scene, Server, assert_same, at_once, words};

const MIB: usize = 1 << 20;
const KEYS: usize = 20_000;
/// More than may be in flight, so that no other value is requested until it is written.
const LARGE: usize = 40 * MIB;
/// More than all other requests to the destination take.
const WITHIN_LARGE: u64 = 10 << 20;

/// Requests that are lost together are repeated in random order, so one attempt is not enough.
const ATTEMPTS: [u64; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

/// Half of the keys exist, so that the job asks which keys exist all the time.
fn half_copied() -> Scene {
    let uncompressed = Server::with(Kind::Redis70, &["--rdbcompression", "no"]);
    let scene = Scene::of(uncompressed, Server::start(Kind::Redis70));
    scene.source.fill(KEYS);
    scene.destination.fill(KEYS / 2);
    scene.source.run(words!["SETRANGE", "large", LARGE.to_string(), "x"]);
    scene
}

#[test]
fn existence_checks_that_are_repeated_while_a_large_value_waits_do_not_block_it() {
    at_once(&ATTEMPTS, |attempt| {
        let scene = half_copied();
        let line = Proxy::delayed(scene.destination.port(), Duration::from_millis(15 + attempt));
        scene.job("");
        line.cut_after_sent(WITHIN_LARGE);
        let ran = scene.prepare_job(&[format!("destination.port={}", line.port())]).run();
        let copied = KEYS / 2 + 1;
        let ran = ran.exits(0).outcomes("all", &format!("copied {copied}, existing {}", KEYS / 2));
        ran.waited("all", "destination", "disconnected");
        assert_same(&scene.source.reading(), &scene.destination.reading());
    });
}
