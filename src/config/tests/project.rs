//! The project file and profiles.

use insta::assert_snapshot;

use super::Scene;
use crate::config::{PROJECT_FILE, profile_names};

const PROJECT: &str = "[defaults]\nsource.host = \"s\"\nsleep = \"1s\"\nlanes = 1\nmin_keys = 1\n\
                       [profile.staging.defaults]\nlanes = 2\nmin_keys = 2\n";
const JOBS: &str = "[defaults]\nmin_keys = 3\n[profile.staging.defaults]\nmin_keys = 4\nmax_ttl = \"4s\"\n\
                    [[job]]\nname = \"a\"\ndestination.host = \"d\"\nmax_ttl = \"5s\"\n";

fn scene() -> Scene {
    Scene::new().project(PROJECT).file("a.toml", JOBS)
}

fn shown(scene: &Scene) -> String {
    let keys = ["sleep", "lanes", "min_keys", "max_ttl"];
    let loaded = scene.loads();
    let values = loaded.jobs[0].values.iter().filter(|value| keys.contains(&value.key));
    let lines = values.map(|value| format!("{} = {} ({} {})", value.key, value.shown, value.origin, value.table));
    scene.plain(&lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn the_layers_of_the_files_are_merged_without_and_with_a_profile() {
    assert_snapshot!(shown(&scene()), @r#"
        max_ttl = "5s" (a.toml:9 [[job]])
        min_keys = 3 (a.toml:2 [defaults])
        lanes = 1 (redis-keys-migrator.toml:4 [defaults])
        sleep = "1s" (redis-keys-migrator.toml:3 [defaults])
    "#);
    assert_snapshot!(shown(&scene().profile("staging")), @r#"
        max_ttl = "5s" (a.toml:9 [[job]])
        min_keys = 4 (a.toml:4 [profile.staging.defaults])
        lanes = 2 (redis-keys-migrator.toml:7 [profile.staging.defaults])
        sleep = "1s" (redis-keys-migrator.toml:3 [defaults])
    "#);
}

#[test]
fn the_variable_selects_a_profile_and_the_option_is_stronger() {
    let by_variable = scene().env("RKM_PROFILE", "staging");
    assert_eq!(shown(&by_variable), shown(&scene().profile("staging")));
    let both = scene().env("RKM_PROFILE", "none").profile("staging");
    assert_eq!(shown(&both), shown(&by_variable));
}

#[test]
fn a_profile_that_no_file_has_is_a_fault() {
    assert_snapshot!(scene().profile("stagign").faults(), @r"
        --profile: no profile has the name `stagign`
          hint: known profiles: `staging`
    ");
    assert_snapshot!(Scene::job("").env("RKM_PROFILE", "").faults(), @r"
        RKM_PROFILE: no profile has the name ``
          hint: a profile is a table such as `[profile.staging.defaults]`
    ");
}

#[test]
fn what_is_wrong_in_a_profile_is_a_fault_even_if_it_is_not_selected() {
    let project =
        "[[job]]\nname = \"b\"\n[profile.prod.defaults]\nlanes = 3\n[profile.prod.job]\n[profile.\"a b\".defaults]\n";
    assert_snapshot!(Scene::job("").project(project).faults(), @r#"
    redis-keys-migrator.toml:1: `job` cannot be given in the project file, which has what job files share
    redis-keys-migrator.toml:4: `lanes` is 3, but must be "auto", 1, 2, 4, 8, 16, 32 or 64
    redis-keys-migrator.toml:5: unknown key `profile.prod.job`
      hint: a profile has the tables `[profile.NAME.defaults]` and `[profile.NAME.endpoint.NAME]`
    redis-keys-migrator.toml:6: `profile.a b` is no name of a profile, which must be one or more of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`
    "#);
}

#[test]
fn a_project_file_that_is_given_as_a_job_file_is_not_run() {
    let both = scene().given(PROJECT_FILE).loads();
    assert_eq!((both.files.len(), both.jobs.len()), (1, 1));
    assert_snapshot!(Scene::new().project(PROJECT).given(PROJECT_FILE).faults(), @r"
        redis-keys-migrator.toml: is the project file, which has no job
          hint: give the job files, too
    ");
}

#[test]
fn a_project_without_job_files_applies_to_the_scripts_variables() {
    let scene = Scene::new().project(PROJECT).env("DESTINATION_REDIS_HOST", "d");
    assert_eq!(super::server(&scene.only_job()).address(), "s:6379");
}

#[test]
fn the_profiles_of_all_files_are_known() {
    let mut names = Vec::new();
    let scene =
        scene().file("b.toml", "[profile.prod.defaults]\n").requesting(|request| names = profile_names(request));
    drop(scene);
    assert_eq!(names, ["prod", "staging"]);
}
