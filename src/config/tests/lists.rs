//! `keys_from`: a list of keys, and what it cannot be used with.

use insta::assert_snapshot;

use super::scene::Scene;
use crate::job::{KeyList, ListLines};

#[test]
fn a_list_is_a_file_of_names() {
    let expected = KeyList { path: "lost.txt".into(), lines: ListLines::Names };
    assert_eq!(Scene::job("keys_from = \"lost.txt\"\nsource.db = 3").only_job().keys_from, Some(expected));
    assert_eq!(Scene::job("").only_job().keys_from, None);
}

#[test]
fn a_list_names_keys_of_one_database_of_a_server() {
    assert_snapshot!(Scene::job("keys_from = \"x\"\nsource.rdb = \"y\"").faults(), @"a.toml:4: job `a`: `keys_from` cannot be used with `source.rdb`: a backup cannot be asked for single keys");
    let of_several =
        |db: &str| Scene::job(&format!("keys_from = \"x\"\ndestination.db = \"same\"\nsource.db = {db}")).faults();
    assert_snapshot!(of_several("[0, 3]"), @"a.toml:4: job `a`: `keys_from` cannot be used with several databases in `source.db`: the file does not say to which of them a key belongs");
    assert_eq!(of_several("\"all\""), of_several("[0, 3]"));
    assert_snapshot!(Scene::job("keys_from = \"-\"").faults(), @r#"a.toml:4: job `a`: `keys_from` is "-", but must be the path of a file, not empty and not a URL; not standard input, because it is read twice"#);
}

#[test]
fn settings_of_a_scan_have_no_effect() {
    assert_snapshot!(Scene::job("keys_from = \"x\"\nlanes = 4\nscan_batch_size = 10").warnings(), @"job `a`: no effect, because `keys_from` is given, so the source is not scanned: `scan_batch_size`, `lanes`");
    assert_snapshot!(Scene::job("keys_from = \"x\"").warnings(), @"");
}
