//! The one table of the order of modules.

/// From the bottom to the top. A module may import only modules of the rows above it in this table, and none of its own
/// row.
const ROWS: [&[&str]; 14] = [
    &["version", "budget", "sanitize"],
    &["outcome"],
    &["job"],
    &["entry"],
    &["error"],
    &["payload", "resp"],
    &["server", "rdb", "outputs"],
    &["source", "destination"],
    &["event"],
    &["engine"],
    &["runner"],
    &["config", "report"],
    &["cli"],
    &["lib", "main"],
];

/// The rank of a module: the higher, the more it may import.
pub fn of(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}
