//! Which layer counts, and how values from outside of files are read.

use std::time::Duration;

use insta::assert_snapshot;
use proptest::prelude::*;

use super::{Scene, server};
use crate::job::{Glob, LogMode, OnExisting};

#[test]
fn a_job_without_anything_has_the_built_in_defaults() {
    assert_snapshot!(Scene::job("").shows(""), @r#"
    a name = "a" (a.toml:2)
    a source.host = "localhost" (a.toml:7)
    a source.port = 6379 (default)
    a source.db = 0 (default)
    a source.connect_timeout = "5s" (default)
    a source.response_timeout = "60s" (default)
    a source.retry = "5m" (default)
    a source.allow_stale_replica = false (default)
    a destination.host = "b" (a.toml:3)
    a destination.port = 6379 (default)
    a destination.db = 0 (default)
    a destination.connect_timeout = "5s" (default)
    a destination.response_timeout = "60s" (default)
    a destination.retry = "5m" (default)
    a enabled = true (default)
    a match = "*" (default)
    a scan_batch_size = 1000 (default)
    a lanes = "auto" (default)
    a pipeline_batch_size = 1000 (default)
    a max_processed_existing_keys = 1000 (default)
    a sleep = "1s" (default)
    a max_errored_keys = 1000 (default)
    a on_existing = "skip" (default)
    a on_unsupported = "fail" (default)
    a functions = false (default)
    a share_walk = true (default)
    a verify = "off" (default)
    a verify_extra = "differ" (default)
    a verify_log = "redis-keys-migrator-differences.jsonl" (default)
    a error_log.path = "redis-keys-migrator-error.log" (default)
    a error_log.mode = "overwrite" (default)
    a error_log.format = "text" (default)
    "#);
}

#[test]
fn the_built_in_defaults_are_values_of_the_job() {
    let job = Scene::job("").only_job();
    assert_eq!(job.sleep, Duration::from_secs(1));
    assert_eq!(server(&job).response_timeout, Duration::from_mins(1));
    assert_eq!((job.on_existing, job.error_log.mode), (OnExisting::Skip, LogMode::Overwrite));
    assert_eq!(job.selection.matches, [Glob::new("*")]);
}

#[test]
fn each_layer_is_stronger_than_the_one_before() {
    let file = "[defaults]\nsleep = \"2s\"\n[[job]]\nname = \"a\"\nsource.host = \"y\"\ndestination.host = \"x\"\n";
    let mut scene = Scene::new().file("a.toml", file);
    assert_snapshot!(scene.shows("sleep"), @r#"a sleep = "2s" (a.toml:2)"#);
    scene = Scene::new().file("a.toml", format!("{file}sleep = \"3s\"\n")).script_variables();
    assert_snapshot!(scene.shows("sleep"), @r#"a sleep = "3s" (a.toml:7)"#);
    scene = scene.env("SLEEP_TIME", "4");
    assert_snapshot!(scene.shows("sleep"), @r#"a sleep = "4s" (SLEEP_TIME)"#);
    scene = scene.env("RKM_SLEEP", "5s");
    assert_snapshot!(scene.shows("sleep"), @r#"a sleep = "5s" (RKM_SLEEP)"#);
    scene = scene.env("RKM_JOB__A__SLEEP", "6s");
    assert_snapshot!(scene.shows("sleep"), @r#"a sleep = "6s" (RKM_JOB__A__SLEEP)"#);
    scene = scene.set("sleep=7s");
    assert_snapshot!(scene.shows("sleep"), @r#"a sleep = "7s" (--set sleep)"#);
    scene = scene.set("job.a.sleep=8s").set("sleep=9s");
    assert_snapshot!(scene.shows("sleep"), @r#"a sleep = "8s" (--set job.a.sleep)"#);
}

#[test]
fn tables_merge_key_by_key_and_lists_replace() {
    let file = "[defaults]\nsource = { host = \"h\", port = 7000 }\nmatch = [\"a\", \"b\"]\n\
                [[job]]\nname = \"a\"\ndestination.host = \"x\"\nsource.db = 3\nmatch = [\"c\"]\n";
    let scene = Scene::new().file("a.toml", file);
    assert_snapshot!(scene.shows("source."), @r#"
        a source.host = "h" (a.toml:2)
        a source.port = 7000 (a.toml:2)
        a source.db = 3 (a.toml:7)
        a source.connect_timeout = "5s" (default)
        a source.response_timeout = "60s" (default)
        a source.retry = "5m" (default)
        a source.allow_stale_replica = false (default)
    "#);
    assert_snapshot!(scene.shows("match"), @r#"a match = ["c"] (a.toml:8)"#);
}

#[test]
fn defaults_of_one_file_do_not_reach_another() {
    let scene = Scene::new()
        .file(
            "a.toml",
            "[defaults]\nsleep = \"2s\"\nsource.host = \"y\"\n[[job]]\nname = \"a\"\ndestination.host = \"x\"\n",
        )
        .file("b.toml", "[[job]]\nname = \"b\"\ndestination.host = \"x\"\n");
    assert_snapshot!(scene.shows("sleep"), @r#"
        a sleep = "2s" (a.toml:2)
        b sleep = "1s" (default)
    "#);
}

#[test]
fn values_from_outside_are_read_as_the_type_of_their_key() {
    for text in ["[ab]", "643", "{x}", "true", "007", "\"quoted\"", "'", "", " ", "a=b", "ä", "#"] {
        let by_variable = Scene::job("").env("RKM_SOURCE__PASSWORD", text).only_job();
        assert_eq!(server(&by_variable).password.clone().expect("a password").reveal(), text);
        let by_option = Scene::job("").set(&format!("source.username={text}")).only_job();
        assert_eq!(server(&by_option).username.as_deref(), Some(text));
    }
    for pattern in ["[ab]", "643", "{x}", "true", "007", "\"quoted\"", "[1]"] {
        let job = Scene::job("").env("RKM_MATCH", pattern).only_job();
        assert_eq!(job.selection.matches, [Glob::new(pattern)]);
    }
    let job = Scene::job("").env("RKM_JOB__A__MATCH", "['a*', \"[b]\"]").set("types=hash").only_job();
    assert_eq!(job.selection.matches, [Glob::new("a*"), Glob::new("[b]")]);
    assert_eq!(job.selection.types, ["hash"]);
}

#[test]
fn an_exclusion_can_be_lifted() {
    assert_eq!(Scene::job("exclude = \"x\"").set("exclude=[]").only_job().selection.exclude, []);
}

#[test]
fn a_url_in_a_stronger_layer_takes_the_place_of_the_address() {
    let scene = Scene::job("source = { host = \"h\", port = 7000, db = 3, username = \"u\", password = \"p\" }");
    assert_snapshot!(scene.set("source.url=redis://new").shows("source."), @r#"
        a source.host = "new" (--set source.url)
        a source.port = 6379 (--set source.url)
        a source.db = 3 (a.toml:4)
        a source.username = "u" (a.toml:4)
        a source.password = *** (a.toml:4)
        a source.connect_timeout = "5s" (default)
        a source.response_timeout = "60s" (default)
        a source.retry = "5m" (default)
        a source.allow_stale_replica = false (default)
    "#);
}

#[test]
fn what_a_url_names_takes_the_place_too() {
    let scene = Scene::job("source = { host = \"h\", db = 3, username = \"u\", password_file = \"none\" }");
    assert_snapshot!(scene.env("RKM_SOURCE__URL", "redis://v:s3cr3t@new:7/4").shows("source."), @r#"
        a source.host = "new" (RKM_SOURCE__URL)
        a source.port = 7 (RKM_SOURCE__URL)
        a source.db = 4 (RKM_SOURCE__URL)
        a source.username = "v" (RKM_SOURCE__URL)
        a source.password = *** (RKM_SOURCE__URL)
        a source.connect_timeout = "5s" (default)
        a source.response_timeout = "60s" (default)
        a source.retry = "5m" (default)
        a source.allow_stale_replica = false (default)
    "#);
    let scene = Scene::job("source = { username = \"u\", password = \"p\" }");
    assert_snapshot!(scene.env("RKM_SOURCE__URL", "redis://:s3cr3t@new").shows("source."), @r#"
        a source.host = "new" (RKM_SOURCE__URL)
        a source.port = 6379 (RKM_SOURCE__URL)
        a source.db = 0 (default)
        a source.password = *** (RKM_SOURCE__URL)
        a source.connect_timeout = "5s" (default)
        a source.response_timeout = "60s" (default)
        a source.retry = "5m" (default)
        a source.allow_stale_replica = false (default)
    "#);
}

#[test]
fn keys_that_a_url_does_not_have_are_given_beside_it() {
    let beside = Scene::job("source = { url = \"redis://h:7\", db = 3, username = \"u\", password = \"p\" }");
    let whole = Scene::job("source.url = \"redis://u:p@h:7/3\"");
    assert_eq!(format!("{:?}", beside.only_job()), format!("{:?}", whole.only_job()));
    let job = Scene::job("source = { url = \"redis://:p@h\", username = \"u\" }").only_job();
    assert_eq!(server(&job).username.as_deref(), Some("u"));
    assert_eq!(server(&job).password.clone().expect("a password").reveal(), "p");
    let job =
        Scene::job("destination.password = \"p\"\nsource = { url = \"redis://u@h\", password = \"q\" }").only_job();
    assert_eq!(server(&job).username.as_deref(), Some("u"), "a user with a password beside it is no doubt");
}

#[test]
fn single_keys_in_a_stronger_layer_change_their_part_of_a_url() {
    let scene = || Scene::job("source.url = \"redis://u:p@h:7000/3\"");
    assert_snapshot!(scene().set("source.host=new").shows("source."), @r#"
        a source.host = "new" (--set source.host)
        a source.port = 7000 (a.toml:4)
        a source.db = 3 (a.toml:4)
        a source.username = "u" (a.toml:4)
        a source.password = *** (a.toml:4)
        a source.connect_timeout = "5s" (default)
        a source.response_timeout = "60s" (default)
        a source.retry = "5m" (default)
        a source.allow_stale_replica = false (default)
    "#);
    let job = scene().env("RKM_SOURCE__PORT", "1").env("RKM_SOURCE__PASSWORD", "q").only_job();
    assert_eq!((server(&job).address(), server(&job).db), ("h:1".to_owned(), 3));
    assert_eq!(server(&job).password.clone().expect("a password").reveal(), "q");
}

#[test]
fn a_url_alone_names_a_destination() {
    let scene = Scene::new().file("a.toml", "[[job]]\nname = \"a\"\ndestination.url = \"redis://[::1]:7\"\n");
    assert_eq!(scene.only_job().destination.address(), "[::1]:7");
}

#[test]
fn effective_overrides_are_listed_without_secrets() {
    let scene = Scene::new()
        .file(
            "a.toml",
            "[[job]]\nname = \"a\"\ndestination.host = \"x\"\n[[job]]\nname = \"b\"\ndestination.host = \"x\"\n",
        )
        .env("RKM_SLEEP", "0s")
        .env("RKM_SOURCE__PASSWORD", "s3cr3t")
        .env("RKM_ON_EXISTING", "replace")
        .set("job.b.sleep=2s")
        .set("on_existing=skip");
    let all: Vec<String> = scene.loads().overrides().iter().map(ToString::to_string).collect();
    assert_snapshot!(all.join("\n"), @r#"
        `source.password` is ***, set by RKM_SOURCE__PASSWORD (in a, b)
        `sleep` is "0s", set by RKM_SLEEP (in a)
        `on_existing` is "skip", set by --set on_existing (in a, b)
        `sleep` is "2s", set by --set job.b.sleep (in b)
    "#);
}

#[test]
fn no_debug_output_shows_a_secret() {
    let scene = Scene::job("source.url = \"redis://u:s3cr3t@h\"\ndestination.password = \"s3cr3t\"");
    let loaded = scene.loads();
    assert_eq!(server(&loaded.jobs[0].job).password.as_ref().expect("a password").reveal(), "s3cr3t");
    assert!(!format!("{loaded:?}").contains("s3cr3t"));
}

#[test]
fn the_long_form_of_a_mode_is_shown() {
    assert_snapshot!(Scene::job("error_log = { path = \"x.log\", mode = \"a\" }").shows("error_log"), @r#"
        a error_log.path = "x.log" (a.toml:4)
        a error_log.mode = "append" (a.toml:4)
        a error_log.format = "text" (default)
    "#);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_arrives_from_a_variable_and_from_an_option(text in any::<String>()) {
        let job = Scene::job("").env("RKM_JOB__A__SOURCE__PASSWORD", &text).set(&format!("source.username={text}")).only_job();
        prop_assert_eq!(server(&job).password.clone().map(|password| password.reveal().to_owned()), Some(text.clone()));
        prop_assert_eq!(server(&job).username.clone(), Some(text));
    }
}

#[test]
fn service_links_of_kubernetes_are_ignored() {
    let scene = Scene::job("").env("RKM_PORT", "tcp://10.0.0.9:6379").env("RKM_SERVICE_HOST", "10.0.0.9");
    assert_eq!(scene.loads().service_links, ["RKM_PORT", "RKM_SERVICE_HOST"]);
    assert_snapshot!(scene.env("RKM_SERVICE_HOSTS", "10.0.0.9").faults(), @r"
    RKM_SERVICE_HOSTS: unknown variable
      hint: `redis-keys-migrator show --defaults` lists all keys
    ");
}
