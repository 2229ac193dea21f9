//! What verification found, in words.

use crate::event::{JobSummary, Verification};
use crate::job::OnExisting;
use crate::outcome::{DifferenceKind, VerifyTally};
use crate::report::numbers::count;

/// The keys that differ. Extra keys are none if they are ignored.
pub(super) fn differences(tally: &VerifyTally, ignores_extra: bool) -> u64 {
    tally.differences() - if ignores_extra { tally.extra } else { 0 }
}

/// Whether every key that was compared is the same, and none failed.
pub(super) fn is_passed(found: &Verification) -> bool {
    found.is_clean() && found.failed == 0
}

/// The number of keys of each kind: `3 missing, 1 value`. Extra keys have an addition if they are ignored.
pub(super) fn kinds(found: &Verification) -> String {
    let text = |kind: DifferenceKind| match found.tally.of(kind) {
        0 => None,
        keys if kind == DifferenceKind::Extra && found.ignores_extra => {
            Some(format!("{} {kind} (ignored)", count(keys)))
        }
        keys => Some(format!("{} {kind}", count(keys))),
    };
    DifferenceKind::ALL.into_iter().filter_map(text).collect::<Vec<_>>().join(", ")
}

/// The result of a job that was verified, and what else to know about it; empty if it was not verified.
pub(super) fn lines(job: &JobSummary) -> Vec<String> {
    let Some(found) = &job.verification else { return Vec::new() };
    let name = &job.job.name;
    let sample = found.sample.map(|sample| {
        let (keys, most) = (count(found.matched), percent(sample.most_different));
        format!("job `{name}`: sample of {keys} keys: with 95 % confidence, at most {most} % of the keys differ")
    });
    let other_keys = found.tally.missing + found.tally.extra;
    let leaves = (job.job.on_existing == OnExisting::Skip && found.tally.differences() > other_keys)
        .then(|| format!("job `{name}` leaves existing keys alone (`on_existing` is `skip`), also if they differ"));
    [Some(result(job, found)), sample, leaves].into_iter().flatten().collect()
}

/// Whether the lines of a job have more than its numbers of keys that are equal and that failed.
pub(super) fn is_remarkable(found: &Verification) -> bool {
    found.sample.is_some()
        || !found.is_complete
        || found.matched != found.tally.equal + found.failed
        || found.tally.extra > 0
}

/// Whether a job differs, and how.
pub(super) fn result(job: &JobSummary, found: &Verification) -> String {
    let (name, log) = (&job.job.name, job.job.verify.log.display());
    let rest = others(found);
    if !found.is_clean() {
        let parts = [kinds(found), rest, if found.is_complete { "" } else { "not verified completely" }.to_owned()];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        return format!("job `{name}` differs: {}; see `{log}`", parts.join("; "));
    }
    let is_known = found.is_complete && found.failed == 0;
    let result = if is_known { "does not differ" } else { "is not verified completely" };
    let noun = if found.matched == 1 { "key" } else { "keys" };
    let parts = [format!("{} {noun} compared", count(found.matched)), kinds(found), rest];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("job `{name}` {result}: {}", parts.join(", "))
}

/// The keys that are neither equal from the start nor different.
fn others(found: &Verification) -> String {
    let VerifyTally { healed, repaired, expired, .. } = found.tally;
    let all = [
        (healed, "healed"),
        (repaired, "repaired"),
        (expired, "expired"),
        (found.vanished, "vanished"),
        (found.failed, "failed"),
    ];
    let shown = all.into_iter().filter(|(keys, _)| *keys > 0);
    shown.map(|(keys, word)| format!("{} {word}", count(keys))).collect::<Vec<_>>().join(", ")
}

/// A share as percent, rounded up to two digits after the point, because it is a limit.
fn percent(share: f64) -> String {
    // What a multiplication adds to a share that has few digits is no reason to round up.
    let hundredths = (share.clamp(0.0, 1.0) * 10_000.0 - 1e-6).max(0.0).ceil();
    (hundredths / 100.0).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::SampleFacts;
    use crate::report::samples;

    fn shown(found: Verification) -> Vec<String> {
        lines(&samples::verified_job("carts", found))
    }

    fn tally() -> VerifyTally {
        VerifyTally { equal: 1200, ..VerifyTally::default() }
    }

    #[test]
    fn a_job_that_differs_has_its_kinds_the_other_results_and_the_log() {
        let expected = "job `carts` differs: 3 missing, 1 extra, 1 value, 1 field-expiry; 4 healed, 2 repaired, 5 expired, \
                        1 vanished, 2 failed; see `redis-keys-migrator-differences.jsonl`";
        let leaves = "job `carts` leaves existing keys alone (`on_existing` is `skip`), also if they differ";
        assert_eq!(shown(samples::differing()), [expected, leaves]);
        let missing = samples::verification(VerifyTally { missing: 1234, ..tally() });
        let expected = "job `carts` differs: 1,234 missing; see `redis-keys-migrator-differences.jsonl`";
        assert_eq!(shown(missing.clone()), [expected]);
        let expected = "job `carts` differs: 1,234 missing; not verified completely; see \
                        `redis-keys-migrator-differences.jsonl`";
        assert_eq!(shown(Verification { is_complete: false, ..missing }), [expected]);
    }

    #[test]
    fn a_job_that_replaces_has_no_line_about_existing_keys() {
        let mut job = samples::verified_job("carts", samples::differing());
        job.job.on_existing = OnExisting::Replace;
        assert_eq!(lines(&job).len(), 1);
    }

    #[test]
    fn a_job_that_does_not_differ_has_what_was_compared_and_ignored() {
        let same = samples::verification(VerifyTally { healed: 4, ..tally() });
        assert_eq!(shown(same.clone()), ["job `carts` does not differ: 1,204 keys compared, 4 healed"]);
        let ignored = samples::verification(VerifyTally { extra: 7, ..tally() });
        let expected = "job `carts` does not differ: 1,200 keys compared, 7 extra (ignored)";
        assert_eq!(shown(Verification { ignores_extra: true, ..ignored }), [expected]);
        let failed = Verification { failed: 2, matched: 1206, ..same.clone() };
        assert_eq!(shown(failed), ["job `carts` is not verified completely: 1,206 keys compared, 4 healed, 2 failed"]);
        let ended_early = Verification { is_complete: false, ..same };
        assert_eq!(shown(ended_early), ["job `carts` is not verified completely: 1,204 keys compared, 4 healed"]);
    }

    #[test]
    fn a_sample_has_its_confidence_and_a_limit_that_is_rounded_up() {
        let expected = [
            "job `carts` does not differ: 1,000 keys compared",
            "job `carts`: sample of 1,000 keys: with 95 % confidence, at most 0.3 % of the keys differ",
        ];
        assert_eq!(shown(samples::of_sample()), expected);
        assert_eq!(
            [0.0, 0.000_001, 0.000_5, 0.070_01, 1.0, 2.0].map(percent),
            ["0", "0.01", "0.05", "7.01", "100", "100"]
        );
    }

    #[test]
    fn a_job_that_was_not_verified_has_no_line() {
        assert_eq!(lines(&samples::job_summary("carts", crate::event::Status::Done)), Vec::<String>::new());
    }

    #[test]
    fn only_a_job_whose_keys_are_equal_or_failed_is_not_remarkable() {
        let sample = Some(SampleFacts { rate: 0.5, most_different: 0.1 });
        let same = || samples::verification(tally());
        let all = [
            same(),
            Verification { failed: 1, matched: 1201, ..same() },
            Verification { vanished: 1, matched: 1201, ..same() },
            Verification { sample, ..same() },
            Verification { is_complete: false, ..same() },
            samples::verification(VerifyTally { extra: 1, ..tally() }),
        ];
        assert_eq!(all.map(|found| is_remarkable(&found)), [false, false, true, true, true, true]);
    }
}
