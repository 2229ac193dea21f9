//! The project file and profiles.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use proptest::prelude::*;

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
          hint: the values of a profile are in `[profile.NAME.defaults]`
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

/// The keys of the property test. Each layer gives a subset of them its own number.
const KEYS: [&str; 4] = ["min_keys", "max_errored_keys", "max_keys_per_second", "scan_batch_size"];

/// Subsets of [`KEYS`], by bits: project defaults, its profile, another profile of it, then the same of the job file, the
/// job, a variable, and an option.
type Given = [u8; 9];

fn given(keys: u8) -> impl Iterator<Item = &'static str> {
    KEYS.into_iter().enumerate().filter(move |(bit, _)| keys & (1 << bit) != 0).map(|(_, key)| key)
}

/// What the layers result in, without the code that merges them: the last one that gives a key counts.
fn model(layers: Given, has_profile: bool) -> BTreeMap<&'static str, usize> {
    let counts = |layer: &usize| !matches!(layer, 2 | 5) && (has_profile || !matches!(layer, 1 | 4));
    let numbered = (0..layers.len()).filter(counts);
    numbered.flat_map(|layer| given(layers[layer]).map(move |key| (key, layer + 2))).collect()
}

fn scene_of(layers: Given, has_profile: bool) -> Scene {
    let line = |key, layer| format!("{key} = {}\n", layer + 2);
    let table = |layer: usize| given(layers[layer]).map(|key| line(key, layer)).collect::<Vec<_>>().concat();
    let tables = |first: usize| {
        let (defaults, profile, other) = (table(first), table(first + 1), table(first + 2));
        format!("[defaults]\n{defaults}[profile.p.defaults]\n{profile}[profile.q.defaults]\n{other}")
    };
    let job = format!("[[job]]\nname = \"a\"\nsource.host = \"s\"\ndestination.host = \"d\"\n{}", table(6));
    let mut scene = Scene::new().project(&tables(0)).file("a.toml", tables(3) + &job);
    for key in given(layers[7]) {
        scene = scene.env(format!("RKM_{}", key.to_uppercase()), "9");
    }
    for key in given(layers[8]) {
        scene = scene.set(&format!("{key}=10"));
    }
    if has_profile { scene.profile("p") } else { scene }
}

proptest! {
    #[test]
    fn the_strongest_layer_counts_whatever_the_others_have(
        layers in prop::array::uniform9(0u8..16), has_profile in any::<bool>()
    ) {
        let loaded = scene_of(layers, has_profile).loads();
        let values = loaded.jobs[0].values.iter().filter(|value| KEYS.contains(&value.key));
        let is_set = |value: &&crate::config::ConfiguredValue| value.origin != crate::config::Origin::Default;
        let shown: BTreeMap<&str, usize> =
            values.filter(is_set).map(|value| (value.key, value.shown.parse().expect("a number"))).collect();
        prop_assert_eq!(shown, model(layers, has_profile));
    }
}
