//! The known name that is nearest to an unknown one.

use strsim::damerau_levenshtein;

/// A hint that names the nearest candidate.
pub(super) fn hint<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let (distance, best) = candidates
        .into_iter()
        .map(|candidate| (distance(written, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)?;
    let near = distance <= written.chars().count() / 2;
    Some(if near { format!("did you mean `{best}`?") } else { format!("the nearest known name is `{best}`") })
}

/// The distance, without regard to case. The last part of a path alone counts as a near match.
fn distance(written: &str, candidate: &str) -> usize {
    let (lower, plain) = (written.to_lowercase(), candidate.to_lowercase());
    let last = plain.rsplit('.').next().unwrap_or(&plain);
    let of_last = if last == plain { usize::MAX } else { damerau_levenshtein(&lower, last) + 1 };
    damerau_levenshtein(&lower, &plain).min(of_last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_name_has_a_suggestion() {
        let known = ["sleep", "match", "source.host", "source.port"];
        assert_eq!(hint("sleeep", known).as_deref(), Some("did you mean `sleep`?"));
        assert_eq!(hint("source_host", known).as_deref(), Some("did you mean `source.host`?"));
        assert_eq!(hint("port", known).as_deref(), Some("did you mean `source.port`?"));
        assert_eq!(hint("SLEEP", known).as_deref(), Some("did you mean `sleep`?"));
    }

    #[test]
    fn a_distant_name_is_a_statement_and_not_a_question() {
        assert_eq!(hint("qqqqqqqqqqqq", ["sleep"]).as_deref(), Some("the nearest known name is `sleep`"));
        assert_eq!(hint("x", []), None);
    }
}
