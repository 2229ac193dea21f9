//! Glob patterns, one or many.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::Element;
use super::reading::{FromText, Refusal, elements};
use crate::job::Glob;

/// The patterns of `match`: a key has to match one of them, so there is one at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patterns(pub Vec<Glob>);

/// The patterns of `exclude`: there may be none, which lifts what a weaker layer excludes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExcludedPatterns(pub Vec<Glob>);

impl Element for Patterns {}
impl Element for ExcludedPatterns {}

struct Pattern(Glob);

fn parse(text: &str) -> Result<Pattern, Refusal> {
    if text.is_empty() { Err(Refusal::Expected) } else { Ok(Pattern(Glob::new(text))) }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(FromText { expected: "a pattern that is not empty", parse })
    }
}

/// One pattern, or a list of them.
struct OneOrMany {
    may_be_none: bool,
}

impl<'de> Visitor<'de> for OneOrMany {
    type Value = Vec<Glob>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pattern that is not empty, or a list of such patterns")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let Ok(Pattern(glob)) = parse(text) else { return Err(E::invalid_value(Unexpected::Str(text), &self)) };
        Ok(vec![glob])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        let globs: Vec<Glob> = elements(list)?.into_iter().map(|Pattern(glob)| glob).collect();
        if globs.is_empty() && !self.may_be_none {
            return Err(A::Error::invalid_value(Unexpected::Seq, &"a list of at least one pattern"));
        }
        Ok(globs)
    }
}

impl<'de> Deserialize<'de> for Patterns {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OneOrMany { may_be_none: false }).map(Self)
    }
}

impl<'de> Deserialize<'de> for ExcludedPatterns {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OneOrMany { may_be_none: true }).map(Self)
    }
}

fn schema(at_least: usize) -> Schema {
    json_schema!({
        "anyOf": [
            { "type": "string", "minLength": 1 },
            { "type": "array", "items": { "type": "string", "minLength": 1 }, "minItems": at_least },
        ],
    })
}

impl JsonSchema for Patterns {
    fn schema_name() -> Cow<'static, str> {
        "Patterns".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema(1)
    }
}

impl JsonSchema for ExcludedPatterns {
    fn schema_name() -> Cow<'static, str> {
        "ExcludedPatterns".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schema(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn one_or_many() {
        assert_eq!(accepts::<Patterns>("a*").0, [Glob::new("a*")]);
        assert_eq!(accepts::<Patterns>(vec!["a*", "[ab]"]).0, [Glob::new("a*"), Glob::new("[ab]")]);
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
        assert_eq!(accepts::<ExcludedPatterns>(Vec::<String>::new()).0, []);
    }
}
