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
    let names: Vec<_> = loaded.secret_files().filter_map(|path| path.file_name()).collect();
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
    let file = "[defaults]\ndestination = { host = \"x\", password_file = \"/none/at/all\" }\nsource.host = \"y\"\n\
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

#[test]
fn a_password_at_a_wrong_place_is_not_shown() {
    for secret in ["s3cr3t", "Ab/9+x==", "p@ss:w0rd", "p#q?r%", "0x1F-2E", "pa ss w", "pä55wört"] {
        let texts = [
            format!("redis://{secret}@h"),
            format!("unix://{secret}@/r.sock"),
            format!("rediss://u:{secret}@h/x"),
            format!("redis://u:{secret}@h:x"),
            format!("redis://u:{secret}@h/x"),
            format!("u:{secret}@h"),
        ];
        for text in &texts {
            for key in ["source.url", "source.host", "source.socket", "source.rdb", "source.port", "error_log.path"] {
                let scene = Scene::job("").set(&format!("{key}={text}"));
                assert!(!scene.faults().contains(secret), "{key}={text}: {}", scene.faults());
            }
            let scene = Scene::job("").set(text).given(text).only(text);
            assert!(!scene.faults().contains(secret), "{text}: {}", scene.faults());
        }
        for scene in [
            Scene::job("").set("source.password").given(secret),
            Scene::job("").given(&format!("source.password={secret}")),
            Scene::job("").set(&format!("source.password_file={secret}")),
            Scene::job("").set(secret),
            Scene::job("").set(&format!("password={secret}")),
            Scene::job("").env("RKM_PASSWORD", secret),
            Scene::job("").env("RKM_SOURCE__PASSWORD_FILE", secret),
            Scene::job(&format!("source.pass = {secret:?}")),
            Scene::job(&format!("source.password = [{secret:?}]")),
            Scene::job(&format!("source.password = {secret}")),
        ] {
            assert!(!scene.faults().contains(secret), "{secret}: {}", scene.faults());
        }
        let shown = Scene::job("").set(&format!("source.password_file={secret}")).secrets(Secrets::Warn);
        assert!(!shown.shows("source.").contains(secret) && !shown.warnings().contains(secret), "{secret}");
    }
}

#[test]
fn a_url_with_a_user_needs_a_password_of_its_layer_or_a_stronger_one() {
    assert_snapshot!(Scene::job("source.url = \"redis://s3cr3t@h\"").faults(), @r"
    a.toml:4: job `a`: `source.url` has a text before its `@` that may be a user or a password, and no password
      hint: write `:PASSWORD@`, `USER:PASSWORD@`, or, for a user without a password or whose password a stronger layer gives, `USER:@`
    ");
    Scene::job("source.url = \"redis://s3cr3t@h\"\ndestination.password = \"p\"").faults();
    Scene::job("source.password = \"p\"").set("source.url=redis://s3cr3t@h").faults();
    let user = |scene: Scene| server(&scene.only_job()).username.clone();
    let with = |url: &str| Scene::job(&format!("source.url = {url:?}"));
    assert_eq!(user(with("redis://u@h").env("RKM_SOURCE__PASSWORD", "p")).as_deref(), Some("u"));
    assert_eq!(user(with("redis://u:@h")).as_deref(), Some("u"));
    assert_eq!(user(with("redis://s3cr3t@h").set("source.username=v")).as_deref(), Some("v"));
    assert_eq!(user(with("redis://:p@h")), None);
}

#[test]
fn a_password_file_that_other_users_can_read_is_a_warning_once_for_each_endpoint() {
    for (mode, is_open) in [(0o600, false), (0o700, false), (0o640, true), (0o604, true), (0o444, true)] {
        let scene = Scene::new().there_with_mode("open", "p", mode).there_with_mode("closed", "p", 0o600);
        let path = |name| scene.path(name).display().to_string();
        let source = format!("[defaults]\nsource = {{ host = \"y\", password_file = \"{}\" }}\n", path("open"));
        let job = |name, file| {
            format!(
                "[[job]]\nname = \"{name}\"\ndestination = {{ host = \"x\", password_file = \"{}\" }}\n",
                path(file)
            )
        };
        let file = [source, job("a", "open"), job("b", "closed")].concat();
        let warning = |key| {
            format!(
                "`{key}`: other users can read `open` (mode {mode:04o})\n  hint: `chmod 600` removes their permission"
            )
        };
        let both = [warning("source.password_file"), warning("destination.password_file")].join("\n");
        assert_eq!(scene.file("a.toml", file).warnings(), if is_open { both } else { String::new() });
    }
}

#[test]
fn a_password_file_of_another_user_may_be_readable_for_its_group() {
    // Only the superuser can give a file away.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for (mode, is_open) in [(0o440, false), (0o640, false), (0o444, true), (0o404, true)] {
        let scene = Scene::new().there_with_mode("password", "p", mode);
        std::os::unix::fs::chown(scene.path("password"), Some(65534), Some(65534)).expect("we are the superuser");
        let file = format!(
            "[[job]]\nname = \"a\"\nsource = {{ host = \"y\", password_file = \"{}\" }}\ndestination.host = \"x\"\n",
            scene.path("password").display()
        );
        assert_eq!(!scene.file("a.toml", file).warnings().is_empty(), is_open, "{mode:o}");
    }
}
