//! Choosing jobs by name and by tag.

use insta::assert_snapshot;

use super::Scene;
use crate::config::Request;

/// Four jobs: two in Europe, two at night.
fn scene(choose: impl FnOnce(&mut Request)) -> Scene {
    let job = |name, lines| format!("[[job]]\nname = \"{name}\"\ndestination.host = \"x\"\n{lines}\n");
    let text = [
        job("eu-carts", "tags = [\"eu\"]"),
        job("eu-users", "tags = [\"eu\", \"nightly\"]"),
        job("us-carts", "tags = [\"nightly\"]"),
        job("rest", ""),
    ];
    Scene::new().file("a.toml", text.concat()).requesting(choose)
}

fn chosen(choose: impl FnOnce(&mut Request)) -> String {
    let names: Vec<String> = scene(choose).loads().into_jobs().into_iter().map(|job| job.name).collect();
    names.join(" ")
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn names_are_globs() {
    assert_eq!(chosen(|request| request.only_jobs = texts(&["eu-*"])), "eu-carts eu-users");
    assert_eq!(chosen(|request| request.only_jobs = texts(&["rest", "*-carts"])), "eu-carts us-carts rest");
    assert_eq!(chosen(|request| request.skip_jobs = texts(&["*-carts"])), "eu-users rest");
}

#[test]
fn one_of_several_tags_is_enough_and_a_tag_that_is_skipped_wins() {
    assert_eq!(chosen(|request| request.tags = texts(&["eu"])), "eu-carts eu-users");
    assert_eq!(chosen(|request| request.tags = texts(&["eu", "nightly"])), "eu-carts eu-users us-carts");
    assert_eq!(chosen(|request| request.skip_tags = texts(&["nightly"])), "eu-carts rest");
    let both = |request: &mut Request| {
        request.tags = texts(&["eu"]);
        request.skip_tags = texts(&["nightly"]);
    };
    assert_eq!(chosen(both), "eu-carts");
}

#[test]
fn an_override_changes_the_tags() {
    let scene = scene(|request| request.tags = texts(&["eu"])).set("job.rest.tags=eu");
    assert_eq!(scene.loads().jobs.len(), 3);
}

#[test]
fn a_choice_of_nothing_names_the_jobs() {
    let both = |request: &mut Request| {
        request.only_jobs = texts(&["rest"]);
        request.tags = texts(&["eu"]);
    };
    assert_snapshot!(scene(both).faults(), @r"
        no job is selected
          hint: known names: `eu-carts`, `eu-users`, `us-carts`, `rest`
    ");
}

#[test]
fn names_and_tags_that_no_job_has_are_faults() {
    let all = |request: &mut Request| {
        request.only_jobs = texts(&["asia-*"]);
        request.skip_jobs = texts(&["rset"]);
        request.tags = texts(&["ue"]);
        request.skip_tags = texts(&["weekly"]);
    };
    assert_snapshot!(scene(all).faults(), @r"
        --job: no job has the name `asia-*`
          hint: known names: `eu-carts`, `eu-users`, `us-carts`, `rest`
        --skip: no job has the name `rset`
          hint: did you mean `rest`?
        --tag: no job has the tag `ue`
          hint: did you mean `eu`?
        --skip-tag: no job has the tag `weekly`
          hint: known tags: `eu`, `nightly`
    ");
}

#[test]
fn a_variable_for_a_job_of_a_file_that_is_not_given_is_no_fault() {
    let other = "[[job]]\nname = \"other-job\"\n";
    let scene = || Scene::job("").env("RKM_JOB__OTHER_JOB__SLEEP", "0s");
    assert_snapshot!(scene().faults(), @r"
        RKM_JOB__OTHER_JOB__SLEEP: no job has a name that is written `OTHER_JOB` in variables
          hint: known names: `A`
    ");
    assert_eq!(scene().there("b.toml", other).loads().overrides(), []);
}
