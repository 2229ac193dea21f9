//! A file as a source: a saved file arrives as a server would load it.

use std::collections::BTreeMap;

use crate::pairs::has_field_expiry;
use crate::support::{CAREFUL, Dataset, KeyReading, Kind, Reading, Scene, Server, Value, assert_same, packed, words};

const KEYS: u64 = 1500;
/// A time that is not a whole second.
const SOMEDAY: i64 = 4_102_444_800_123;

/// A source with a mixed database that was saved, and a careful destination.
fn saved(from: Kind, to: Kind, keys: u64) -> Scene {
    let scene = Scene::of(Server::start(from), Server::with(to, &CAREFUL));
    Dataset::mixed(keys).fill(&mut scene.source.client());
    scene.save();
    scene
}

/// The data of a server of this kind that has loaded the backup.
fn loaded(scene: &Scene, kind: Kind) -> Reading {
    Server::on_backup(kind, &scene.folder().join("backup.rdb"), &[]).reading()
}

#[test]
fn a_saved_file_arrives_as_a_server_of_its_kind_would_load_it() {
    for kind in Kind::ALL {
        let scene = saved(kind, kind, KEYS);
        scene.run_backup("").exits(0).outcomes("all", &format!("copied {KEYS}"));
        let loaded = loaded(&scene, kind);
        assert_same(&loaded, &scene.destination.reading());
        assert!(
            loaded.0.values().any(|entry| entry.expires_at.is_some_and(|at| at % 1000 != 0)),
            "all expiries are whole seconds"
        );

        scene.run_backup("").exits(0).outcomes("all", &format!("existing {KEYS}"));
        assert_same(&loaded, &scene.destination.reading());
    }
}

#[test]
fn a_compressed_file_is_read_like_any_other_with_and_without_sleep() {
    let scene = saved(Kind::Redis70, Kind::Redis70, KEYS);
    let loaded = loaded(&scene, Kind::Redis70);
    let bytes = std::fs::read(scene.folder().join("backup.rdb")).expect("the server wrote this file");
    // The file is recognised by its content, not by its name.
    scene.backup(&packed(&bytes));
    for lines in ["", "sleep = \"1ms\"\npipeline_batch_size = 100"] {
        scene.destination.run(words!["FLUSHALL"]);
        scene.run_backup(lines).exits(0).outcomes("all", &format!("copied {KEYS}"));
        assert_same(&loaded, &scene.destination.reading());
    }
}

#[test]
fn what_the_destination_supports_arrives_at_every_other_kind_and_the_rest_is_logged() {
    for from in Kind::ALL {
        let source = saved(from, from, 500);
        let saved = source.source.save();
        for to in Kind::ALL.into_iter().filter(|to| *to != from) {
            let scene = Scene::of(Server::start(Kind::Redis62), Server::with(to, &CAREFUL));
            scene.backup(&std::fs::read(&saved).expect("the server wrote this file"));
            let can_hold =
                |entry: &KeyReading| matches!(to, Kind::Redis82 | Kind::Valkey91) || !has_field_expiry(entry);
            let (held, refused): (BTreeMap<_, _>, BTreeMap<_, _>) =
                source.source.reading().0.into_iter().partition(|(_, entry)| can_hold(entry));
            let (code, failed) =
                if refused.is_empty() { (0, String::new()) } else { (1, format!(", failed {}", refused.len())) };
            scene.run_backup("").exits(code).outcomes("all", &format!("copied {}{failed}", held.len()));
            assert_same(&Reading(held), &scene.destination.reading());
            let log = scene.error_log();
            assert_eq!(
                log.matches("the hash has fields that expire, which the destination does not support").count(),
                refused.len(),
                "{from:?} to {to:?}:\n{log}"
            );
        }
    }
}

#[test]
fn fields_expire_at_the_same_millisecond_between_redis_and_valkey() {
    for (from, to) in [(Kind::Valkey91, Kind::Redis82), (Kind::Redis82, Kind::Valkey91)] {
        let scene = Scene::between(from, to);
        let mut client = scene.source.client();
        client.run(words!["HSET", "small", "stays", "1", "goes", "2"]);
        client.run(words!["HPEXPIREAT", "small", SOMEDAY, "FIELDS", 1, "goes"]);
        for field in 0..1000_i64 {
            client.run(words!["HSET", "large", format!("f{field}"), field]);
            client.run(words!["HPEXPIREAT", "large", SOMEDAY + field, "FIELDS", 1, format!("f{field}")]);
        }
        client.run(words!["PEXPIREAT", "large", SOMEDAY + 5000]);
        let magic = if from == Kind::Valkey91 { "VALKEY080" } else { "REDIS0012" };
        assert!(scene.save().starts_with(magic.as_bytes()), "{from:?} wrote another version");
        scene.run_backup("").exits(0).outcomes("all", "copied 2");
        let arrived = scene.destination.reading();
        assert_same(&scene.source.reading(), &arrived);
        let Value::Hash(small) = &arrived.key("small").value else { panic!("{arrived:?}") };
        let expiries: Vec<_> = small.values().map(|(_, expires_at)| *expires_at).collect();
        assert_eq!(expiries, [Some(SOMEDAY), None]);
    }
}

#[test]
fn stream_groups_arrive_with_all_pending_entries() {
    for kind in Kind::ALL {
        let scene = Scene::between(kind, kind);
        let mut client = scene.source.client();
        for id in 1..=10 {
            client.run(words!["XADD", "orders", format!("{id}-1"), "cart", id]);
        }
        client.run(words!["XGROUP", "CREATE", "orders", "shipping", "0"]);
        client.run(words!["XREADGROUP", "GROUP", "shipping", "anna", "COUNT", 3, "STREAMS", "orders", ">"]);
        client.run(words!["XREADGROUP", "GROUP", "shipping", "bert", "COUNT", 2, "STREAMS", "orders", ">"]);
        client.run(words!["XACK", "orders", "shipping", "2-1"]);
        client.run(words!["XDEL", "orders", "7-1"]);
        scene.save();
        scene.run_backup("").exits(0).outcomes("all", "copied 1");
        assert_same(&loaded(&scene, kind), &scene.destination.reading());
        let mut pending = scene.destination.run(words!["XPENDING", "orders", "shipping"]).array();
        assert_eq!(pending.remove(0).integer(), 4);
    }
}

/// Settings by which servers write more than keys and values, or write them in another form.
#[test]
fn the_settings_of_the_server_that_saved_the_file_make_no_difference() {
    let settings: [(Kind, &[&str]); 6] = [
        (Kind::Redis70, &["--rdbcompression", "no"]),
        (Kind::Redis70, &["--rdbchecksum", "no"]),
        (Kind::Redis62, &["--maxmemory-policy", "allkeys-lru", "--maxmemory", "1gb"]),
        (Kind::Redis82, &["--maxmemory-policy", "allkeys-lfu", "--maxmemory", "1gb"]),
        (Kind::Valkey91, &["--maxmemory-policy", "volatile-lfu", "--maxmemory", "1gb"]),
        (Kind::Redis82, &["--cluster-enabled", "yes"]),
    ];
    for (kind, arguments) in settings {
        let scene = Scene::of(Server::with(kind, arguments), Server::start(kind));
        if arguments[0] == "--cluster-enabled" {
            scene.source.run(words!["CLUSTER", "ADDSLOTSRANGE", 0, 16383]);
            scene.source.until_reply_has("cluster_state:ok", words!["CLUSTER", "INFO"]);
        }
        Dataset::mixed(300).fill(&mut scene.source.client());
        scene.save();
        scene.run_backup("").exits(0).outcomes("all", "copied 300").stderr_lacks("warn");
        assert_same(&scene.source.reading(), &scene.destination.reading());
    }
}

#[test]
fn a_vector_set_arrives_at_redis_8_and_fails_alone_elsewhere() {
    let source = Server::start(Kind::Redis82);
    source.run(words!["VADD", "vectors", "VALUES", 3, 1, 2, 3, "a"]);
    source.run(words!["VADD", "vectors", "VALUES", 3, 3, 2, 1, "b", "SETATTR", "{\"n\":1}"]);
    source.fill(10);
    let bytes = std::fs::read(source.save()).expect("the server wrote this file");
    for kind in Kind::ALL {
        let scene = Scene::between(Kind::Redis70, kind);
        scene.backup(&bytes);
        if kind == Kind::Redis82 {
            scene.run_backup("").exits(0).outcomes("all", "copied 11");
            // The payload differs from load to load, because the graph in it does.
            for command in [&["VCARD", "vectors"][..], &["VEMB", "vectors", "a"], &["VGETATTR", "vectors", "b"]] {
                let words: Vec<Vec<u8>> = command.iter().map(|word| word.as_bytes().to_vec()).collect();
                assert_eq!(scene.destination.run(&words), source.run(&words), "{command:?}");
            }
            scene.destination.run(words!["FLUSHALL"]);
            scene.run_backup("types = [\"vectorset\"]").exits(0).outcomes_and_filtered("all", "copied 1", 10);
        } else {
            scene.run_backup("").exits(1).outcomes("all", "copied 10, failed 1");
            let log = scene.read("redis-keys-migrator-error.log");
            let line = "key=\"vectors\" type=vectorset side=destination";
            assert!(log.contains(line) && log.contains("the value is a vector set"), "{kind:?}: {log}");
        }
    }
}

/// See `pairs`: the number of bytes that end such an item depends on the server, which only the file names.
#[test]
fn items_whose_length_servers_write_differently_arrive_from_files_too() {
    const ON_BORDER: usize = (1 << 14) - 1 - 5;
    for (from, to) in
        [(Kind::Valkey91, Kind::Redis82), (Kind::Redis82, Kind::Valkey91), (Kind::Valkey91, Kind::Redis62)]
    {
        let scene = Scene::of(Server::start(from), Server::with(to, &CAREFUL));
        for length in ON_BORDER - 1..=ON_BORDER + 1 {
            let item = vec![b'x'; length];
            scene.source.run(words!["RPUSH", format!("list:{length}"), "before", item, "after"]);
            scene.source.run(words!["XADD", format!("stream:{length}"), "1-1", "before", item, "after", "x"]);
            scene.source.run(words!["XADD", format!("stream:{length}"), "2-1", item, "before", "x", "after"]);
        }
        scene.save();
        let ran = scene.run_backup("").exits(0).outcomes("all", "copied 6");
        assert!(ran.job("all")["payloads"]["translated"].as_u64() > Some(0), "{from:?} to {to:?}: {}", ran.report());
        assert_same(&scene.source.reading(), &scene.destination.reading());
    }
}
