//! Files instead of servers.

use std::path::PathBuf;

use insta::assert_snapshot;

use super::{Scene, server};
use crate::job::{Backup, BackupPath, Databases, Job};

#[track_caller]
fn backup(job: &Job) -> Backup {
    job.source.backup().expect("a file").clone()
}

fn file(path: &str) -> BackupPath {
    BackupPath::File(PathBuf::from(path))
}

#[test]
fn a_file_replaces_every_key_of_a_server_in_weaker_layers() {
    let scene = Scene::new().file(
        "a.toml",
        "[defaults]\nsource = { host = \"h\", username = \"u\", password = \"p\", db = 4, connect_timeout = \"1s\" }\n\
         destination.host = \"b\"\n[[job]]\nname = \"a\"\nsource.rdb = \"x.rdb\"\n",
    );
    assert_snapshot!(scene.shows("source"), @r#"
        a source.db = 0 (default)
        a source.rdb = "x.rdb" (a.toml:6)
    "#);
    assert_eq!(backup(&scene.only_job()).db, Databases::One(0));
}

#[test]
fn a_stronger_host_or_url_replaces_a_file() {
    for stronger in ["source.host=h", "source.url=redis://h"] {
        let job = Scene::job("source.rdb = \"x.rdb\"").set(stronger).only_job();
        assert_eq!(server(&job).address(), "h:6379", "{stronger}");
    }
    let job = Scene::job("source.host = \"h\"").set("source.rdb=-").only_job();
    assert_eq!(backup(&job).files, [BackupPath::StandardInput]);
}

#[test]
fn the_database_of_a_server_says_nothing_of_a_file_nor_the_other_way_round() {
    let of_server = Scene::job("source.url = \"redis://h/3\"").set("source.rdb=x.rdb").only_job();
    assert_eq!(backup(&of_server).db, Databases::One(0));
    for stronger in ["source.host=h", "source.url=redis://h"] {
        let of_file = Scene::job("source = { rdb = \"x.rdb\", db = \"all\" }").set(stronger).only_job();
        assert_eq!(server(&of_file).db, 0, "{stronger}");
    }
    let of_another = Scene::job("source = { host = \"h\", db = 3 }").set("source.host=i").only_job();
    assert_eq!(server(&of_another).db, 3);
}

#[test]
fn another_path_keeps_the_database_that_was_chosen_of_the_file() {
    for (lines, stronger) in [
        ("source = { rdb = \"x.rdb\", db = \"all\" }", "source.rdb=-"),
        ("source.db = \"all\"\nsource.rdb = \"x.rdb\"", "job.a.source.rdb=y.rdb"),
    ] {
        assert_eq!(backup(&Scene::job(lines).set(stronger).only_job()).db, Databases::All, "{stronger}");
    }
    let scene = Scene::new().file(
        "a.toml",
        "[defaults]\nsource.rdb = \"x.rdb\"\ndestination.host = \"b\"\n[[job]]\nname = \"a\"\nsource.db = 7\n",
    );
    let job = scene.env("RKM_SOURCE__RDB", "y.rdb").only_job();
    assert_eq!((backup(&job).files.clone(), backup(&job).db), (vec![file("y.rdb")], Databases::One(7)));
}

#[test]
fn a_file_needs_no_password() {
    let job = Scene::job("source.rdb = \"x.rdb\"").env("RKM_SOURCE__PASSWORD_FILE", "/nonexistent").only_job();
    assert_eq!(backup(&job).files, [file("x.rdb")]);
}

#[test]
fn a_limit_of_the_sources_latency_does_not_slow_a_file() {
    let job = Scene::job("source.rdb = \"x.rdb\"\nmax_source_latency = \"2ms\"").only_job();
    assert_eq!(job.limits.source_latency, None);
}

#[test]
fn all_databases_of_a_file_or_one_are_chosen() {
    let all = Scene::job("source = { rdb = \"x.rdb\", db = \"all\" }").only_job();
    assert_eq!((backup(&all).files.clone(), backup(&all).db), (vec![file("x.rdb")], Databases::All));
    let one = Scene::job("source.rdb = \"x.rdb\"").set("source.db=7").only_job();
    assert_eq!(backup(&one).db, Databases::One(7));
    let by_variable = Scene::job("source.rdb = \"x.rdb\"").env("RKM_SOURCE__DB", "all").only_job();
    assert_eq!(backup(&by_variable).db, Databases::All);
    assert!(Scene::job("source.rdb = \"x.rdb\"").env("RKM_FUNCTIONS", "true").only_job().functions);
}

#[test]
fn a_file_and_a_server_in_one_layer_are_a_fault() {
    assert_snapshot!(Scene::job("source = { rdb = \"x.rdb\", host = \"h\", port = 1 }").faults(), @"a.toml:4: job `a`: `source.rdb`, `source.host` and `source.port` cannot be given together: keys are read from a file or from a server");
    assert_snapshot!(Scene::job("source = { rdb = \"x.rdb\", url = \"redis://h\" }").faults(), @"a.toml:4: job `a`: `source.rdb` and `source.url` cannot be given together: keys are read from a file or from a server");
}

#[test]
fn what_is_no_file_is_refused() {
    assert_snapshot!(Scene::job("source.rdb = \"\"").faults(), @r#"a.toml:4: job `a`: `source.rdb` is "", but must be the path of an RDB file, a glob, a list of them, or "-" for standard input"#);
    assert_snapshot!(Scene::job("destination.rdb = \"x.rdb\"").faults(), @r"
    a.toml:4: job `a`: unknown key `destination.rdb`
      hint: only `source` has this key
    ");
    assert_snapshot!(Scene::job("functions = \"yes\"").faults(), @r#"a.toml:4: job `a`: `functions` is "yes", but must be true or false"#);
}

#[test]
fn what_has_no_effect_is_said() {
    let of_file = Scene::job("source.rdb = \"x.rdb\"\nlanes = 4\nmax_source_latency = \"2ms\"").set("source.port=7");
    let said = |scene: Scene| scene.loads().warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert_snapshot!(said(of_file), @"job `a`: no effect, because the source is a file: `source.port`, `lanes`, `max_source_latency`");
    let of_connection = Scene::job("source = { rdb = \"x.rdb\", retry = \"1m\" }").set("source.response_timeout=7s");
    assert_snapshot!(said(of_connection), @"job `a`: no effect, because the source is a file: `source.response_timeout`, `source.retry`");
}
