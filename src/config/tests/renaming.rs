//! `rename`: prefixes, and the patterns that must begin with them.

use insta::assert_snapshot;

use super::scene::Scene;
use crate::job::Rename;

fn renamed(lines: &str) -> Option<(String, String)> {
    let rename = Scene::job(lines).only_job().rename;
    rename.map(|Rename { strip_prefix, add_prefix }| (strip_prefix, add_prefix))
}

#[test]
fn one_prefix_or_both_may_be_given() {
    let both = |strip: &str, add: &str| Some((strip.to_owned(), add.to_owned()));
    assert_eq!(renamed(""), None);
    assert_eq!(renamed("rename = { add_prefix = \"b:\" }"), both("", "b:"));
    assert_eq!(renamed("match = [\"a:*\", \"a:b\"]\nrename.strip_prefix = \"a:\""), both("a:", ""));
    assert_eq!(
        renamed("match = '\\a\\*[x]*'\nrename = { strip_prefix = \"a*\", add_prefix = \"b\" }"),
        both("a*", "b")
    );
    // Empty texts cancel the prefixes of weaker layers.
    assert_eq!(renamed("rename = { strip_prefix = \"\", add_prefix = \"\" }"), None);
}

#[test]
fn every_pattern_must_begin_with_the_prefix_that_is_removed() {
    let faults = Scene::job("match = [\"a:*\", \"b:*\", \"a*\"]\nrename.strip_prefix = \"a:\"").faults();
    assert_snapshot!(faults, @r#"
    a.toml:5: job `a`: `rename.strip_prefix` is "a:", but the pattern `b:*` of `match` does not begin with it
      hint: the keys that begin with it are selected by match = "a:*"
    a.toml:5: job `a`: `rename.strip_prefix` is "a:", but the pattern `a*` of `match` does not begin with it
      hint: the keys that begin with it are selected by match = "a:*"
    "#);
    // Without `match`, all keys match.
    assert_snapshot!(Scene::job("rename.strip_prefix = \"a*\"").faults(), @r#"
    a.toml:4: job `a`: `rename.strip_prefix` is "a*", but the pattern `*` of `match` does not begin with it
      hint: the keys that begin with it are selected by match = 'a\**'
    "#);
}

#[test]
fn a_pattern_that_is_no_pattern_is_the_only_fault() {
    assert_snapshot!(Scene::job("match = 7\nrename.strip_prefix = \"a:\"").faults(), @"a.toml:4: job `a`: `match` is 7, but must be a pattern that is not empty, or a list of such patterns");
}

#[test]
fn what_is_no_table_or_no_prefix_is_refused() {
    assert_snapshot!(Scene::job("rename = \"a:\"").faults(), @r#"a.toml:4: job `a`: `rename` is "a:", but must be a table, such as { strip_prefix = "old:", add_prefix = "new:" }"#);
    assert_snapshot!(Scene::job("rename.add_prefix = 7").faults(), @"a.toml:4: job `a`: `rename.add_prefix` is 7, but must be a text of at most 1000 characters (in quotes, if it consists of digits)");
    assert_snapshot!(Scene::job("").set("rename=a").faults(), @r"
    --set rename: unknown key `rename`
      hint: `rename` is a table: give one of its keys, such as `rename.add_prefix`
    ");
}
