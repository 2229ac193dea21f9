//! Servers, and proxies in front of them, that refuse commands with texts of their own.

use crate::support::{Kind, Pipeline, Ran, Refuser, Scene, assert_same_within, words};

/// How managed caches and proxies refuse a command.
const TEXTS: [&str; 2] = ["ERR Command is not available: 'X'.", "ERR wrong number of arguments for 'x' command"];
/// A remaining time is counted from a clock.
const BY_CLOCK: u64 = 20;
const LOG: &str = "redis-keys-migrator-error.log";

/// Runs `job.toml` with a proxy in front of one side.
fn settings(side: &str, proxy: &Refuser) -> [String; 1] {
    [format!("{side}.port={}", proxy.port())]
}

#[test]
fn a_command_that_every_key_needs_and_a_proxy_refuses_is_found_before_the_first_key_moves() {
    let commands = [("source", ["SCAN", "DUMP", "TYPE"]), ("destination", ["RESTORE", "EXISTS", "RESTORE"])];
    for kind in [Kind::Redis62, Kind::Redis70, Kind::Redis82] {
        let scene = Scene::between(kind, kind);
        scene.source.fill(50);
        scene.job("types = [\"string\", \"hash\"]");
        for (side, commands) in commands {
            let proxy = Refuser::to(scene.server(side).port());
            for (command, text) in commands.into_iter().flat_map(|command| TEXTS.map(|text| (command, text))) {
                proxy.refuse(command, text);
                let settings = settings(side, &proxy);
                let reason = format!("the {side} `127.0.0.1:{}` refuses every request: {text}", proxy.port());
                let check = scene.run(&["check", "job.toml", "--connect", "--set", &settings[0]]);
                check.exits(3).errors_and_warnings(&[&["job `all` cannot be run", &reason]]);
                let ran = scene.prepare_job(&settings).run().exits(3).stderr_has(&reason);
                assert_eq!(ran.status_of("all"), "refused", "{command}");
                assert!(!scene.folder().join(LOG).exists(), "{command}");
                assert_eq!(scene.destination.size(), 0, "{command}");
            }
        }
    }
}

/// Runs 3000 keys, and refuses a command for keys with this prefix once some keys have arrived.
fn refused_meanwhile(scene: &Scene, [side, command, prefix, text]: [&'static str; 4]) -> Ran {
    let proxy = Refuser::to(scene.server(side).port());
    let mut running = scene.prepare_job(&settings(side, &proxy)).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 100);
    proxy.refuse_keys(command, prefix, text);
    running.wait()
}

#[test]
fn a_command_that_is_refused_for_every_key_ends_the_job_with_one_message() {
    for text in TEXTS {
        for (side, command) in [("source", "DUMP"), ("source", "TYPE"), ("destination", "RESTORE")] {
            let scene = Scene::new();
            scene.source.fill(3000);
            let types = if command == "TYPE" { "types = [\"string\", \"hash\"]" } else { "" };
            scene.job(&format!("max_keys_per_second = 1000\npipeline_batch_size = 50\n{types}"));
            let ran = refused_meanwhile(&scene, [side, command, "", text]).exits(3);
            ran.assert_account("all");
            let failed = ran.count("all", "failed");
            assert!(failed < 1000, "{command}: {failed} of 3000 keys failed");
            let reason = format!("refuses every request: {text}");
            let ran = ran.reasons("all", &[&reason]);
            let counted = format!("{failed} keys counted as failed");
            let counted: &[&str] = &[&counted];
            let expected: &[&[&str]] = &[&["job `all` ends early: ", side, &reason], counted];
            ran.errors_and_warnings(&expected[..if failed > 0 { 2 } else { 1 }]);
            let log = scene.read(LOG);
            let (keys, others): (Vec<&str>, Vec<&str>) = log.lines().partition(|line| line.contains(" key=\""));
            assert!(keys.len() as u64 == failed && others.len() == 1, "{command}: {failed} failed: {log}");
            assert!(others[0].contains("key=- ") && others[0].contains(&reason), "{command}: {log}");
            assert!(keys.iter().all(|line| line.contains("said=\"the server refused every request\"")), "{log}");
        }
    }
}

#[test]
fn a_command_that_is_refused_for_some_keys_fails_those() {
    for (side, command) in [("source", "DUMP"), ("destination", "RESTORE")] {
        let scene = Scene::new();
        scene.source.fill(1000);
        scene.job("");
        let proxy = Refuser::to(scene.server(side).port());
        proxy.refuse_keys(command, "key:1", TEXTS[0]);
        // The keys 1, 10–19 and 100–199.
        let ran = scene.prepare_job(&settings(side, &proxy)).run().exits(1).outcomes("all", "copied 889, failed 111");
        ran.stderr_lacks("refuses every request");
        assert_eq!(scene.read(LOG).matches(TEXTS[0]).count(), 111);
    }
}

#[test]
fn without_pexpiretime_expiries_follow_from_the_time_that_is_left() {
    for kind in [Kind::Redis70, Kind::Redis82, Kind::Valkey91] {
        let scene = Scene::between(kind, kind);
        scene.source.fill(200);
        let mut expire = Pipeline::new();
        (0..100).for_each(|number| expire.add(words!["PEXPIRE", format!("key:{number}"), 3_600_000 + number]));
        scene.source.client().run_all(&expire);
        scene.job("on_existing = \"replace\"");
        let arrives = |settings: &[String]| {
            scene.destination.run(words!["FLUSHALL"]);
            scene.prepare_job(settings).run().exits(0).outcomes("all", "copied 200").errors_and_warnings(&[]);
            assert_same_within(&scene.source.reading(), &scene.destination.reading(), BY_CLOCK);
        };
        for text in ["ERR unknown command 'PEXPIRETIME', with args beginning with: ", TEXTS[0]] {
            for side in ["source", "destination"] {
                let proxy = Refuser::to(scene.server(side).port());
                proxy.refuse("PEXPIRETIME", text);
                arrives(&settings(side, &proxy));
            }
        }
        for side in ["source", "destination"] {
            let rights = words!["ACL", "SETUSER", "app", "on", ">x", "~*", "+@all", "-pexpiretime"];
            scene.server(side).run(rights);
            arrives(&[format!("{side}.username=app"), format!("{side}.password=x")]);
        }
    }
}
