//! Which slots of a cluster files have keys of. If several files are shards of one cluster, a file may be missing.

use crate::entry::SLOTS;

/// So improbable is a range without keys if no file is missing.
const IMPROBABLE: f64 = 1e-6;
/// A warning lists at most so many ranges.
const LISTED: usize = 3;

/// The slots that files have keys of, as far as the files report that.
#[derive(Debug)]
pub(super) struct ClusterSlots {
    has_keys: Vec<bool>,
    /// The files that have keys, and those of them that report slots.
    files: usize,
    reporting: usize,
    /// Whether the current file has keys, and reports slots.
    file: (bool, bool),
}

impl Default for ClusterSlots {
    fn default() -> Self {
        Self { has_keys: vec![false; usize::from(SLOTS)], files: 0, reporting: 0, file: (false, false) }
    }
}

impl ClusterSlots {
    /// The current file reports a slot that has keys.
    pub fn slot(&mut self, slot: u64) {
        self.file.1 = true;
        if let Some(has_keys) = usize::try_from(slot).ok().and_then(|slot| self.has_keys.get_mut(slot)) {
            *has_keys = true;
        }
    }

    /// The current file has a key.
    pub fn key(&mut self) {
        self.file.0 = true;
    }

    /// The current file ends.
    pub fn end_file(&mut self) {
        let (has_keys, is_reporting) = std::mem::take(&mut self.file);
        self.files += usize::from(has_keys);
        self.reporting += usize::from(has_keys && is_reporting);
    }

    /// The warning that a shard may be missing, unless there is one file, or a file does not report its slots.
    pub fn warning(&self) -> Option<String> {
        let missing = if self.files > 1 && self.reporting == self.files { self.missing() } else { Vec::new() };
        let listed: Vec<String> = missing.iter().take(LISTED).map(|(first, last)| format!("{first}-{last}")).collect();
        let more = missing.len() - listed.len();
        let more = if more > 0 { format!(" and {more} more ranges") } else { String::new() };
        (!listed.is_empty()).then(|| {
            format!(
                "no file has keys of the cluster slots {}{more}: the file of a shard may be missing",
                listed.join(", ")
            )
        })
    }

    /// The ranges of slots without keys that are too long to be empty by chance. A few keys are only in few slots, so
    /// then only a very long range is.
    #[expect(clippy::cast_precision_loss, reason = "there are few slots")]
    fn missing(&self) -> Vec<(usize, usize)> {
        let empty = 1.0 - self.has_keys.iter().filter(|has_keys| **has_keys).count() as f64 / f64::from(SLOTS);
        let is_improbable = |length: usize| f64::from(SLOTS) * empty.powf(length as f64) < IMPROBABLE;
        let mut ranges = Vec::new();
        let mut first = 0;
        for group in self.has_keys.chunk_by(|one, next| one == next) {
            if !group[0] && is_improbable(group.len()) {
                ranges.push((first, first + group.len() - 1));
            }
            first += group.len();
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The warning about files that have every `step`-th slot of these ranges.
    fn warning(step: usize, files: &[std::ops::Range<u64>]) -> Option<String> {
        let mut slots = ClusterSlots::default();
        for file in files {
            add(&mut slots, file.clone().step_by(step), true);
        }
        slots.warning()
    }

    fn add(slots: &mut ClusterSlots, reported: impl Iterator<Item = u64>, has_keys: bool) {
        reported.for_each(|slot| slots.slot(slot));
        if has_keys {
            slots.key();
        }
        slots.end_file();
    }

    #[test]
    fn a_range_without_keys_is_the_one_of_a_missing_shard() {
        let of_two = [0..5461, 10_923..16_384];
        for step in [1, 2, 10, 40] {
            let warning = warning(step, &of_two).expect("a third is missing");
            assert!(warning.starts_with("no file has keys of the cluster slots 54"), "{warning}");
            assert!(warning.ends_with("-10922: the file of a shard may be missing"), "{warning}");
        }
        assert_eq!(warning(1, &[0..5461, 5461..10_923, 10_923..16_384]), None);
        assert_eq!(warning(40, &[0..5461, 5461..10_923, 10_923..16_384]), None);
    }

    #[test]
    fn a_few_keys_do_not_show_whether_a_shard_is_missing() {
        assert_eq!(warning(500, &[0..5461, 10_923..16_384]), None);
    }

    #[test]
    fn one_file_and_files_that_report_no_slots_cause_no_warning() {
        assert_eq!(warning(1, std::slice::from_ref(&(0..5461))), None);
        let mut slots = ClusterSlots::default();
        add(&mut slots, 0..5461, true);
        add(&mut slots, 0..0, true);
        assert_eq!(slots.warning(), None);
        let mut slots = ClusterSlots::default();
        add(&mut slots, 0..5461, true);
        add(&mut slots, 5461..10_923, true);
        add(&mut slots, 0..0, false);
        assert!(slots.warning().is_some_and(|warning| warning.contains("10923-16383")));
    }

    #[test]
    fn many_ranges_are_counted() {
        let files: Vec<_> = (0..8).map(|number| number * 2048..number * 2048 + 1024).collect();
        let warning = warning(1, &files).expect("half is missing");
        assert!(warning.contains("1024-2047, 3072-4095, 5120-6143 and 5 more ranges"), "{warning}");
    }
}
