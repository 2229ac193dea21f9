//! The known names that are near an unknown one.

use strsim::damerau_levenshtein;

/// A hint that names the nearest candidates, if there are near ones. A name that is in several tables, such as `port`,
/// has several.
pub(super) fn hint<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    hint_as(written, candidates, str::to_owned)
}

/// The same, with the names in another form.
pub(super) fn hint_as<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    form: impl Fn(&str) -> String,
) -> Option<String> {
    let near: Vec<_> = candidates.into_iter().filter_map(|name| Some((distance(written, name)?, name))).collect();
    let least = near.iter().map(|(distance, _)| *distance).min()?;
    let nearest = near.iter().filter(|(distance, _)| *distance == least).map(|(_, name)| format!("`{}`", form(name)));
    Some(format!("did you mean {}?", nearest.take(2).collect::<Vec<_>>().join(" or ")))
}

/// How far a candidate is, without regard to case; `None` if it is not near. Parts of a path are compared one by one, so
/// that a long common part does not make a name near. A name without its table is near, too.
fn distance(written: &str, candidate: &str) -> Option<usize> {
    let (written, candidate) = (written.to_lowercase(), candidate.to_lowercase());
    if parts(&written).eq(parts(&candidate)) {
        return Some(0);
    }
    let (table, name) = candidate.rsplit_once('.').unwrap_or(("", &candidate));
    match written.rsplit_once('.') {
        Some((written_table, written)) => Some(of_words(written_table, table)? + of_words(written, name)?),
        None if table.is_empty() => of_words(&written, name),
        None => Some(of_words(&written, name)? + 1),
    }
}

const SEPARATORS: [char; 4] = ['.', '_', '-', ' '];

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter| SEPARATORS.contains(&letter)).filter(|part| !part.is_empty())
}

/// A third of the letters may differ, and at least one, but not all. The first words of a name are near, too.
fn of_words(written: &str, known: &str) -> Option<usize> {
    let shorter = written.chars().count().min(known.chars().count());
    let is_near = |distance: &usize| *distance == 0 || (*distance < shorter && *distance <= (shorter / 3).max(1));
    let begins = known.strip_prefix(written).is_some_and(|rest| rest.starts_with('_'));
    Some(damerau_levenshtein(written, known)).filter(is_near).or_else(|| begins.then_some(shorter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_name_has_a_suggestion() {
        let known = ["sleep", "match", "source.host", "source.port", "destination.port"];
        assert_eq!(hint("sleeep", known).as_deref(), Some("did you mean `sleep`?"));
        assert_eq!(hint("source_host", known).as_deref(), Some("did you mean `source.host`?"));
        assert_eq!(hint("sorce.hots", known).as_deref(), Some("did you mean `source.host`?"));
        assert_eq!(hint("port", known).as_deref(), Some("did you mean `source.port` or `destination.port`?"));
        assert_eq!(hint("max_errored", ["max_errored_keys"]).as_deref(), Some("did you mean `max_errored_keys`?"));
        assert_eq!(hint("SLEEP", known).as_deref(), Some("did you mean `sleep`?"));
    }

    #[test]
    fn a_distant_name_has_none() {
        assert_eq!(hint("qqqqqqqqqqqq", ["sleep"]), None);
        assert_eq!(hint("source.tls", ["source.host", "source.url"]), None);
        assert_eq!(hint("rename", ["name"]), None);
        assert_eq!(hint("b", ["a"]), None);
        assert_eq!(hint("x", []), None);
    }
}
