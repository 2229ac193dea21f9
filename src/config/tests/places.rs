//! A job names its source, unless it is the script's.

use insta::assert_snapshot;

use super::{Scene, server};

#[test]
fn a_source_must_be_given_in_files() {
    let text = "[[job]]\nname = \"a\"\nsource.db = 1\ndestination.host = \"x\"\n";
    assert_snapshot!(Scene::new().file_as_it_is("a.toml", text).faults(), @r"
        a.toml:1: job `a`: `source.host` is missing
          hint: give it, `source.socket`, `source.sentinel`, `source.url` or `source.rdb` in the job or in `[defaults]`, as variable `RKM_SOURCE__HOST`, or by `--set source.host=…`
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
