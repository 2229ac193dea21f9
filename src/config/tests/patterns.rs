//! Patterns that look like a mistake.

use insta::assert_snapshot;

use super::scene::Scene;

#[test]
fn a_pattern_that_looks_like_a_mistake_is_a_warning() {
    let warnings = Scene::job("match = [\"cart:*\", \"^user:\"]\nexclude = \"cart:tmp:* \"").warnings();
    assert_snapshot!(warnings, @r"
    job `a`: `match`: the pattern `^user:` looks like a regular expression (`^`), but patterns are globs: `*` matches any text
    job `a`: `exclude`: the pattern `cart:tmp:*\u0020` has invisible characters (`\u0020`): remove them, unless the names have them, too
    ");
}

#[test]
fn a_pattern_that_may_be_on_purpose_is_no_warning() {
    assert_eq!(Scene::job("match = [\"a.*\", \"a|b\", \"a,b*\", \"(a)\"]").warnings(), "");
    assert_eq!(Scene::job("").warnings(), "");
}
