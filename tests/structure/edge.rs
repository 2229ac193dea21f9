//! An import from file to file, and circles of imports.

use std::fmt;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use super::ranks;
use super::tree::module_of;

/// A file imports something that another file defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The file that imports.
    pub from: String,
    /// The file that defines.
    pub to: String,
    /// The place of the import.
    pub line: usize,
}

impl Edge {
    /// The top-level modules of both files.
    fn modules(&self) -> [&str; 2] {
        [module_of(&self.from), module_of(&self.to)]
    }

    /// Whether both files belong to one top-level module.
    pub fn is_inside_a_module(&self) -> bool {
        let [from, to] = self.modules();
        from == to
    }

    /// Whether it leads to a module of the same or a higher rank. Another test finds modules without a rank.
    pub fn points_upwards(&self) -> bool {
        let [from, to] = self.modules();
        from != to && ranks::of(from).zip(ranks::of(to)).is_some_and(|(from, to)| from <= to)
    }
}

impl fmt::Display for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} imports {}", self.from, self.line, self.to)
    }
}

/// The imports that close circles between top-level modules.
pub fn module_circles(edges: &[Edge]) -> Vec<&Edge> {
    let between: Vec<&Edge> = edges.iter().filter(|edge| !edge.is_inside_a_module()).collect();
    circles(between, Edge::modules)
}

/// The imports that close circles between files of one top-level module.
pub fn file_circles(edges: &[Edge]) -> Vec<&Edge> {
    let inside: Vec<&Edge> = edges.iter().filter(|edge| edge.is_inside_a_module()).collect();
    circles(inside, |edge| [&edge.from, &edge.to])
}

/// The edges whose both nodes are in one circle.
fn circles<'e>(edges: Vec<&'e Edge>, nodes: impl for<'a> Fn(&'a Edge) -> [&'a str; 2]) -> Vec<&'e Edge> {
    let graph: DiGraphMap<&str, ()> = edges.iter().map(|edge| nodes(edge)).map(|[from, to]| (from, to)).collect();
    let groups = tarjan_scc(&graph);
    let is_in_a_circle = |edge: &Edge| {
        let [from, to] = nodes(edge);
        groups.iter().any(|group| group.contains(&from) && group.contains(&to))
    };
    edges.into_iter().filter(|edge| is_in_a_circle(edge)).collect()
}
