//! Which databases `SWAPDB` has exchanged, judged by their numbers of keys.

use std::collections::{BTreeMap, BTreeSet};

/// A database that no server has: it stands for the empty ones.
const EMPTY: u16 = u16::MAX;

/// Whether the numbers of keys show that one `SWAPDB` exchanged other databases than `db`. `added` are the keys that the
/// job has added to each database. Each pair is tried: the pair that explains the numbers best was exchanged. Clients may have written meanwhile,
/// so the others must explain them twice as well.
pub fn is_swap_elsewhere(
    before: &BTreeMap<u16, u64>,
    now: &BTreeMap<u16, u64>,
    db: u16,
    added: &BTreeMap<u16, u64>,
) -> bool {
    let databases: BTreeSet<u16> =
        before.keys().chain(now.keys()).chain(added.keys()).copied().chain([db, EMPTY]).collect();
    let keys = |of: &BTreeMap<u16, u64>, db: u16| of.get(&db).copied().unwrap_or(0);
    let expected = |of: u16| keys(before, of) + keys(added, of);
    let difference_of = |one: u16, other: u16| -> u64 {
        let exchanged = |of: u16| {
            if of == one {
                other
            } else if of == other {
                one
            } else {
                of
            }
        };
        databases.iter().map(|of| keys(now, exchanged(*of)).abs_diff(expected(*of))).sum()
    };
    let others = || databases.iter().copied().filter(|other| *other != db);
    let with_ours = others().map(|other| difference_of(db, other)).min().unwrap_or_default();
    // A pair of the same database stands for two that are empty or alike.
    let without = others().flat_map(|one| others().map(move |other| (one, other)));
    without.map(|(one, other)| difference_of(one, other)).min().is_some_and(|without| without * 2 < with_ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is_elsewhere(before: &[(u16, u64)], now: &[(u16, u64)]) -> bool {
        is_swap_elsewhere(&before.iter().copied().collect(), &now.iter().copied().collect(), 0, &BTreeMap::new())
    }

    #[test]
    fn a_swap_with_an_empty_database_is_seen() {
        assert!(!is_elsewhere(&[(0, 20_000)], &[(1, 20_000)]));
        assert!(is_elsewhere(&[(0, 20_000), (1, 7)], &[(0, 20_000), (2, 7)]));
    }

    #[test]
    fn a_swap_of_databases_that_are_alike_may_be_that_of_the_job() {
        assert!(!is_elsewhere(&[(0, 20_000), (1, 20_000)], &[(0, 20_000), (1, 20_000)]));
        assert!(!is_elsewhere(&[(0, 20_000), (1, 19_900)], &[(0, 19_950), (1, 20_010)]));
    }

    #[test]
    fn a_swap_of_other_databases_is_recognised_while_clients_write() {
        assert!(is_elsewhere(&[(0, 20_000), (2, 10), (3, 500)], &[(0, 20_100), (2, 510), (3, 12)]));
        assert!(is_elsewhere(&[(0, 20_000)], &[(0, 20_100)]));
    }

    #[test]
    fn keys_that_the_job_added_are_expected() {
        let (before, now) = (BTreeMap::from([(2, 10)]), BTreeMap::from([(0, 5000), (3, 10)]));
        let added = BTreeMap::from([(0, 5000)]);
        assert!(is_swap_elsewhere(&before, &now, 0, &added));
        assert!(!is_swap_elsewhere(&before, &BTreeMap::from([(2, 5000), (0, 10)]), 0, &added));
    }
}
