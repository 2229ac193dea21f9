//! How many connections a run holds at once: servers limit their clients.

use std::fmt::Write;

use crate::support::{Counter, Kind, Ran, Scene, Server, words};

/// The connections of a job to its source: control, key names, values.
const SOURCE: usize = 3;
/// The connections of a job to its destination: control, writes, and one more that is compared during pre-flight.
const DESTINATION: usize = 3;
const JOBS: usize = 12;

/// Writes `jobs.toml`: jobs for the keys `key:0` to `key:11`, each from a database of its own if they are spread.
fn jobs(scene: &Scene, [from, to]: [u16; 2], is_spread: bool) {
    let mut jobs = format!(
        "[defaults]\nsource = {{ host = \"127.0.0.1\", port = {from} }}\nsleep = \"0s\"\n\
         destination = {{ host = \"127.0.0.1\", port = {to} }}\n"
    );
    for number in 0..JOBS {
        let db = if is_spread { number } else { 0 };
        writeln!(
            jobs,
            "[[job]]\nname = \"job-{number}\"\nmatch = \"key:{number}\"\nsource.db = {db}\ndestination.db = {db}"
        )
        .expect("a text");
    }
    scene.file("jobs.toml", &jobs);
}

/// A source with keys in each of the databases of the jobs.
fn filled(scene: &Scene) {
    for db in 0..JOBS {
        let mut client = scene.source.db(u16::try_from(db).expect("it is small"));
        for number in 0..JOBS {
            client.run(words!["SET", format!("key:{number}"), number]);
        }
    }
}

#[track_caller]
fn moved_a_key_each(ran: Ran) {
    let ran = ran.exits(0).errors_and_warnings(&[]);
    for number in 0..JOBS {
        assert_eq!(ran.count(&format!("job-{number}"), "copied"), 1, "job-{number}");
    }
}

#[test]
fn jobs_hold_no_more_connections_than_one_job() {
    for kind in [Kind::Redis62, Kind::Redis82] {
        let scene = Scene::between(kind, kind);
        filled(&scene);
        let (source, destination) = (Counter::to(scene.source.port()), Counter::to(scene.destination.port()));
        for is_spread in [false, true] {
            scene.destination.run(words!["FLUSHALL"]);
            jobs(&scene, [source.port(), destination.port()], is_spread);
            for arguments in [
                &["check", "jobs.toml", "--connect"][..],
                &["run", "jobs.toml", "--dry-run"],
                &["run", "jobs.toml", "--report", "report.json"],
            ] {
                let ran = scene.run(arguments).exits(0);
                let ((from, _), (to, _)) = (source.take(), destination.take());
                assert!(
                    from <= SOURCE && to <= DESTINATION,
                    "{arguments:?}: {from} to the source, {to} to the destination"
                );
                if arguments.contains(&"--report") {
                    moved_a_key_each(ran);
                }
            }
        }
    }
}

#[test]
fn connections_to_servers_that_refuse_do_not_add_up_either() {
    let scene = Scene::of(Server::start(Kind::Redis70), Server::with(Kind::Redis70, &["--requirepass", "right"]));
    filled(&scene);
    let (source, destination) = (Counter::to(scene.source.port()), Counter::to(scene.destination.port()));
    jobs(&scene, [source.port(), destination.port()], true);
    scene.run(&["run", "jobs.toml", "--keep-going"]).exits(3).stderr_has("NOAUTH");
    let ((from, _), (to, _)) = (source.take(), destination.take());
    assert!(from <= SOURCE && to <= DESTINATION, "{from} to the source, {to} to the destination");
}

#[test]
fn twelve_jobs_run_on_servers_that_permit_twenty_connections() {
    let server = || Server::with(Kind::Redis70, &["--maxclients", "20"]);
    let scene = Scene::of(server(), server());
    filled(&scene);
    for is_spread in [false, true] {
        scene.destination.run(words!["FLUSHALL"]);
        jobs(&scene, [scene.source.port(), scene.destination.port()], is_spread);
        moved_a_key_each(scene.run(&["run", "jobs.toml", "--report", "report.json"]));
    }
    for server in [&scene.source, &scene.destination] {
        let stats = server.run(words!["INFO", "stats"]).text();
        assert!(stats.contains("rejected_connections:0\r\n"), "{stats}");
    }
}

#[test]
fn jobs_with_the_same_servers_are_examined_with_the_same_connections() {
    let scene = Scene::new();
    filled(&scene);
    let (source, destination) = (Counter::to(scene.source.port()), Counter::to(scene.destination.port()));
    jobs(&scene, [source.port(), destination.port()], false);
    scene.run(&["check", "jobs.toml", "--connect"]).exits(0);
    // Six of each are only compared with the others.
    assert_eq!((source.take().1, destination.take().1), (3 + 6, 2 + 6));
}

#[test]
fn a_backup_of_many_databases_holds_few_connections() {
    let scene = Scene::new();
    filled(&scene);
    let backup = scene.source.save();
    let destination = Counter::to(scene.destination.port());
    let job = format!(
        "[[job]]\nname = \"all\"\nsource = {{ rdb = \"{}\", db = \"all\" }}\n\
         destination = {{ host = \"127.0.0.1\", port = {} }}\n",
        backup.display(),
        destination.port()
    );
    for sleep in ["0s", "1ms"] {
        scene.destination.run(words!["FLUSHALL"]);
        scene.file("job.toml", &format!("{job}sleep = \"{sleep}\"\n"));
        for arguments in [
            &["check", "job.toml", "--connect"][..],
            &["run", "job.toml", "--dry-run"],
            &["run", "job.toml", "--report", "report.json"],
        ] {
            scene.run(arguments).exits(0);
            let (to, _) = destination.take();
            assert!(to <= 5, "{arguments:?}: {to} connections");
        }
        scene.run(&["run", "job.toml", "--report", "report.json"]).exits(0).outcomes("all", "existing 144");
    }
}
