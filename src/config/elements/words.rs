//! Values that are one of a few words, and `true` or `false`.

use serde_json::{Value as Json, json};

use super::element::{Element, Rejection, ValueKind};
use crate::job::{LogLines, LogMode, OnExisting, OnUnsupported, ReadFrom, VerifyExtra, VerifyMode};

/// A value that is one of a few words.
pub trait Word: Copy + PartialEq + 'static {
    const EXPECTED: &'static str;

    /// Each word with its value. If a value has several words, the first is the long form.
    const WORDS: &'static [(&'static str, Self)];
}

impl Word for OnExisting {
    const EXPECTED: &'static str = r#""skip" or "replace""#;
    const WORDS: &'static [(&'static str, Self)] = &[("skip", Self::Skip), ("replace", Self::Replace)];
}

impl Word for OnUnsupported {
    const EXPECTED: &'static str = r#""fail" or "drop-field-ttl""#;
    const WORDS: &'static [(&'static str, Self)] = &[("fail", Self::Fail), ("drop-field-ttl", Self::DropFieldTtl)];
}

impl Word for ReadFrom {
    const EXPECTED: &'static str = r#""master" or "replica""#;
    const WORDS: &'static [(&'static str, Self)] = &[("master", Self::Master), ("replica", Self::Replica)];
}

/// The letters are those of the script.
impl Word for LogMode {
    const EXPECTED: &'static str = r#""overwrite" or "append" (or, in short, "w" or "a")"#;
    const WORDS: &'static [(&'static str, Self)] =
        &[("overwrite", Self::Overwrite), ("append", Self::Append), ("w", Self::Overwrite), ("a", Self::Append)];
}

impl Word for LogLines {
    const EXPECTED: &'static str = r#""text" or "json""#;
    const WORDS: &'static [(&'static str, Self)] = &[("text", Self::Text), ("json", Self::Json)];
}

impl Word for VerifyMode {
    const EXPECTED: &'static str = r#""off", "sample" or "full""#;
    const WORDS: &'static [(&'static str, Self)] =
        &[("off", Self::Off), ("sample", Self::Sample), ("full", Self::Full)];
}

impl Word for VerifyExtra {
    const EXPECTED: &'static str = r#""differ" or "ignore""#;
    const WORDS: &'static [(&'static str, Self)] = &[("differ", Self::Differ), ("ignore", Self::Ignore)];
}

impl<W: Word> Element for W {
    type Value = Self;
    const KIND: ValueKind = ValueKind::Text;
    const EXPECTED: &'static str = <Self as Word>::EXPECTED;

    fn from_text(text: &str) -> Result<Self, Rejection> {
        Self::WORDS.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(Self::refusal)
    }

    fn canonical(value: &Self) -> Option<&'static str> {
        Self::WORDS.iter().find(|(_, known)| known == value).map(|(word, _)| *word)
    }

    fn schema() -> Json {
        let words: Vec<&str> = Self::WORDS.iter().map(|(word, _)| *word).collect();
        json!({ "type": "string", "enum": words })
    }
}

/// `true` or `false`.
pub struct Flag;

impl Element for Flag {
    type Value = bool;
    const KIND: ValueKind = ValueKind::Flag;
    const EXPECTED: &'static str = "true or false";

    fn from_flag(flag: bool) -> Result<bool, Rejection> {
        Ok(flag)
    }

    fn schema() -> Json {
        json!({ "type": "boolean" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::elements::{accepts, refuses};

    #[test]
    fn there_are_two_ways_with_an_existing_key() {
        assert_eq!(accepts::<OnExisting>("skip"), OnExisting::Skip);
        assert_eq!(accepts::<OnExisting>("replace"), OnExisting::Replace);
        assert_eq!(refuses::<OnExisting>("overwrite"), r#""skip" or "replace""#);
        refuses::<OnExisting>(true);
    }

    #[test]
    fn there_are_two_ways_with_what_is_unsupported() {
        assert_eq!(accepts::<OnUnsupported>("fail"), OnUnsupported::Fail);
        assert_eq!(accepts::<OnUnsupported>("drop-field-ttl"), OnUnsupported::DropFieldTtl);
        assert_eq!(refuses::<OnUnsupported>("drop"), r#""fail" or "drop-field-ttl""#);
        refuses::<OnUnsupported>(true);
    }

    #[test]
    fn there_are_two_formats_of_error_logs() {
        assert_eq!(accepts::<LogLines>("text"), LogLines::Text);
        assert_eq!(accepts::<LogLines>("json"), LogLines::Json);
        assert_eq!(refuses::<LogLines>("JSON"), r#""text" or "json""#);
        refuses::<LogLines>(true);
    }

    #[test]
    fn there_are_three_ways_to_verify_and_two_with_extra_keys() {
        assert_eq!(accepts::<VerifyMode>("off"), VerifyMode::Off);
        assert_eq!(accepts::<VerifyMode>("sample"), VerifyMode::Sample);
        assert_eq!(accepts::<VerifyMode>("full"), VerifyMode::Full);
        assert_eq!(refuses::<VerifyMode>("on"), r#""off", "sample" or "full""#);
        refuses::<VerifyMode>(true);
        assert_eq!(accepts::<VerifyExtra>("differ"), VerifyExtra::Differ);
        assert_eq!(accepts::<VerifyExtra>("ignore"), VerifyExtra::Ignore);
        assert_eq!(refuses::<VerifyExtra>("off"), r#""differ" or "ignore""#);
        refuses::<VerifyExtra>(false);
    }

    #[test]
    fn short_forms_mean_the_long_ones() {
        for (short, long) in [("w", "overwrite"), ("a", "append")] {
            assert_eq!(accepts::<LogMode>(short), accepts::<LogMode>(long));
            assert_eq!(LogMode::canonical(&accepts::<LogMode>(short)), Some(long));
        }
    }

    #[test]
    fn any_other_mode_is_refused() {
        for text in ["", "W", "x", "r", "overwrite "] {
            assert_eq!(refuses::<LogMode>(text), r#""overwrite" or "append" (or, in short, "w" or "a")"#);
        }
    }

    #[test]
    fn a_flag_is_true_or_false_and_nothing_else() {
        assert!(accepts::<Flag>(true));
        assert!(!accepts::<Flag>(false));
        assert_eq!(refuses::<Flag>("true"), "true or false");
        refuses::<Flag>(1);
    }
}
