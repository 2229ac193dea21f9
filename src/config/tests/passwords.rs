//! Password files.

use insta::assert_snapshot;

use super::{Scene, server};
use crate::config::Secrets;

#[test]
fn a_password_is_read_from_its_file_without_the_newline_at_its_end() {
    let job = Scene::job("").there("secret", "p ss\r\n").set_path("source.password_file", "secret").only_job();
    assert_eq!(server(&job).password.clone().expect("a password").reveal(), "p ss");
    assert!(job.destination.password.is_none());
}

#[test]
fn only_files_that_a_password_comes_from_are_listed() {
    let scene = Scene::job("source.password_file = \"none\"").there("secret", "p").there("weak", "q");
    let loaded = scene.env("RKM_SOURCE__PASSWORD", "p").set_path("destination.password_file", "secret").loads();
    let names: Vec<_> = loaded.password_files().filter_map(|path| path.file_name()).collect();
    assert_eq!(names, ["secret"]);
}

#[test]
fn a_password_file_that_cannot_be_read_is_a_fault_for_a_run() {
    let scene = Scene::job("")
        .set_path("source.password_file", "none")
        .there("bad", b"\xff")
        .set_path("destination.password_file", "bad");
    assert_snapshot!(scene.faults(), @r"
        --set source.password_file: `source.password_file`: cannot read none: No such file or directory (os error 2)
        --set destination.password_file: `destination.password_file`: cannot read bad: it is not valid UTF-8
    ");
}

#[test]
fn and_a_warning_where_jobs_are_only_looked_at() {
    let scene = Scene::job("").set_path("source.password_file", "none").secrets(Secrets::Warn);
    assert_snapshot!(scene.warnings(), @"--set source.password_file: `source.password_file`: cannot read none: No such file or directory (os error 2)");
    assert!(server(&scene.only_job()).password.is_none());
}

#[test]
fn one_file_for_many_jobs_is_reported_once() {
    let file = "[defaults]\ndestination = { host = \"x\", password_file = \"/none/at/all\" }\n\
                [[job]]\nname = \"a\"\n[[job]]\nname = \"b\"\n";
    assert_snapshot!(Scene::new().file("a.toml", file).faults(), @"a.toml:2: `destination.password_file`: cannot read /none/at/all: No such file or directory (os error 2)");
    assert_snapshot!(Scene::new().file("a.toml", file).secrets(Secrets::Warn).warnings(), @"a.toml:2: `destination.password_file`: cannot read /none/at/all: No such file or directory (os error 2)");
}

#[test]
fn a_stronger_password_takes_the_place_of_a_weaker_file_and_the_other_way_round() {
    let job = Scene::job("source.password_file = \"none\"").env("RKM_SOURCE__PASSWORD", "p").only_job();
    assert_eq!(server(&job).password.clone().expect("a password").reveal(), "p");
    let scene = Scene::job("source.password = \"p\"").there("secret", "q");
    let job = scene.set_path("source.password_file", "secret").only_job();
    assert_eq!(server(&job).password.clone().expect("a password").reveal(), "q");
}

#[test]
fn another_password_for_a_url_without_a_user_does_not_bring_back_a_weaker_user() {
    let scene = || Scene::job("source.username = \"u\"").env("RKM_SOURCE__URL", "redis://:p@h").there("secret", "q");
    for scene in [scene().set("source.password=q"), scene().set_path("source.password_file", "secret")] {
        let job = scene.only_job();
        assert_eq!(server(&job).username, None);
        assert_eq!(server(&job).password.clone().expect("a password").reveal(), "q");
    }
    assert_eq!(server(&scene().set("source.username=v").only_job()).username.as_deref(), Some("v"));
}
