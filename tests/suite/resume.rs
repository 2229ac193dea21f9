//! Runs that are killed and continue.

use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{
    Cluster, Dataset, Kind, Pipeline, Prepared, Proxy, Ran, Random, Scene, Server, expect_same_digests, words,
};

/// How many keys are moved while runs are killed. `MIGRATOR_TEST_KEYS=2000000 MIGRATOR_TEST_FAULTS=100` is a full test.
fn keys() -> u64 {
    number("MIGRATOR_TEST_KEYS", 6000)
}

/// How often.
fn kills() -> u64 {
    number("MIGRATOR_TEST_FAULTS", 3)
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("`{name}` is a number")))
}

const MIXED: u64 = 1500;
const STRINGS: u64 = 10_000;
const UNLIMITED: &str = "max_keys_per_second=10000000";

/// A server with the keys, and a job that lasts for more records than there are kills.
struct Setup {
    scene: Scene,
    /// Keys a second.
    rate: u64,
}

impl Setup {
    fn new(kind: Kind, lines: &str) -> Self {
        let scene = Scene::between(kind, kind);
        let mut client = scene.source.client();
        Dataset::mixed(MIXED).fill(&mut client);
        let strings: Vec<u64> = (0..keys() - MIXED).collect();
        for some in strings.chunks(usize::try_from(STRINGS).expect("it is small")) {
            let mut pipeline = Pipeline::new();
            for number in some {
                pipeline.add(words!["SET", format!("string:{number}"), format!("value {number}")]);
            }
            client.run_all(&pipeline);
        }
        let rate = keys() / (kills() + kills() / 10 + 1);
        let rates = format!("checkpoint = \"{{job}}.cp\"\nmax_keys_per_second = {rate}\n");
        scene.job(&format!("{rates}scan_batch_size = 200\npipeline_batch_size = 200\n{lines}"));
        Self { scene, rate }
    }

    fn resume(&self, settings: &[String]) -> Prepared<'_> {
        self.resume_as("--resume", settings)
    }

    fn resume_as(&self, how: &str, settings: &[String]) -> Prepared<'_> {
        let resumed = ["run", "job.toml", how, "--report", "report.json"].map(str::to_owned);
        let settings = settings.iter().flat_map(|setting| ["--set".to_owned(), setting.clone()]);
        let arguments: Vec<String> = resumed.into_iter().chain(settings).collect();
        self.scene.prepare(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Kills the run at random moments, and lets the last one finish without a limit.
    fn kill_again_and_again(&self, settings: &[String]) -> Ran {
        let mut random = Random::new(keys() + kills());
        for killed in 0..kills() {
            let mut running = self.resume(settings).spawn();
            thread::sleep(Duration::from_millis(300 + random.below(1500)));
            assert!(!running.has_ended(), "it ended after {killed} kills:\n{}", running.stderr());
            running.signal(Signal::KILL);
            running.wait_killed();
        }
        self.resume(&[settings, &[UNLIMITED.to_owned()]].concat()).run().exits(0)
    }

    fn kill_in_the_middle(&self, settings: &[String]) {
        let mut running = self.resume(settings).spawn();
        running.until("a record has keys", |scene| scene.folder().join("all.cp").exists() && recorded(scene) > 500);
        running.signal(Signal::KILL);
        running.wait_killed();
    }

    /// Checks that every key was counted once.
    fn check(&self, ran: &Ran) {
        ran.assert_account("all");
        let [matched, failed, vanished] = ["matched", "failed", "vanished"].map(|name| ran.count("all", name));
        assert_eq!((matched, failed, vanished), (keys(), 0, 0), "{}\n{}", ran.stdout, ran.stderr);
        assert!(!self.scene.folder().join("all.cp").exists(), "the record is left");
    }
}

/// Kills a run again and again. At most so many keys are read twice for each kill.
fn few_are_read_twice(setup: &Setup, for_each_kill: u64) {
    let before = setup.scene.source.calls("dump");
    let ran = setup.kill_again_and_again(&[]);
    setup.check(&ran);
    let twice = setup.scene.source.calls("dump") - before - keys();
    expect_same_digests(&setup.scene.source, &setup.scene.destination);
    let most = kills() * for_each_kill;
    assert!(twice <= most, "{twice} keys were read twice, more than {most}");
}

#[test]
fn a_run_that_is_killed_again_and_again_moves_every_key_and_reads_few_keys_twice() {
    let setup = Setup::new(Kind::Redis70, "");
    // The keys of a quarter of a second may be in flight.
    few_are_read_twice(&setup, setup.rate / 4);
}

#[test]
fn with_replace_only_the_keys_since_the_last_record_are_read_twice() {
    let setup = Setup::new(Kind::Valkey91, "on_existing = \"replace\"\nlanes = 4");
    // A record is a second old, and then written.
    few_are_read_twice(&setup, setup.rate * 3 / 2);
}

#[test]
fn a_run_with_a_backup_that_is_killed_again_and_again_moves_every_key() {
    let setup = Setup::new(Kind::Redis82, "");
    let file = setup.scene.source.save();
    let ran = setup.kill_again_and_again(&[format!("source.rdb={}", file.display())]);
    setup.check(&ran);
    expect_same_digests(&setup.scene.source, &setup.scene.destination);
}

#[test]
fn a_run_with_a_cluster_that_is_killed_again_and_again_moves_every_key() {
    for kind in [Kind::Redis70, Kind::Redis82] {
        let setup = Setup::new(kind, "lanes = 2");
        let cluster = Cluster::start(kind);
        let fill = [cluster.setting("destination"), UNLIMITED.to_owned(), "checkpoint=fill.cp".to_owned()];
        setup.scene.prepare_job(&fill).run().exits(0);
        let ran = setup.kill_again_and_again(&[cluster.setting("source")]);
        setup.check(&ran);
        expect_same_digests(&setup.scene.source, &setup.scene.destination);
    }
}

/// A run that was killed in the middle.
fn killed(settings: &[String]) -> Setup {
    let setup = Setup::new(Kind::Redis70, "");
    setup.kill_in_the_middle(settings);
    setup
}

/// How many keys the record counts.
fn recorded(scene: &Scene) -> u64 {
    let record: Value = serde_json::from_str(&scene.read("all.cp")).expect("a record is JSON");
    record["keys"].as_u64().expect("a number")
}

/// Checks that the positions do not count: a strict run is refused, and another one walks from the beginning.
fn begins_again(setup: &Setup, settings: &[String], why: &str) -> Ran {
    let (record, unlimited) = (setup.scene.read("all.cp"), [settings, &[UNLIMITED.to_owned()]].concat());
    setup.resume_as("--resume=strict", &unlimited).run().exits(2).stderr_has(why);
    assert_eq!(setup.scene.read("all.cp"), record);
    let ran = setup.resume(&unlimited).run().exits(0);
    let warning = ran.stderr.lines().find(|line| line.contains("so the job starts from the beginning"));
    assert!(warning.is_some_and(|warning| warning.contains(why)), "{}", ran.stderr);
    setup.check(&ran);
    expect_same_digests(&setup.scene.source, &setup.scene.destination);
    ran
}

#[test]
fn a_source_that_was_restarted_is_walked_from_the_beginning() {
    let setup = killed(&[]);
    let there = setup.scene.destination.size().cast_unsigned();
    setup.scene.source.save();
    setup.scene.source.stop();
    setup.scene.source.start_again();
    let ran = begins_again(&setup, &[], "the source is another process");
    assert_eq!((ran.count("all", "existing"), ran.count("all", "copied")), (there, keys() - there));
}

#[test]
fn a_replica_that_took_the_place_of_the_source_is_walked_from_the_beginning() {
    let setup = Setup::new(Kind::Redis70, "");
    let line = Proxy::to(setup.scene.source.port());
    let settings = [format!("source.port={}", line.port())];
    setup.kill_in_the_middle(&settings);
    let replica = Server::start(Kind::Redis70);
    replica.run(words!["REPLICAOF", "127.0.0.1", setup.scene.source.port()]);
    replica.until_reply_has("master_link_status:up", words!["INFO", "replication"]);
    replica.run(words!["REPLICAOF", "NO", "ONE"]);
    line.switch_to(replica.port());
    begins_again(&setup, &settings, "the source is another process");
}

#[test]
fn a_destination_that_was_restarted_empty_gets_every_key() {
    let setup = killed(&[]);
    setup.scene.destination.stop();
    setup.scene.destination.start_again();
    let ran = begins_again(&setup, &[], "the destination is another process");
    ran.outcomes("all", &format!("copied {}", keys()));
}

#[test]
fn another_selection_is_walked_from_the_beginning() {
    let setup = killed(&[]);
    let more = ["exclude=none:*".to_owned()];
    begins_again(&setup, &more, "`exclude`");
}

#[test]
fn a_destination_that_was_flushed_between_two_runs_is_noticed() {
    let setup = killed(&[]);
    setup.scene.destination.run(words!["FLUSHALL"]);
    let ran = setup.resume(&[UNLIMITED.to_owned()]).run().exits(6);
    ran.stderr_has("FLUSHALL");
}

#[test]
fn a_run_that_continues_counts_every_key_once_in_its_summary() {
    let setup = killed(&[]);
    let (recorded, there) = (recorded(&setup.scene), setup.scene.destination.size().cast_unsigned());
    assert!(recorded <= there);
    let ran = setup.resume(&[UNLIMITED.to_owned()]).run().exits(0);
    let continued =
        format!("job `all` continues where the earlier run was (keys with an outcome: {})", grouped(recorded));
    assert!(ran.stderr.contains(&continued), "{}", ran.stderr);
    setup.check(&ran);
    // What was copied after the record is found at the destination.
    assert_eq!(
        (ran.count("all", "existing"), ran.count("all", "copied")),
        (there - recorded, keys() - there + recorded)
    );
    let types: u64 =
        ran.job("all")["by_type"].as_object().expect("types").values().map(|of| of["keys"].as_u64().unwrap()).sum();
    assert_eq!(types, keys() - there + recorded);
}

fn grouped(number: u64) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}

#[test]
fn a_job_that_the_earlier_run_has_finished_is_not_run_again() {
    let scene = Scene::new();
    scene.source.fill(400);
    let job = |name: &str, pattern: &str| {
        format!(
            "[[job]]\nname = \"{name}\"\nsource = {{SOURCE}}\ndestination = {{DESTINATION}}\nmatch = \"{pattern}\"\nsleep = \"0s\"\n\
             checkpoint = \"{{job}}.cp\"\n"
        )
    };
    let limit = "max_keys_per_second = 20\nscan_batch_size = 10\n";
    scene.file("job.toml", &format!("{}{}{limit}", job("first", "key:1*"), job("second", "key:2*")));
    let arguments = ["run", "job.toml", "--resume", "--report", "report.json"];
    let mut running = scene.prepare(&arguments).spawn();
    running.until("the second job has begun", |scene| scene.destination.size() > 115);
    running.signal(Signal::TERM);
    running.wait().exits(143).stdout_has("--resume");
    let ran = scene.run(&[&arguments[..], &["--set", "job.second.max_keys_per_second=1000000"]].concat()).exits(0);
    assert!(ran.stderr.contains("job `first`: the earlier run has finished it (keys: 111)"), "{}", ran.stderr);
    let ran = ran.outcomes("first", "copied 111");
    assert_eq!(ran.count("second", "matched"), 111);
    assert_eq!(["first", "second"].map(|job| ran.status_of(job)), ["done", "done"]);
    assert_eq!(scene.destination.size(), 222);
    let left = ["first.cp", "second.cp"].map(|name| scene.folder().join(name).exists());
    assert_eq!(left, [false; 2]);
}

#[test]
fn a_run_with_several_databases_continues_in_the_one_where_it_was() {
    let scene = Scene::new();
    for db in [0, 3, 7] {
        let mut pipeline = Pipeline::new();
        for number in 0..700 {
            pipeline.add(words!["SET", format!("db{db}:{number}"), "x"]);
        }
        scene.source.db(db).run_all(&pipeline);
    }
    let limits = "max_keys_per_second = 700\nscan_batch_size = 50\nlanes = 2";
    scene.job(&format!("checkpoint = \"{{job}}.cp\"\n{limits}"));
    let arguments = ["run", "job.toml", "--resume", "--report", "report.json", "--set", "source.db=all"];
    let mut running = scene.prepare(&arguments).spawn();
    running.until("a record has keys of the second database", |scene| {
        scene.folder().join("all.cp").exists() && recorded(scene) > 800
    });
    running.signal(Signal::KILL);
    running.wait_killed();
    let copied = scene.source.calls("dump");
    // A database that has keys only now is walked, too.
    scene.source.db(5).run(words!["SET", "new", "x"]);
    let ran = scene.run(&[&arguments[..], &["--set", UNLIMITED]].concat()).exits(0);
    ran.assert_account("all");
    assert_eq!(ran.count("all", "matched"), 2101, "{}", ran.stdout);
    // Besides the new keys, only what was in flight is read, and pre-flight reads a missing key.
    let read = scene.source.calls("dump") - copied;
    assert!(read < 2101 - 800, "{read}");
    for (db, keys) in [(0, 700), (3, 700), (5, 1), (7, 700)] {
        assert_eq!(scene.destination.db(db).run(words!["DBSIZE"]).integer(), keys, "database {db}");
    }
}
