//! The part of the summary that only a dry run has: the keys that it would write, by type.

use super::table;
use crate::event::RunSummary;
use crate::outcome::Sizes;

/// The keys that each job would write, by type; empty if no key would be written.
pub(super) fn by_type(summary: &RunSummary) -> String {
    let mut table = table::plain(&["job", "type", "keys", "expiring", "bytes", "memory"], 2);
    for job in &summary.jobs {
        for (name, tally) in &job.by_type {
            let sizes = Sizes { payload: tally.bytes, memory: tally.memory_bytes };
            table.add_row([
                job.job.name.clone(),
                name.clone(),
                tally.keys.to_string(),
                tally.expiring.to_string(),
                table::payload(sizes),
                table::memory(sizes),
            ]);
        }
    }
    if table.is_empty() {
        return String::new();
    }
    format!("\nwould be written, by type (memory is estimated):\n{}", table::trimmed(&table))
}
