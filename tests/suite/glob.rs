//! Patterns match the same keys as on the servers.

use redis_keys_migrator::job::{CharSign, Glob};

use crate::support::{Client, Kind, Pipeline, Random, Reply, Scene, Server, shown, words};

/// The keys that each pattern is compared with.
const KEYS: u64 = 100;
/// The patterns after which there are other keys.
const PATTERNS: u64 = 500;
/// The bytes that have a meaning in patterns, and bytes around them.
const SPECIAL: &[u8] = b"ab-c]^[*?\\";
/// The highest and the lowest bytes, and the borders of ASCII.
const BORDERS: &[u8] = b"\x00\x01\x7f\x80\x81\xc3\xff-a";

/// The pairs of pattern and key for each server. `MIGRATOR_TEST_GLOB_PAIRS=1000000` is a full test.
fn pairs() -> u64 {
    let pairs = std::env::var("MIGRATOR_TEST_GLOB_PAIRS");
    pairs.map_or(100_000, |text| text.parse().expect("`MIGRATOR_TEST_GLOB_PAIRS` is a number"))
}

/// Bytes of one alphabet: letters of patterns, borders, or any.
fn text(random: &mut Random, longest: u64) -> Vec<u8> {
    let length = usize::try_from(random.below(longest + 1)).expect("it is small");
    match random.below(3) {
        0 => (0..length).map(|_| *random.pick(SPECIAL)).collect(),
        1 => (0..length).map(|_| *random.pick(BORDERS)).collect(),
        _ => random.bytes(length),
    }
}

/// A random text, or the pattern of a key: some of its bytes are replaced with elements that may match them.
fn pattern(random: &mut Random, keys: &[Vec<u8>]) -> Vec<u8> {
    if random.chance(40) {
        return text(random, 9);
    }
    let mut pattern = Vec::new();
    for byte in random.pick(keys).clone() {
        match random.below(8) {
            0 => pattern.push(b'*'),
            1 => pattern.push(b'?'),
            2 => pattern.extend([b'\\', byte]),
            3..5 => {
                pattern.push(b'[');
                pattern.extend(b"^".iter().filter(|_| random.chance(20)));
                let class = text(random, 3);
                pattern.extend(class);
                let (one, other) = (random.bytes(1)[0], *random.pick(BORDERS));
                pattern.extend(if random.chance(50) { [one, b'-', other] } else { [byte, b'-', one] });
                pattern.extend(b"]".iter().filter(|_| random.chance(90)));
            }
            _ => pattern.push(byte),
        }
    }
    pattern
}

/// The keys that a server matches, of a database that one `SCAN` returns completely.
fn matched_by_server(client: &mut Client, patterns: &[Vec<u8>]) -> Vec<Vec<Vec<u8>>> {
    let mut scans = Pipeline::new();
    for pattern in patterns {
        scans.add(words!["SCAN", 0, "MATCH", pattern, "COUNT", 100_000]);
    }
    let keys = |reply: Reply| {
        let mut parts = reply.array();
        assert_eq!(parts[0].clone().bytes(), b"0", "one `SCAN` returns all keys");
        parts.remove(1).array().into_iter().map(Reply::bytes).collect()
    };
    client.run_all(&scans).into_iter().map(keys).collect()
}

fn set_all(client: &mut Client, keys: &[Vec<u8>]) {
    let mut sets = Pipeline::new();
    sets.add(words!["FLUSHALL"]);
    for key in keys {
        sets.add(words!["SET", key, ""]);
    }
    client.run_all(&sets);
}

#[test]
fn random_patterns_match_the_same_keys_as_on_every_server() {
    let seed = std::env::var("MIGRATOR_TEST_SEED").map_or(11, |text| text.parse().expect("a number"));
    for kind in Kind::ALL {
        let mut random = Random::new(seed);
        let server = Server::start(kind);
        let mut client = server.client();
        let (mut compared, mut matched) = (0, 0);
        while compared < pairs() {
            let mut keys: Vec<Vec<u8>> = (0..KEYS).map(|_| text(&mut random, 8)).collect();
            keys.sort();
            keys.dedup();
            set_all(&mut client, &keys);
            let patterns: Vec<Vec<u8>> = (0..PATTERNS).map(|_| pattern(&mut random, &keys)).collect();
            for (pattern, by_server) in patterns.iter().zip(matched_by_server(&mut client, &patterns)) {
                let glob = Glob::new(pattern.clone());
                for key in &keys {
                    let here = glob.matches(key, CharSign::Signed);
                    assert_eq!(here, by_server.contains(key), "{kind:?}: {} and {}", shown(pattern), shown(key));
                }
                matched += by_server.len() as u64;
                compared += keys.len() as u64;
            }
        }
        assert!(matched * 50 > compared, "only {matched} of {compared} pairs match");
    }
}

#[test]
fn unusual_patterns_match_the_same_keys_as_on_every_server() {
    let patterns: [&[u8]; 40] = [
        b"",
        b"*",
        b"**",
        b"?",
        b"??",
        b"[",
        b"[^",
        b"[]",
        b"[^]",
        b"[]]",
        b"[^]]",
        b"[a",
        b"[^a",
        b"[a-",
        b"[a-]",
        b"[a-]]",
        b"[-a]",
        b"[a-c",
        b"[c-a]",
        b"[c-a",
        b"[^c-a]",
        b"[\\]]",
        b"[\\",
        b"[a\\",
        b"[\\a-c]",
        b"[a-\\]]",
        b"\\",
        b"a\\",
        b"\\a",
        b"\\*",
        b"*\\",
        b"***a***",
        b"*[",
        b"*[^",
        b"[a-\xff]",
        b"[\x80-\x7f]",
        b"[\xff-\x00]",
        b"[^\x7f-\x80]",
        b"a\x00*",
        b"[\x00-\x01]",
    ];
    let patterns: Vec<Vec<u8>> = patterns.iter().map(|pattern| pattern.to_vec()).collect();
    let singles = (0..=u8::MAX).map(|byte| vec![byte]);
    let pairs = SPECIAL.iter().flat_map(|first| SPECIAL.iter().map(|second| vec![*first, *second]));
    let keys: Vec<Vec<u8>> = singles.chain(pairs).chain([Vec::new(), b"a\x00b".to_vec(), b"aaa".to_vec()]).collect();
    for kind in Kind::ALL {
        let server = Server::start(kind);
        let mut client = server.client();
        set_all(&mut client, &keys);
        for (pattern, mut by_server) in patterns.iter().zip(matched_by_server(&mut client, &patterns)) {
            let glob = Glob::new(pattern.clone());
            let mut here: Vec<_> = keys.iter().filter(|key| glob.matches(key, CharSign::Signed)).cloned().collect();
            here.sort();
            by_server.sort();
            assert_eq!(here, by_server, "{kind:?}: {}", shown(pattern));
        }
    }
}

/// Each of these jobs moves the same keys.
#[track_caller]
fn assert_all_move(scene: &Scene, selections: &[&str], expected: &[&[u8]]) {
    for selection in selections {
        scene.destination.run(words!["FLUSHALL"]);
        scene.run_job(selection).exits(0);
        let arrived: Vec<Vec<u8>> = scene.destination.reading().0.into_keys().collect();
        assert_eq!(arrived, expected, "{selection}");
    }
}

#[test]
fn one_pattern_a_list_and_an_exclusion_agree_about_ranges_with_other_characters() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, Kind::Valkey91);
        let mut client = scene.source.client();
        // The range is from `a` (0x61) to the first byte of `é` (0xc3); its second byte (0xa9) stands alone.
        for first in [b'0', b'a', b'b', 0x90, 0xa9, 0xc3, 0xff] {
            client.run(words!["SET", [first, b'1'], "v"]);
        }
        let matching: [&[u8]; 5] = [b"01", b"a1", b"\xa91", b"\xc31", b"\xff1"];
        assert_all_move(&scene, &["match = \"[a-é]1\"", "match = [\"[a-é]1\", \"none\"]"], &matching);
        assert_all_move(&scene, &["exclude = \"[a-é]1\"", "exclude = [\"none\", \"[a-é]1\"]"], &[b"b1", b"\x901"]);
    }
}

/// Newer servers let such a pattern match nothing, older ones apply it.
#[test]
fn a_pattern_with_more_than_a_thousand_stars_matches_on_every_server() {
    let pattern = "a*".repeat(1001) + "a";
    for kind in Kind::ALL {
        let scene = Scene::between(kind, Kind::Redis70);
        let key = vec![b'a'; 1002];
        scene.source.run(words!["SET", key, "v"]);
        scene.source.run(words!["SET", "b", "v"]);
        let single = format!("match = \"{pattern}\"");
        assert_all_move(&scene, &[&single, &format!("match = [\"{pattern}\", \"none\"]")], &[&key]);
        assert_all_move(&scene, &[&format!("exclude = \"{pattern}\"")], &[b"b"]);
    }
}
