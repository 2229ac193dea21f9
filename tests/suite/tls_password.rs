//! Passwords that a command prints, or a file has, and that change during a run.

use crate::support::{Kind, Prepared, Proxy, Scene, Server, words};

fn settings(side: &str, command: &str) -> Vec<String> {
    vec![format!("{side}.password_command={command}")]
}

/// A source with a password, and an empty destination.
fn scene() -> Scene {
    let source = Server::with(Kind::Redis70, &["--requirepass", "s3cr3t-one"]);
    source.fill(2000);
    Scene::of(source, Server::start(Kind::Redis70))
}

fn prepare<'s>(scene: &'s Scene, settings: &[String]) -> Prepared<'s> {
    scene.job("");
    scene.prepare_job(settings)
}

#[test]
fn the_first_line_that_a_command_prints_is_the_password() {
    let scene = scene();
    let ran = prepare(&scene, &settings("source", r#"["printf", "s3cr3t-one\r\nmore\n"]"#)).run().exits(0);
    ran.outcomes("all", "copied 2000").stderr_lacks("s3cr3t");
}

#[test]
fn what_a_command_reports_is_passed_on_without_the_password() {
    let scene = scene();
    let command = r#"["sh", "-c", "echo s3cr3t-one; echo the token s3cr3t-one is new >&2"]"#;
    let ran = prepare(&scene, &settings("source", command)).run().exits(0).stderr_lacks("s3cr3t");
    ran.stderr_has("`source.password_command` (sh) reports: the token *** is new");
}

#[test]
fn a_command_that_fails_ends_the_job_with_its_reason() {
    let scene = scene();
    for (command, why) in [
        (
            r#"["/no/such/program", "s3cr3t-arg"]"#,
            "`source.password_command` (/no/such/program) cannot be run: No such file or directory (os error 2)",
        ),
        (
            r#"["sh", "-c", "echo no token; echo denied >&2; exit 3"]"#,
            "`source.password_command` (sh) failed (exit status: 3): denied",
        ),
        (r#"["true"]"#, "`source.password_command` (true) printed no password"),
        (r#"["printf", "\\377\\n"]"#, "`source.password_command` (printf) printed a line that is not valid UTF-8"),
    ] {
        let ran = prepare(&scene, &settings("source", command)).run().exits(3).stderr_has(why).stderr_lacks("s3cr3t");
        assert_eq!(ran.status_of("all"), "refused");
    }
}

#[test]
fn a_command_that_does_not_end_is_ended() {
    let scene = scene();
    prepare(&scene, &settings("source", r#"["sleep", "60"]"#))
        .run()
        .exits(3)
        .stderr_has("`source.password_command` (sleep) did not end within 10s");
}

/// Changes the password while the job runs, and cuts its connections.
#[track_caller]
fn survives_a_new_password(scene: &Scene, setting: String, renew: impl FnOnce(&Scene)) {
    let proxy = Proxy::to(scene.source.port());
    scene.job("max_keys_per_second = 1000\nscan_batch_size = 100\npipeline_batch_size = 50");
    let mut running = scene.prepare_job(&[format!("source.port={}", proxy.port()), setting]).spawn();
    running.until("keys arrive", |scene| scene.destination.size() >= 100);
    renew(scene);
    scene.source.run(words!["CONFIG", "SET", "requirepass", "s3cr3t-two"]);
    proxy.cut();
    running.wait().exits(0).outcomes("all", "copied 2000").stderr_lacks("s3cr3t");
}

#[test]
fn a_command_is_run_again_at_each_reconnect() {
    let scene = scene();
    scene.secret_file("token", "s3cr3t-one\n");
    survives_a_new_password(&scene, r#"source.password_command=["cat", "token"]"#.to_owned(), |scene| {
        scene.secret_file("token", "s3cr3t-two\n");
    });
}

#[test]
fn a_password_file_is_read_again_at_each_reconnect() {
    let scene = scene();
    scene.secret_file("secret", "s3cr3t-one\n");
    survives_a_new_password(&scene, "source.password_file=secret".to_owned(), |scene| {
        scene.secret_file("secret", "s3cr3t-two\n");
    });
}

#[test]
fn the_connections_before_the_job_begins_share_one_run_of_the_command() {
    let scene = scene();
    let command = r#"source.password_command=["sh", "-c", "echo x >> calls; echo s3cr3t-one"]"#.to_owned();
    prepare(&scene, &[command]).run().exits(0).outcomes("all", "copied 2000");
    // The control connection may be opened again at the end of the job.
    let calls = scene.read("calls").lines().count();
    assert!((1..=2).contains(&calls), "{calls} calls");
}

#[test]
fn there_is_one_way_to_give_the_password_and_no_output_shows_a_command() {
    let scene = scene();
    scene.file(
        "job.toml",
        "[[job]]\nname = \"all\"\ndestination = {DESTINATION}\n\
         source = { host = \"h\", password = \"a\", password_command = [\"b\"] }\n",
    );
    scene.run(&["check", "job.toml"]).exits(2).stderr_has(
        "`source.password` and `source.password_command` cannot be given together: there is one way to give the password",
    );
    let ran = prepare(&scene, &settings("source", r#"["echo", "s3cr3t-one"]"#)).run().exits(0).stderr_lacks("s3cr3t");
    assert!(!scene.read("report.json").contains("s3cr3t") && !ran.stdout.contains("s3cr3t"));
    let set = r#"source.password_command=["echo", "s3cr3t-one"]"#;
    scene
        .run(&["show", "job.toml", "--set", set])
        .exits(0)
        .stdout_has("source.password_command")
        .stderr_lacks("s3cr3t");
}
