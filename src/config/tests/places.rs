//! A job names its source, unless it is the script's.

use insta::assert_snapshot;

use super::{Scene, server};

#[test]
fn a_source_must_be_given_in_files() {
    let text = "[[job]]\nname = \"a\"\nsource.db = 1\ndestination.host = \"x\"\n";
    assert_snapshot!(Scene::new().file_as_it_is("a.toml", text).faults(), @r"
        a.toml:1: job `a`: `source.host` is missing
          hint: give it, `source.socket`, `source.cluster`, `source.sentinel`, `source.url` or `source.rdb` in the job or in `[defaults]`, as variable `RKM_SOURCE__HOST`, or by `--set source.host=…`
    ");
    let scene = Scene::new().file_as_it_is("a.toml", text).env("RKM_SOURCE__HOST", "h");
    assert_eq!(server(&scene.only_job()).address(), "h:6379");
}

#[test]
fn the_scripts_variables_have_a_source_with_and_without_files() {
    let text = "[[job]]\nname = \"a\"\ndestination.host = \"x\"\n";
    let with_file = Scene::new().file_as_it_is("a.toml", text).script_variables();
    for scene in [with_file, Scene::new().env("DESTINATION_REDIS_HOST", "x")] {
        assert_eq!(server(&scene.only_job()).address(), "localhost:6379");
    }
}

#[test]
fn one_layer_names_an_endpoint_in_one_way() {
    assert_snapshot!(Scene::job("source.url = \"redis://x\"\nsource.host = \"y\"").faults(), @"a.toml:5: job `a`: `source.url` and `source.host` cannot be given together: a `url` replaces the single keys");
    assert_snapshot!(Scene::job("source.url = \"redis://u:q@x/1\"\nsource.db = 3\nsource.username = \"v\"\nsource.password_file = \"p\"").faults(), @r"
    a.toml:5: job `a`: `source.url` and `source.db` cannot be given together: the `url` has a database
    a.toml:6: job `a`: `source.url` and `source.username` cannot be given together: the `url` has a user
    a.toml:7: job `a`: `source.url` and `source.password_file` cannot be given together: the `url` has a password
    ");
    assert_snapshot!(Scene::job("source.password = \"p\"\nsource.password_file = \"f\"").faults(), @"a.toml:5: job `a`: `source.password` and `source.password_file` cannot be given together: there is one way to give the password");
    assert_snapshot!(
        Scene::job("").env("RKM_SOURCE__URL", "redis://x").env("RKM_SOURCE__PORT", "1").faults(),
        @"RKM_SOURCE__URL: `source.url` and `source.port` cannot be given together: a `url` replaces the single keys"
    );
    assert_snapshot!(Scene::job("").set("source.url=redis://x").set("source.host=y").faults(), @"--set source.url: `source.url` and `source.host` cannot be given together: a `url` replaces the single keys");
}
