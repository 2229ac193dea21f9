//! `migrate` moves keys between two endpoints that the command line names.

use crate::support::Scene;

const URLS: [&str; 2] = ["redis://127.0.0.1:{SOURCE_PORT}", "redis://127.0.0.1:{DESTINATION_PORT}"];

fn scene() -> Scene {
    let scene = Scene::new();
    scene.source.fill(12);
    scene
}

#[test]
fn keys_move_between_two_urls_and_a_dry_run_moves_none() {
    let scene = scene();
    let [source, destination] = URLS;
    let arguments =
        ["migrate", source, destination, "--match", "key:1*", "--match", "key:2", "--report", "report.json"];
    let ran =
        scene.run(&[&arguments[..], &["--dry-run"]].concat()).exits(0).outcomes_and_filtered("migrate", "copied 4", 8);
    ran.stdout_has("dry run done: 1 job, 4 keys, 4 copied");
    assert_eq!(scene.destination.size(), 0);
    let ran = scene.run(&arguments).exits(0).outcomes_and_filtered("migrate", "copied 4", 8).errors_and_warnings(&[]);
    ran.stdout_has("done: 1 job, 4 keys, 4 copied, ");
    assert_eq!(scene.destination.reading().names(), ["key:1", "key:10", "key:11", "key:2"]);
    assert_eq!(scene.source.size(), 12);
}

#[test]
fn endpoints_of_the_project_file_are_named_and_variables_and_set_apply() {
    let scene = scene();
    let project = "[endpoint.old]\nhost = \"old.invalid\"\nread_only = true\n[endpoint.new]\nhost = \"127.0.0.1\"\n\
                   port = {DESTINATION_PORT}\n[profile.staging.endpoint.old]\nurl = \"redis://127.0.0.1:{SOURCE_PORT}\"\n";
    scene.file("redis-keys-migrator.toml", project);
    let arguments = ["migrate", "old", "new", "--profile", "staging", "--set", "rename.add_prefix=a:"];
    let ran = scene.prepare(&arguments).env("RKM_MATCH", "key:1").run().exits(0);
    ran.stderr_has("project file `redis-keys-migrator.toml`, profile `staging`\n")
        .stdout_has("done: 1 job, 1 key, 1 copied, ");
    assert_eq!(scene.destination.reading().names(), ["a:key:1"]);
    let ran = scene.run(&["migrate", "new", "old", "--profile", "staging"]).exits(2);
    ran.stderr_has("so this endpoint is never a destination");
    assert_eq!(scene.source.size(), 12);
}

#[test]
fn what_is_no_endpoint_is_refused_and_a_password_is_not_shown() {
    let scene = scene();
    let [source, destination] = URLS;
    let ran = scene.run(&["migrate", "odl", destination]).exits(2);
    ran.errors_and_warnings(&[&["SOURCE: job `migrate`: no endpoint has the name `odl`"]]);
    let ran = scene.run(&["migrate", source, "u:s3cr3t@new.example"]).exits(2).stderr_lacks("s3cr3t");
    ran.stderr_has("DESTINATION: `destination.endpoint` is ***, but must be the name of an endpoint");
    let wrong = destination.replace("//", "//u:s3cr3t@") + "/x";
    scene
        .run(&["migrate", source, &wrong])
        .exits(2)
        .stderr_lacks("s3cr3t")
        .stderr_has("DESTINATION: `destination.url` has a database");
    assert_eq!(scene.destination.size(), 0);
}

#[test]
fn a_variable_never_sends_keys_elsewhere() {
    let scene = scene();
    let [source, destination] = URLS;
    let ran = scene.prepare(&["migrate", source, destination]).env("RKM_DESTINATION__HOST", "localhost").run().exits(2);
    let message = "RKM_DESTINATION__HOST: `destination.host` would replace `DESTINATION` of the command line";
    ran.errors_and_warnings(&[&[message]]);
    assert_eq!(scene.destination.size(), 0);
    // The variables of the script are not for this command.
    scene.prepare(&["migrate", source, destination]).env("SOURCE_REDIS_HOST", "none.invalid").run().exits(0);
    assert_eq!(scene.destination.size(), 12);
}
