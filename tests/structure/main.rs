//! The structure of `src`: which module may import which, no circles, no long files and functions.
//!
//! Only imports of production code count: code under `#[cfg(test)]` may import anything.

mod crate_map;
mod edge;
mod imports;
mod made_up;
mod ranks;
mod sizes;
mod tree;

use std::collections::BTreeSet;
use std::path::Path;

use crate_map::CrateMap;
use edge::Edge;
use imports::Imports;
use tree::Tree;

fn src() -> Tree {
    Tree::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

fn imports_of_src() -> Imports {
    let imports = Imports::of(&CrateMap::of(&src()));
    assert!(
        imports.edges.len() > 100,
        "only {} imports were found: the test does not see the code",
        imports.edges.len()
    );
    imports
}

/// Fails with the list of offenders, if there are any.
#[track_caller]
fn assert_none(what: &str, offenders: &[impl ToString]) {
    let list: Vec<String> = offenders.iter().map(ToString::to_string).collect();
    assert!(list.is_empty(), "{what}:\n  {}", list.join("\n  "));
}

#[test]
fn every_import_is_understood() {
    assert_none("paths that lead to no item of this crate", &imports_of_src().unresolved);
}

#[test]
fn every_module_has_a_rank() {
    let map = CrateMap::of(&src());
    let modules: BTreeSet<&str> = map.files().map(tree::module_of).collect();
    assert!(modules.len() > 10, "only these modules were found: {modules:?}");
    let unranked: Vec<&str> = modules.into_iter().filter(|module| ranks::of(module).is_none()).collect();
    assert_none("modules that are not in the table of ranks (tests/structure/ranks.rs)", &unranked);
}

#[test]
fn imports_point_downwards() {
    let edges = imports_of_src().edges;
    let upward: Vec<&Edge> = edges.iter().filter(|edge| edge.points_upwards()).collect();
    assert_none("imports that do not point downwards (see tests/structure/ranks.rs)", &upward);
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    assert_none("imports that close a circle of modules", &edge::module_circles(&imports_of_src().edges));
}

#[test]
fn no_files_of_a_module_import_each_other_in_a_circle() {
    assert_none("imports that close a circle of files", &edge::file_circles(&imports_of_src().edges));
}

#[test]
fn no_file_is_longer_than_330_lines() {
    assert_none("files that are too long", &sizes::long_files(&src(), 330));
}

#[test]
fn no_function_is_longer_than_40_lines() {
    assert_none("functions that are too long", &sizes::long_functions(&src(), 40));
}
