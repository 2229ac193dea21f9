//! `verify` while clients write.

use crate::support::{Kind, Random, Scene, StopFlag, meanwhile, words};
use crate::verify::{is_clean, recorded, verified};

const KEYS: u64 = 20_000;

/// Writes about 2000 times a second: to the source, and then, if `both`, the same to the destination. Returns the keys.
fn write(scene: &Scene, both: bool, stop: &StopFlag) -> u64 {
    let (mut random, mut written) = (Random::new(1), 0);
    let (mut source, mut destination) = (scene.source.client(), scene.destination.client());
    let pause = std::time::Duration::from_micros(250);
    while !stop.is_set() {
        let key = format!("key:{}", random.below(2 * KEYS));
        let command = match random.below(4) {
            0 => words!["DEL", key].to_vec(),
            1 => words!["SET", key, random.next(), "PX", 10_000_000].to_vec(),
            _ => words!["SET", key, random.next()].to_vec(),
        };
        source.run(&command);
        if both {
            destination.run(&command);
        }
        written += 1;
        std::thread::sleep(pause);
    }
    written
}

#[test]
fn an_application_that_writes_to_both_servers_causes_no_false_difference() {
    for kind in [Kind::Redis62, Kind::Redis82] {
        let scene = Scene::between(kind, kind);
        scene.source.fill(usize::try_from(KEYS).expect("it is small"));
        scene.run_job("max_keys_per_second = 5000\nverify_tolerance = \"1s\"").exits(0);
        let (written, ran) = meanwhile(|stop| write(&scene, true, stop), || verified(&scene));
        assert!(written > 1000, "{written}");
        assert_eq!((ran.code(), recorded(&scene)), (0, Vec::new()), "{}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn keys_that_only_the_source_got_are_found() {
    let scene = Scene::new();
    scene.source.fill(usize::try_from(KEYS).expect("it is small"));
    scene.run_job("").exits(0);
    is_clean(&scene);
    let (_, ran) = meanwhile(|stop| write(&scene, false, stop), || verified(&scene));
    let ran = ran.exits(5);
    // Those that were written before their key was compared.
    assert!(recorded(&scene).len() > 10, "{}{}", ran.stdout, ran.stderr);
    // All of them, once the writer has ended.
    scene.run(&["verify", "job.toml", "--repair=replace"]);
    let kinds = recorded(&scene);
    assert!(kinds.iter().all(|(_, _, kind)| kind == "extra"), "{kinds:?}");
}
