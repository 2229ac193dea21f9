//! Glob patterns, one or many.

use figment::value::Value;
use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind, each, text_or_list};
use crate::job::Glob;

const EXPECTED: &str = "a pattern that is not empty, or a list of such patterns";

/// The patterns of `match`. A key has to match one of them, so there is at least one.
pub struct Patterns;

/// The patterns of `exclude`. An empty list cancels the patterns of weaker layers.
pub struct ExcludedPatterns;

struct Pattern;

impl Element for Pattern {
    type Value = Glob;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = "a pattern that is not empty";

    fn from_text(text: &str) -> Result<Glob, Rejection> {
        if text.is_empty() { Err(Self::refusal()) } else { Ok(Glob::new(text)) }
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

impl Element for ExcludedPatterns {
    type Value = Vec<Glob>;
    const KIND: ValueKind = ValueKind::List;
    const EXPECTED: &'static str = EXPECTED;

    fn from_text(text: &str) -> Result<Vec<Glob>, Rejection> {
        Pattern::from_text(text).map(|glob| vec![glob]).map_err(|_| Self::refusal())
    }

    fn from_list(list: &[Value]) -> Result<Vec<Glob>, Rejection> {
        each::<Pattern>(list)
    }

    fn schema() -> Json {
        schema(0)
    }
}

impl Element for Patterns {
    type Value = Vec<Glob>;
    const KIND: ValueKind = ValueKind::List;
    const EXPECTED: &'static str = EXPECTED;

    fn from_text(text: &str) -> Result<Vec<Glob>, Rejection> {
        ExcludedPatterns::from_text(text)
    }

    fn from_list(list: &[Value]) -> Result<Vec<Glob>, Rejection> {
        if list.is_empty() { Err(Rejection::must("a list of at least one pattern")) } else { each::<Pattern>(list) }
    }

    fn schema() -> Json {
        schema(1)
    }
}

fn schema(at_least: usize) -> Json {
    text_or_list(Pattern::schema(), &Pattern::schema(), at_least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn one_or_many() {
        assert_eq!(accepts::<Patterns>("a*"), [Glob::new("a*")]);
        assert_eq!(accepts::<Patterns>(vec!["a*", "[ab]"]), [Glob::new("a*"), Glob::new("[ab]")]);
    }

    #[test]
    fn an_empty_pattern_is_refused_alone_and_in_a_list() {
        assert_eq!(refuses::<Patterns>(""), "a pattern that is not empty, or a list of such patterns");
        assert_eq!(refuses::<Patterns>(vec!["a", ""]), "a pattern that is not empty");
        refuses::<Patterns>(7);
        refuses::<Patterns>(vec![7]);
    }

    #[test]
    fn an_empty_list_excludes_nothing_but_cannot_be_matched() {
        assert_eq!(refuses::<Patterns>(Vec::<String>::new()), "a list of at least one pattern");
        assert_eq!(accepts::<ExcludedPatterns>(Vec::<String>::new()), []);
    }
}
