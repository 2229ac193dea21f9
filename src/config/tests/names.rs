//! Names of jobs: what they may be, and choosing by them.

use insta::assert_snapshot;

use super::Scene;

fn named(names: &[&str]) -> String {
    let job = |name: &&str| format!("[[job]]\nname = \"{name}\"\ndestination.host = \"x\"\n");
    names.iter().map(job).collect::<Vec<_>>().concat()
}

#[test]
fn a_name_is_required_and_has_its_characters() {
    assert_snapshot!(Scene::new().file("a.toml", "[[job]]\ndestination.host = \"x\"\n").faults(), @r"
        a.toml:1: `name` is missing
          hint: give each `[[job]]` a `name`
    ");
    assert_snapshot!(Scene::new().file("a.toml", named(&["a b"])).faults(), @r#"a.toml:2: job `a b`: `name` is "a b", but must be one or more of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`"#);
    assert_snapshot!(Scene::new().file("a.toml", named(&["a\\nb"])).faults(), @r#"a.toml:2: job `a\nb`: `name` is "a\nb", but must be one or more of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`"#);
    assert_snapshot!(Scene::new().file("a.toml", named(&["a__b"])).faults(), @r#"a.toml:2: job `a__b`: `name` is "a__b", but must be without `__` and without `_` or `-` at its start or end, because its form in variables is `RKM_JOB__A__B__…`"#);
    assert_snapshot!(Scene::new().file("a.toml", named(&["_a"])).faults(), @r#"a.toml:2: job `_a`: `name` is "_a", but must be without `__` and without `_` or `-` at its start or end, because its form in variables is `RKM_JOB___A__…`"#);
    assert_snapshot!(Scene::new().file("a.toml", "[[job]]\nname = 7\ndestination.host = \"x\"\n").faults(), @"a.toml:2: `name` is 7, but must be one or more of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`");
}

#[test]
fn other_missing_keys_are_reported_even_if_the_name_is_wrong() {
    let without_host =
        |name: &str| format!("[[job]]\n{name}\nsource = {{ host = \"y\", password_file = \"/none/at/all\" }}\n");
    let of_one = Scene::new().file("a.toml", without_host("name = \"a b\""));
    let faults = of_one.faults();
    assert_snapshot!(faults, @r#"
    a.toml:2: job `a b`: `name` is "a b", but must be one or more of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`
    a.toml:1: job `a b`: `destination.host` is missing
      hint: give it, `destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` in the job or in `[defaults]`, as variable `RKM_DESTINATION__HOST`, or by `--set destination.host=…`
    a.toml:3: `source.password_file`: cannot read /none/at/all: No such file or directory (os error 2)
    "#);
    assert_eq!(of_one.only("a b").faults(), faults, "it is not unknown");
    assert_snapshot!(Scene::new().file("a.toml", without_host("name = 7") + &without_host("")).faults(), @r#"
    a.toml:2: `name` is 7, but must be one or more of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`
    a.toml:4: `name` is missing
      hint: give each `[[job]]` a `name`
    a.toml:1: `destination.host` is missing
      hint: give it, `destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` in the job or in `[defaults]`, as variable `RKM_DESTINATION__HOST`, or by `--set destination.host=…`
    a.toml:3: `source.password_file`: cannot read /none/at/all: No such file or directory (os error 2)
    a.toml:4: `destination.host` is missing
      hint: give it, `destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` in the job or in `[defaults]`, as variable `RKM_DESTINATION__HOST`, or by `--set destination.host=…`
    a.toml:6: `source.password_file`: cannot read /none/at/all: No such file or directory (os error 2)
    "#);
    let meeting = Scene::new().file("a.toml", without_host("name = \"a-b\"") + &without_host("name = \"a_b\""));
    assert_snapshot!(meeting.set("job.a_b.destination.host=x").faults(), @r#"
    a.toml:5: the names `a_b` and `a-b` (a.toml:2) have the same form in variables: `RKM_JOB__A_B__…`
    a.toml:1: job `a-b`: `destination.host` is missing
      hint: give it, `destination.socket`, `destination.cluster`, `destination.sentinel` or `destination.url` in the job or in `[defaults]`, as variable `RKM_DESTINATION__HOST`, or by `--set destination.host=…`
    a.toml:3: `source.password_file`: cannot read /none/at/all: No such file or directory (os error 2)
    a.toml:6: `source.password_file`: cannot read /none/at/all: No such file or directory (os error 2)
    "#);
}

#[test]
fn a_name_belongs_to_one_job() {
    let file = format!("[defaults]\nname = \"x\"\nsource.host = \"y\"\n{}", named(&["a"]));
    assert_snapshot!(Scene::new().file("a.toml", file).faults(), @"a.toml:2: `name` cannot be given in `[defaults]`, because each job has its own");
}

#[test]
fn names_are_unique_in_the_whole_run() {
    let scene = Scene::new().file("a.toml", named(&["a", "b", "a"])).file("b.toml", named(&["b"]));
    assert_snapshot!(scene.faults(), @r"
        a.toml:8: the name `a` is already taken by the job at a.toml:2
        b.toml:2: the name `b` is already taken by the job at a.toml:5
    ");
}

#[test]
fn names_that_are_one_in_variables_are_refused() {
    let scene = Scene::new().file("a.toml", named(&["eu-carts", "eu_carts", "EU-carts"]));
    assert_snapshot!(scene.faults(), @r"
        a.toml:5: the names `eu_carts` and `eu-carts` (a.toml:2) have the same form in variables: `RKM_JOB__EU_CARTS__…`
        a.toml:8: the names `EU-carts` and `eu-carts` (a.toml:2) have the same form in variables: `RKM_JOB__EU_CARTS__…`
    ");
}

#[test]
fn chosen_jobs_keep_the_order_of_the_files() {
    let scene =
        Scene::new().file("a.toml", named(&["a", "b"])).file("b.toml", named(&["c"])).only("c").only("a").only("a");
    let names: Vec<String> = scene.loads().into_jobs().into_iter().map(|job| job.name).collect();
    assert_eq!(names, ["a", "c"]);
}

#[test]
fn an_unknown_job_name_has_a_hint_with_the_nearest_one() {
    assert_snapshot!(Scene::new().file("a.toml", named(&["carts", "users"])).only("cart").faults(), @r"
        --job: no job has the name `cart`
          hint: did you mean `carts`?
    ");
    assert_snapshot!(Scene::new().env("RKM_DESTINATION__HOST", "x").only("carts").faults(), @r"
    --job: no job has the name `carts`
      hint: known names: `default`
    ");
}

#[test]
fn what_a_job_that_is_not_chosen_lacks_does_not_matter_but_what_is_wrong_in_it_does() {
    let scene = |lines| Scene::new().file("a.toml", named(&["a"]) + "[[job]]\nname = \"b\"\n" + lines).only("a");
    assert_eq!(scene("").loads().jobs.len(), 1);
    assert_snapshot!(scene("sleep = \"x\"\n").faults(), @r#"a.toml:6: job `b`: `sleep` is "x", but must be a duration of at most 365 days, such as "250ms", "1s" or "0s""#);
}
