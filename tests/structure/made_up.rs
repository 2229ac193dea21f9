//! Small made-up trees with one offence each, which must be found.

use super::crate_map::CrateMap;
use super::edge::{self, Edge};
use super::imports::Imports;
use super::sizes;
use super::tree::Tree;

fn imports(files: &[(&str, &str)]) -> Imports {
    Imports::of(&CrateMap::of(&Tree::of(files)))
}

fn shown<'e>(edges: impl IntoIterator<Item = &'e Edge>) -> Vec<String> {
    edges.into_iter().map(ToString::to_string).collect()
}

fn upward(imports: &Imports) -> Vec<String> {
    shown(imports.edges.iter().filter(|edge| edge.points_upwards()))
}

#[test]
fn an_import_that_points_upwards_is_found() {
    let files = [
        ("lib.rs", "mod job; mod engine;"),
        ("job.rs", "\nuse crate::engine::Halt;"),
        ("engine/mod.rs", "mod halt; pub use halt::Halt;"),
        ("engine/halt.rs", "pub struct Halt;"),
    ];
    assert_eq!(upward(&imports(&files)), ["job.rs:2 imports engine/halt.rs"]);
}

#[test]
fn an_import_that_points_downwards_is_allowed() {
    let files =
        [("lib.rs", "mod job; mod engine;"), ("job.rs", "pub struct Job;"), ("engine.rs", "use crate::job::Job;")];
    let imports = imports(&files);
    assert_eq!(shown(&imports.edges), ["engine.rs:1 imports job.rs"]);
    assert!(upward(&imports).is_empty());
}

#[test]
fn modules_of_one_rank_do_not_import_each_other() {
    let files = [
        ("lib.rs", "mod source; mod destination;"),
        ("source.rs", "pub struct Source;"),
        ("destination.rs", "use crate::source::Source;"),
    ];
    assert_eq!(upward(&imports(&files)), ["destination.rs:1 imports source.rs"]);
}

#[test]
fn a_circle_of_modules_is_found_through_a_third() {
    let files = [
        ("lib.rs", "mod job; mod entry; mod error; mod cli;"),
        ("job.rs", "use crate::entry::Key; pub struct Job;"),
        ("entry.rs", "use crate::error::Stop; pub struct Key;"),
        ("error.rs", "use crate::job::Job; pub struct Stop;"),
        ("cli.rs", "use crate::job::Job;"),
    ];
    let imports = imports(&files);
    let circle = ["entry.rs:1 imports error.rs", "error.rs:1 imports job.rs", "job.rs:1 imports entry.rs"];
    let mut found = shown(edge::module_circles(&imports.edges));
    found.sort();
    assert_eq!(found, circle);
    assert!(edge::file_circles(&imports.edges).is_empty());
}

#[test]
fn a_circle_of_files_in_one_module_is_found() {
    let files = [
        ("lib.rs", "mod engine;"),
        ("engine/mod.rs", "mod walk; mod fast; mod event; pub use walk::Walk;"),
        ("engine/walk.rs", "use super::fast::run; use super::event::Event; pub struct Walk;"),
        ("engine/fast.rs", "use super::Walk; pub fn run() {}"),
        ("engine/event.rs", "pub struct Event;"),
    ];
    let imports = imports(&files);
    let circle = ["engine/walk.rs:1 imports engine/fast.rs", "engine/fast.rs:1 imports engine/walk.rs"];
    let mut found = shown(edge::file_circles(&imports.edges));
    found.sort_by(|one, next| next.cmp(one));
    assert_eq!(found, circle);
    assert!(edge::module_circles(&imports.edges).is_empty());
}

#[test]
fn a_mod_rs_that_re_exports_its_files_closes_no_circle() {
    let files = [
        ("lib.rs", "mod engine;"),
        ("engine/mod.rs", "mod walk; mod event; pub(crate) use walk::Walk; pub use event::Event;"),
        ("engine/walk.rs", "use super::Event; pub struct Walk;"),
        ("engine/event.rs", "pub struct Event;"),
    ];
    assert_eq!(shown(&imports(&files).edges), ["engine/walk.rs:1 imports engine/event.rs"]);
}

#[test]
fn a_re_export_from_another_module_is_an_import_of_the_file_that_defines_it() {
    let files = [
        ("lib.rs", "mod server; mod source; mod engine;"),
        ("server/mod.rs", "mod facts; pub use facts::Facts;"),
        ("server/facts.rs", "pub struct Facts;"),
        ("source/mod.rs", "pub use crate::server::Facts;"),
        ("engine.rs", "use crate::source::Facts;"),
    ];
    let expected = ["source/mod.rs:1 imports server/facts.rs", "engine.rs:1 imports server/facts.rs"];
    assert_eq!(shown(&imports(&files).edges), expected);
}

#[test]
fn imports_are_found_wherever_a_path_can_occur() {
    let ways = [
        "fn f() { crate::job::Job::new(); }",
        "fn f(job: &crate::job::Job) {}",
        "use crate::{job::Job};",
        "use crate::job as work; fn f() { work::Job::new(); }",
        "use crate::job; fn f() -> job::Job {}",
        "use crate::job::{self}; fn f() -> job::Job {}",
        "use crate::job::*;",
        "fn f() { println!(\"{}\", crate::job::Job::new()); }",
        "use crate::job; fn f() { assert!(matches!(x, Some(job::Job { .. }))); }",
        "#[derive(Serialize)] struct S { #[serde(serialize_with = \"crate::job::Job::text\")] field: u8 }",
        "mod inner { use super::super::job::Job; }",
        "impl From<super::job::Job> for u8 {}",
    ];
    for way in ways {
        let files = [("lib.rs", "mod job; mod entry;"), ("job.rs", "pub struct Job;"), ("entry.rs", way)];
        let imports = imports(&files);
        assert_eq!(shown(&imports.edges), ["entry.rs:1 imports job.rs"], "{way}");
        assert!(imports.unresolved.is_empty(), "{way}: {:?}", imports.unresolved);
    }
}

#[test]
fn imports_of_tests_are_ignored() {
    let files = [
        ("lib.rs", "mod job; mod cli; #[cfg(test)] mod samples;"),
        ("cli.rs", "pub struct Cli;"),
        (
            "job.rs",
            "#[cfg(test)] mod tests { use crate::cli::Cli; } #[cfg(test)] use crate::cli::Cli; struct J; impl J { #[cfg(test)] fn f(_: crate::cli::Cli) {} }",
        ),
        ("samples.rs", "use crate::cli::Cli;"),
    ];
    assert_eq!(shown(&imports(&files).edges), [""; 0]);
}

#[test]
fn a_path_of_this_crate_that_leads_nowhere_is_reported() {
    let files = [("lib.rs", "mod job;"), ("job.rs", "use crate::nothing::Here; use std::fmt;")];
    assert_eq!(imports(&files).unresolved, ["job.rs:1: `crate::nothing::Here`"]);
}

#[test]
fn a_module_and_a_function_may_share_a_name() {
    let files = [
        ("lib.rs", "mod payload; mod engine;"),
        ("payload/mod.rs", "mod probe; pub use probe::probe;"),
        ("payload/probe.rs", "pub fn probe() {}"),
        ("engine.rs", "use crate::payload::probe;"),
    ];
    assert_eq!(shown(&imports(&files).edges), ["engine.rs:1 imports payload/probe.rs"]);
}

#[test]
fn files_and_functions_above_the_limit_are_named() {
    let tree = Tree::of(&[
        ("a.rs", "fn short() {}\n\nimpl S {\n    fn long(\n        &self,\n    ) {\n    }\n}\n"),
        ("b.rs", "/// Docs.\n#[test]\nfn fits() {\n\n\n}\n"),
    ]);
    assert_eq!(sizes::long_files(&tree, 6), ["a.rs: 8 lines"]);
    assert_eq!(sizes::long_functions(&tree, 3), ["a.rs:4: `long` has 4 lines", "b.rs:3: `fits` has 4 lines"]);
    assert!(sizes::long_functions(&tree, 4).is_empty());
}
