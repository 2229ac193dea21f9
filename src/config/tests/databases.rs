//! Which databases are read, and where their keys go.

use std::collections::BTreeMap;

use insta::assert_snapshot;

use super::Scene;
use crate::job::{Databases, TargetDatabases};

#[track_caller]
fn databases(scene: &Scene) -> (Databases, TargetDatabases) {
    let job = scene.only_job();
    (job.source.databases().clone(), job.destination.db)
}

fn several(databases: &[u16]) -> Databases {
    Databases::Several(databases.to_vec())
}

fn map(pairs: &[(u16, u16)]) -> TargetDatabases {
    TargetDatabases::Map(pairs.iter().copied().collect::<BTreeMap<_, _>>())
}

#[test]
fn one_database_goes_to_database_0_and_several_keep_theirs() {
    for place in ["", "source.rdb = \"x.rdb\"\n"] {
        let of = |lines: &str| databases(&Scene::job(&format!("{place}{lines}")));
        assert_eq!(of("source.db = 3"), (Databases::One(3), TargetDatabases::One(0)));
        assert_eq!(of("source.db = [3]"), (Databases::One(3), TargetDatabases::One(0)));
        assert_eq!(of("source.db = [3, 0]"), (several(&[0, 3]), TargetDatabases::Same));
        assert_eq!(of("source.db = \"all\""), (Databases::All, TargetDatabases::Same));
        assert_eq!(of("source.db = 3\ndestination.db = \"same\""), (Databases::One(3), TargetDatabases::One(3)));
        assert_eq!(of("source.db = \"all\"\ndestination.db = \"same\""), (Databases::All, TargetDatabases::Same));
    }
}

#[test]
fn a_map_says_where_the_keys_of_each_database_go() {
    let of = |lines: &str| databases(&Scene::job(lines));
    let lines = "source.db = [0, 3]\ndestination.db = { \"0\" = 5, \"3\" = 0 }";
    assert_eq!(of(lines), (several(&[0, 3]), map(&[(0, 5), (3, 0)])));
    assert_eq!(of("source.db = [0, 3]\ndestination.db = { 0 = 5, 3 = 0 }").1, map(&[(0, 5), (3, 0)]));
    assert_eq!(of("source.db = 3\ndestination.db = { 3 = 7 }"), (Databases::One(3), TargetDatabases::One(7)));
    assert_eq!(of("source.db = \"all\"\ndestination.db = { 3 = 7 }"), (Databases::All, map(&[(3, 7)])));
    let job = Scene::job(lines).only_job();
    assert_eq!((job.source.server().map(|server| server.db), job.destination.endpoint.db), (Some(0), 0));
}

#[test]
fn variables_and_options_give_lists_and_maps_as_in_toml() {
    let scene = Scene::job("").env("RKM_SOURCE__DB", "[0, 3]").set("destination.db={ 0 = 5, 3 = 0 }");
    assert_eq!(databases(&scene), (several(&[0, 3]), map(&[(0, 5), (3, 0)])));
    assert_eq!(databases(&Scene::job("").env("RKM_SOURCE__DB", "all")), (Databases::All, TargetDatabases::Same));
    assert_snapshot!(scene.shows("destination.db"), @r#"a destination.db = { "0" = 5, "3" = 0 } (--set destination.db)"#);
}

#[test]
fn the_default_destination_is_shown_as_it_holds() {
    let shown = |databases: &str| Scene::job(databases).shows("destination.db");
    assert_eq!(shown("source.db = 3"), "a destination.db = 0 (default)");
    for several in ["source.db = [0, 3]", "source.db = \"all\"", "source = { rdb = \"x.rdb\", db = \"all\" }"] {
        assert_eq!(shown(several), "a destination.db = \"same\" (default)", "{several}");
    }
    let given = "source.db = \"all\"\ndestination.db = { 3 = 7 }";
    assert_snapshot!(shown(given), @r#"a destination.db = { "3" = 7 } (a.toml:5)"#);
}

#[test]
fn a_map_replaces_that_of_a_weaker_layer() {
    let scene = Scene::job("source.db = [0, 3]\ndestination.db = { 0 = 5, 3 = 0 }");
    assert_eq!(
        databases(&scene.set("source.db=[0, 1]").set("destination.db={ 0 = 1, 1 = 2 }")).1,
        map(&[(0, 1), (1, 2)])
    );
}

#[test]
fn databases_whose_keys_would_meet_or_have_no_destination_are_a_fault() {
    assert_snapshot!(Scene::job("source.db = \"all\"\ndestination.db = 3").faults(), @r#"a.toml:5: job `a`: `destination.db` is 3, but the keys of several databases cannot go into one, because their names may be equal: give "same", or a map such as { "0" = 5, "3" = 0 }"#);
    assert_snapshot!(Scene::job("source.db = [0, 3]\ndestination.db = 0").faults(), @r#"a.toml:5: job `a`: `destination.db` is 0, but the keys of several databases cannot go into one, because their names may be equal: give "same", or a map such as { "0" = 5, "3" = 0 }"#);
    assert_snapshot!(Scene::job("source.db = [0, 3]\ndestination.db = { 0 = 7, 3 = 7 }").faults(), @"a.toml:5: job `a`: `destination.db` maps two databases to 7, but the names of their keys may be equal");
    assert_snapshot!(Scene::job("source.db = [0, 3]\ndestination.db = { 0 = 7 }").faults(), @"a.toml:5: job `a`: `destination.db` maps no database for database 3 of `source.db`");
    assert_snapshot!(Scene::job("source.db = [0, 3]\ndestination.db = { 0 = 7, 3 = 1, 4 = 2 }").faults(), @"a.toml:5: job `a`: `destination.db` maps database 4, but `source.db` does not contain it");
}

#[test]
fn what_is_no_database_is_a_fault() {
    assert_snapshot!(Scene::job("source.db = \"every\"").faults(), @r#"a.toml:4: job `a`: `source.db` is "every", but must be a whole number, between 0 and 65535, a list of such numbers, or "all""#);
    assert_snapshot!(Scene::job("source.db = [0, 3, 0]").faults(), @"a.toml:4: job `a`: `source.db[2]` is 0, but must be listed only once");
    assert_snapshot!(Scene::job("source.db = [0, \"3\"]").faults(), @r#"
    a.toml:4: job `a`: `source.db[1]` is "3", but must be a whole number, between 0 and 65535
      hint: write the number without quotes: 3
    "#);
    assert_snapshot!(Scene::job("destination.db = { a = 1 }").faults(), @r#"a.toml:4: job `a`: `destination.db` is { a = 1 }, but must be a whole number, between 0 and 65535, "same", or a map of such numbers, such as { "0" = 5, "3" = 0 }"#);
    assert_snapshot!(Scene::job("destination.db = [0]").faults(), @r#"a.toml:4: job `a`: `destination.db` is [0], but must be a whole number, between 0 and 65535, "same", or a map of such numbers, such as { "0" = 5, "3" = 0 }"#);
}
