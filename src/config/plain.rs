//! Values from TOML, and from plain texts: variables and `--set` are read as the type of their key.

use figment::value::{Dict, Value};
use toml::Spanned;
use toml::de::{DeString, DeValue};

use super::elements::ValueKind;
use super::hints::Written;
use super::keys::ConfigKey;

/// Reads a plain text as the type of its key. A text that does not look like that type stays a text, and is refused later.
pub(super) fn read(key: &ConfigKey, text: &str) -> Written {
    match key.element.kind {
        ValueKind::Text | ValueKind::Secret | ValueKind::Duration => Written::text(text),
        ValueKind::Number => number(text),
        ValueKind::Flag => flag(text),
        ValueKind::Table => table(text),
        ValueKind::Databases => databases(text),
        ValueKind::ListOrFalse if text.trim().parse::<bool>().is_ok() => flag(text),
        ValueKind::List | ValueKind::ListOrFalse => list(key, text).unwrap_or_else(|| one_element(key, text)),
    }
}

/// Spaces around a number are ignored, and `_` may separate its digits as in TOML.
fn number(text: &str) -> Written {
    let digits = text.trim();
    let well_parted = !digits.starts_with('_') && !digits.ends_with('_') && !digits.contains("__");
    match digits.replace('_', "").parse::<i128>() {
        Ok(number) if well_parted => Written::new(Value::from(number), digits),
        _ => Written::text(text),
    }
}

/// A number, a word, or a list or table as in TOML.
fn databases(text: &str) -> Written {
    let trimmed = text.trim();
    match DeValue::parse(trimmed) {
        Ok(parsed) if trimmed.starts_with(['[', '{']) => Written::new(of_toml(parsed.get_ref()), trimmed),
        _ => number(text),
    }
}

fn flag(text: &str) -> Written {
    match text.trim().parse::<bool>() {
        Ok(truth) => Written::new(Value::from(truth), text.trim()),
        Err(_) => Written::text(text),
    }
}

/// An inline table of texts, such as `{ flavour = "redis", version = "7.0" }`.
fn table(text: &str) -> Written {
    let parsed = DeValue::parse(text.trim()).ok();
    let entries = parsed.as_ref().and_then(|value| value.get_ref().as_table()).into_iter().flatten();
    let pair = |(name, value): (&Spanned<DeString<'_>>, &Spanned<DeValue<'_>>)| {
        Some((name.get_ref().to_string(), Value::from(value.get_ref().as_str()?)))
    };
    match entries.map(pair).collect::<Option<Dict>>() {
        Some(table) if text.trim_start().starts_with('{') => Written::new(Value::from(table), text.trim()),
        _ => Written::text(text),
    }
}

/// A TOML list of texts. Other brackets are part of a pattern, such as `[ab]*` or `[1]`, unless they look like a list.
fn list(key: &ConfigKey, text: &str) -> Option<Written> {
    let text = text.trim();
    if !text.starts_with('[') {
        return None;
    }
    let texts = texts(text);
    // No key has a table as its value, so it is refused.
    let broken = || is_broken_list(key, text).then(|| Value::from(Dict::new()));
    texts.map(Value::from).or_else(broken).map(|value| Written::new(value, text))
}

fn texts(list: &str) -> Option<Vec<String>> {
    let parsed = DeValue::parse(list).ok()?;
    let elements = parsed.get_ref().as_array()?;
    elements.iter().map(|element| element.get_ref().as_str().map(str::to_owned)).collect()
}

/// Whether a text that begins with a bracket is probably a list with a mistake: a quote follows the bracket, or there are
/// commas between its only brackets. A type never has brackets.
fn is_broken_list(key: &ConfigKey, text: &str) -> bool {
    let inner = text.trim_start_matches('[').trim_start();
    let in_brackets = text[1..].strip_suffix(']').filter(|inner| !inner.contains(['[', ']', '\\']));
    matches!(key.path, "types" | "tags")
        || inner.starts_with(['"', '\''])
        || in_brackets.is_some_and(|inner| inner.contains(','))
}

/// A pattern is a value by itself; a type is always in a list.
fn one_element(key: &ConfigKey, text: &str) -> Written {
    let alone = Written::text(text);
    if matches!(key.path, "types" | "tags") {
        Written::new(Value::from(vec![text]), format!("{text:?}"))
    } else {
        alone
    }
}

/// Converts to figment's types. What they lack becomes an empty table, which fits no key.
pub(super) fn of_toml(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(content) => Value::from(content.as_ref()),
        DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => i64::try_from(number).map_or_else(|_| Value::from(number), Value::from),
            Err(_) => Value::from(i128::MAX),
        },
        DeValue::Float(number) => Value::from(number.as_str().parse::<f64>().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::from(*truth),
        DeValue::Array(array) => {
            Value::from(array.iter().map(|element| of_toml(element.get_ref())).collect::<Vec<_>>())
        }
        DeValue::Table(table) => {
            let entry = |(name, value): (&Spanned<DeString<'_>>, &Spanned<DeValue<'_>>)| {
                (name.get_ref().to_string(), of_toml(value.get_ref()))
            };
            Value::from(table.iter().map(entry).collect::<Dict>())
        }
        DeValue::Datetime(_) => Value::from(Dict::new()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::keys::{self, KEYS};

    fn read_as(path: &str, text: &str) -> Value {
        read(keys::find(path).expect("a known key"), text).value
    }

    #[test]
    fn a_list_key_takes_a_toml_list_or_one_plain_element() {
        assert_eq!(read_as("match", r#"["a*", 'b]']"#), Value::from(vec!["a*", "b]"]));
        assert_eq!(read_as("match", "a*"), Value::from("a*"));
        assert_eq!(read_as("types", "hash"), Value::from(vec!["hash"]));
        assert_eq!(read_as("types", r#"["hash", "zset"]"#), Value::from(vec!["hash", "zset"]));
        assert_eq!(read_as("exclude", "[]"), Value::from(Vec::<String>::new()));
    }

    #[test]
    fn brackets_that_are_no_list_of_texts_are_a_pattern() {
        for pattern in ["[ab]", "[1]", "[a", "[1,2]*", "[true]", "[a'b]", "[^x]*", r"[\,a]", "[a,b][c,d]"] {
            assert_eq!(read_as("match", pattern), Value::from(pattern));
        }
    }

    #[test]
    fn a_list_with_a_mistake_is_no_pattern() {
        for list in [r#"["a","b""#, "['a", r#"["a", 1]"#, r#" [ "a" "b" ]"#, "[a*, b*]", "[1, 2]", r#"["a",b]"#] {
            assert_eq!(read_as("match", list), Value::from(Dict::new()), "{list}");
        }
        assert_eq!(read_as("types", "[hash"), Value::from(Dict::new()));
    }

    #[test]
    fn numbers_are_numbers_and_nothing_else_is() {
        assert_eq!(read_as("source.port", "7000"), Value::from(7000_i128));
        assert_eq!(read_as("source.port", " 007 "), Value::from(7_i128));
        assert_eq!(read_as("scan_batch_size", "1_000"), Value::from(1000_i128));
        for text in ["", "x", "1.5", "1e3", "_1", "0x10", "1__0"] {
            assert_eq!(read_as("source.port", text), Value::from(text));
        }
    }

    #[test]
    fn databases_are_a_number_a_word_a_list_or_a_table() {
        assert_eq!(read_as("source.db", " 7 "), Value::from(7_i128));
        assert_eq!(read_as("source.db", "all"), Value::from("all"));
        assert_eq!(read_as("source.db", "[0, 3]"), Value::from(vec![0_i64, 3]));
        let map: Dict = [("0".to_owned(), Value::from(5_i64))].into_iter().collect();
        assert_eq!(read_as("destination.db", "{ 0 = 5 }"), Value::from(map));
        assert_eq!(read_as("source.db", "[0, 3"), Value::from("[0, 3"));
    }

    #[test]
    fn yes_and_no_are_written_as_in_toml() {
        assert_eq!(read_as("functions", "true"), Value::from(true));
        assert_eq!(read_as("functions", " false "), Value::from(false));
        for text in ["", "1", "yes", "TRUE"] {
            assert_eq!(read_as("functions", text), Value::from(text));
        }
    }

    proptest! {
        #[test]
        fn any_text_survives_as_a_text(text in any::<String>()) {
            for key in KEYS.iter().filter(|key| matches!(key.element.kind, ValueKind::Text | ValueKind::Secret | ValueKind::Duration)) {
                let written = read(key, &text);
                prop_assert_eq!(written.value.as_str(), Some(text.as_str()));
            }
        }

        #[test]
        fn any_text_without_brackets_survives_as_one_pattern(text in "[^\\[]*") {
            prop_assert_eq!(read_as("match", &text), Value::from(text.as_str()));
        }

        #[test]
        fn any_whole_number_is_read_as_itself(number in any::<i64>()) {
            prop_assert_eq!(read_as("max_errored_keys", &number.to_string()), Value::from(i128::from(number)));
        }
    }
}
