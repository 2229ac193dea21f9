//! Whether and how source and destination are compared.

use std::time::Duration;

use insta::assert_snapshot;

use super::Scene;
use crate::job::{Verify, VerifyExtra, VerifyMode};

#[test]
fn nothing_is_compared_unless_the_job_says_so() {
    assert_eq!(Scene::job("").only_job().verify, Verify::off());
}

#[test]
fn each_job_has_its_own_verification_and_the_name_of_its_file() {
    let defaults = "[defaults]\nsource.host = \"a\"\ndestination.host = \"b\"\nverify_log = \"{job}.jsonl\"\n";
    let jobs = "[[job]]\nname = \"carts\"\nverify = \"full\"\nverify_extra = \"ignore\"\nverify_tolerance = \"1.5s\"\n\
                [[job]]\nname = \"rest\"\nverify = \"sample\"\nverify_tolerance = \"0s\"\n";
    let scene = Scene::new().file("a.toml", format!("{defaults}{jobs}"));
    let found: Vec<Verify> = scene.loads().into_jobs().into_iter().map(|job| job.verify).collect();
    let carts = Verify {
        mode: VerifyMode::Full,
        extra: VerifyExtra::Ignore,
        tolerance: Some(Duration::from_millis(1500)),
        log: "carts.jsonl".into(),
        ..Verify::off()
    };
    let rest = Verify {
        mode: VerifyMode::Sample,
        extra: VerifyExtra::Differ,
        tolerance: Some(Duration::ZERO),
        log: "rest.jsonl".into(),
        ..Verify::off()
    };
    assert_eq!(found, [carts, rest]);
}

#[test]
fn variables_and_overrides_set_every_key() {
    let scene = Scene::job("verify = \"full\"")
        .env("RKM_VERIFY", "sample")
        .env("RKM_VERIFY_EXTRA", "ignore")
        .env("RKM_JOB__A__VERIFY_TOLERANCE", "2s")
        .set("verify_log=d.jsonl");
    assert_snapshot!(scene.shows("verify"), @r#"
    a verify = "sample" (RKM_VERIFY)
    a verify_extra = "ignore" (RKM_VERIFY_EXTRA)
    a verify_tolerance = "2s" (RKM_JOB__A__VERIFY_TOLERANCE)
    a verify_log = "d.jsonl" (--set verify_log)
    "#);
}

#[test]
fn a_wrong_value_is_reported_with_its_key_and_what_is_allowed() {
    let lines = "verify = true\nverify_extra = \"off\"\nverify_tolerance = 0.2\nverify_log = \"\"";
    assert_snapshot!(Scene::job(lines).faults(), @r#"
    a.toml:4: job `a`: `verify` is true, but must be "off", "sample" or "full"
    a.toml:5: job `a`: `verify_extra` is "off", but must be "differ" or "ignore"
    a.toml:6: job `a`: `verify_tolerance` is 0.2, but must be a duration of at most 365 days, such as "250ms", "1s" or "0s"
      hint: write seconds as "0.2s"
    a.toml:7: job `a`: `verify_log` is "", but must be the path of a file, not empty and not a URL
    "#);
    let others = "verify = \"yes\"\nverify_extra = false\nverify_tolerance = \"-1s\"\nverify_log = \"redis://u:p@h\"";
    assert_snapshot!(Scene::job(others).faults(), @r#"
    a.toml:4: job `a`: `verify` is "yes", but must be "off", "sample" or "full"
    a.toml:5: job `a`: `verify_extra` is false, but must be "differ" or "ignore"
    a.toml:6: job `a`: `verify_tolerance` is "-1s", but must be a duration of at most 365 days, such as "250ms", "1s" or "0s"
    a.toml:7: job `a`: `verify_log` is ***, but must be the path of a file, not empty and not a URL
    "#);
}

#[test]
fn lists_of_keys_backups_and_clusters_can_be_verified() {
    for (source, destination) in [
        ("{ host = \"a\", db = \"all\" }", "{ host = \"b\" }"),
        ("{ host = \"a\" }\nkeys_from = \"keys.txt\"", "{ host = \"b\" }"),
        ("{ rdb = \"a.rdb\" }", "{ host = \"b\" }"),
        ("{ cluster = [\"a\"] }", "{ cluster = [\"b\"] }"),
    ] {
        let job = format!("[[job]]\nname = \"a\"\nsource = {source}\ndestination = {destination}\nverify = \"full\"\n");
        let scene = Scene::new().file("a.toml", job);
        assert_eq!((scene.only_job().verify.mode, &*scene.warnings()), (VerifyMode::Full, ""), "{source}");
    }
}

#[test]
fn standard_input_cannot_be_read_again_to_be_verified() {
    let job = |verify| {
        let source = "source = { rdb = \"-\" }\ndestination = { host = \"b\" }";
        Scene::new().file("a.toml", format!("[[job]]\nname = \"a\"\n{source}\nverify = \"{verify}\"\n"))
    };
    assert_eq!(job("off").only_job().verify.mode, VerifyMode::Off);
    assert_snapshot!(
        job("sample").faults(),
        @r#"a.toml:1: job `a`: `verify` must be "off", because standard input (`source.rdb`) can be read only once: verify a file"#
    );
}
