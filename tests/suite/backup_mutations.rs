//! Files with random damage: a run always ends soon and cleanly, and its counts are exact.

use std::time::{Duration, Instant};

use crate::support::{CAREFUL, Dataset, Kind, Random, Scene, Server, words};

/// The number of files of each kind. `MIGRATOR_TEST_MUTATIONS=1000` is a long test.
fn rounds() -> u64 {
    std::env::var("MIGRATOR_TEST_MUTATIONS").map_or(8, |text| text.parse().expect("a number"))
}

/// The file with one to three changes: truncated, or with bytes inserted, removed or replaced.
fn changed(whole: &[u8], random: &mut Random) -> Vec<u8> {
    /// The first bytes of lengths, opcodes and types with a large effect.
    const TELLING: [u8; 13] = [0x80, 0x81, 0xc3, 0xf2, 0xf3, 0xf5, 0xfa, 0xfe, 0xff, 0, 7, 15, 18];
    let mut bytes = whole.to_vec();
    for _ in 0..=random.below(3) {
        let at = usize::try_from(random.below(bytes.len() as u64)).expect("an index fits");
        match random.below(6) {
            0 => bytes.truncate(at.max(16)),
            1 => bytes.insert(at, *random.pick(&TELLING)),
            2 => drop(bytes.remove(at)),
            3 => {
                let end = bytes.len().min(at + 30);
                let junk = random.bytes(end - at);
                bytes[at..end].copy_from_slice(&junk);
            }
            4 => bytes[at] = *random.pick(&TELLING),
            _ => bytes[at] ^= 1 << random.below(8),
        }
    }
    bytes
}

#[test]
fn a_run_from_a_file_with_random_damage_ends_cleanly_with_exact_counts() {
    for kind in Kind::ALL {
        let mut random = Random::new(77);
        let scene = Scene::of(Server::start(kind), Server::with(kind, &CAREFUL));
        Dataset::mixed(150).fill(&mut scene.source.client());
        scene.source.db(2).run(words!["SET", "other", "database"]);
        let whole = scene.save();
        scene.backup_job("source.db = \"all\"\nmax_errored_keys = 100000");
        for round in 0..rounds() {
            scene.destination.run(words!["FLUSHALL"]);
            scene.backup(&changed(&whole, &mut random)).file("report.json", "");
            let began = Instant::now();
            let ran = scene.run(&["run", "job.toml", "--report", "report.json"]);
            let code = ran.code();
            assert!([0, 1, 2, 6].contains(&code), "{kind:?}, {round}: exit code {code}:\n{}", ran.stderr);
            assert!(began.elapsed() < Duration::from_secs(10), "{kind:?}, {round}: {:?}", began.elapsed());
            let ran = ran.stderr_lacks("panicked").stderr_lacks("internal error");
            if code == 2 {
                // The header was damaged: the run did not begin.
                continue;
            }
            let databases = scene.destination.run(words!["INFO", "keyspace"]).text();
            let sizes = databases.split("keys=").skip(1).filter_map(|size| size.split(',').next()?.parse::<u64>().ok());
            assert_eq!(ran.count("all", "copied"), sizes.sum::<u64>(), "{kind:?}, {round}:\n{}", ran.stderr);
        }
    }
}
