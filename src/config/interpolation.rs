//! Values that refer to a variable, such as `${REDIS_HOST}`. They are refused, because nothing replaces them.

use figment::value::Value;

use super::elements::{Rejection, ValueKind};
use super::endpoint_parts::Part;
use super::keys::ConfigKey;
use super::origin::Origin;

/// Why a value is refused; `None` if it refers to no variable. The hint depends on whether a file gives the value.
pub(super) fn refusal(key: &ConfigKey, value: &Value, origin: &Origin) -> Option<Rejection> {
    let hint = || if origin.is_override() { Some(escape(GIVE_IT, key)) } else { hint(key) };
    let of_text = |text: &str| reference(key, text).map(|found| Rejection::because(sentence(key, found), hint()));
    match value {
        Value::String(_, text) => of_text(text),
        Value::Array(_, list) => list.iter().enumerate().find_map(|(index, element)| {
            of_text(element.as_str()?).map(|refusal| Rejection { index: Some(index), ..refusal })
        }),
        _ => None,
    }
}

const GIVE_IT: &str = "only a shell replaces variables: give the value itself";

/// What to do instead in a file.
fn hint(key: &ConfigKey) -> Option<String> {
    Some(escape(&format!("the variable `{}` overrides the value", key.variable()?), key))
}

fn is_pattern(key: &ConfigKey) -> bool {
    key.element.kind == ValueKind::List && !key.is_part(&[Part::Password])
}

/// Adds how to write a `$`.
fn escape(hint: &str, key: &ConfigKey) -> String {
    let of_pattern = if is_pattern(key) { "; in a pattern, `\\$` is the character itself" } else { "" };
    format!("{hint}{of_pattern}")
}

fn sentence(key: &ConfigKey, found: &str) -> String {
    let found = if key.is_secret() { "${…}" } else { found };
    format!("contains `{found}`, but variables in values are not supported")
}

/// The first part of a text that looks like a variable.
fn reference<'a>(key: &ConfigKey, text: &'a str) -> Option<&'a str> {
    let is_password = key.is_secret() && !key.is_part(&[Part::Url]);
    let in_braces = text.match_indices("${").find_map(|(at, _)| {
        let is_escaped = key.element.kind == ValueKind::List && text[..at].ends_with('\\');
        in_braces(&text[at..]).filter(|found| !is_escaped && (!is_password || *found == text))
    });
    let is_path = key.element.kind == ValueKind::Text && !key.is_part(&[Part::User]);
    in_braces.or_else(|| if is_path { without_braces(text) } else { None })
}

/// `${NAME}`, and `${NAME:-default}` and the like, at the start of a text.
fn in_braces(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("${")?;
    let name = inner.find(|letter: char| !is_of_name(letter)).filter(|end| *end > 0)?;
    let end = inner.find('}').filter(|_| inner[name..].starts_with([':', '-', '=', '?', '+', '}']))?;
    text.get(..end + 3)
}

/// `$NAME` in capitals, if it is the text or the first part of a path.
fn without_braces(text: &str) -> Option<&str> {
    let name = text.strip_prefix('$')?.split('/').next()?;
    let is_name =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit());
    text.get(..=name.len()).filter(|_| is_name)
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys;

    fn found<'a>(path: &str, text: &'a str) -> Option<&'a str> {
        reference(keys::find(path).expect("a key"), text)
    }

    #[test]
    fn what_looks_like_a_variable_is_found() {
        assert_eq!(found("source.host", "${REDIS_HOST}"), Some("${REDIS_HOST}"));
        assert_eq!(found("source.host", "a-${x}.b"), Some("${x}"));
        assert_eq!(found("source.host", "${HOST:-localhost}"), Some("${HOST:-localhost}"));
        assert_eq!(found("error_log.path", "$HOME/a.log"), Some("$HOME"));
        assert_eq!(found("match", "${PREFIX}:*"), Some("${PREFIX}"));
        assert_eq!(found("source.url", "redis://:${PASSWORD}@h"), Some("${PASSWORD}"));
        assert_eq!(found("source.password", "${PASSWORD}"), Some("${PASSWORD}"));
    }

    #[test]
    fn other_dollars_are_characters() {
        for (path, text) in [
            ("source.password", "a${X}b"),
            ("source.password", "$SECRET"),
            ("source.password", "${"),
            ("source.username", "$USER"),
            ("match", r"\${PREFIX}:*"),
            ("match", "$PREFIX:*"),
            ("match", "${}"),
            ("match", "${a b}"),
            ("error_log.path", "$lower/a"),
            ("error_log.path", "a$B"),
        ] {
            assert_eq!(found(path, text), None, "{path} = {text}");
        }
    }
}
