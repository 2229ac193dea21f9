//! Makes text from servers, keys and files safe to print: it cannot control a terminal, leave its line, or change the
//! order in which other text is read.

use std::borrow::Cow;
use std::fmt::Write;

/// The most characters of an error text that are shown.
const LONGEST: usize = 300;
/// How many of them are its last ones: servers name the reason at the end, too.
const TAIL: usize = 60;

/// Escapes all characters that are not safe.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_unsafe, |character, to| to.extend(character.escape_default()))
}

/// The same for a text of several lines, which the program composed.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(
        text,
        |character| is_unsafe(character) && character != '\n',
        |character, to| {
            to.extend(character.escape_default());
        },
    )
}

/// Makes JSON safe to print. It keeps its meaning: outside of strings JSON is ASCII, and the strings stay the same.
#[must_use]
pub fn json(document: &str) -> Cow<'_, str> {
    let is_raw = |character: char| is_unsafe(character) && !character.is_ascii_whitespace();
    escaped(document, is_raw, |character, to| {
        write!(to, "\\u{:04x}", u32::from(character)).expect("a write to a String cannot fail");
    })
}

/// An error text from outside: one line, and not too long.
#[must_use]
pub fn short(text: &str) -> String {
    let line = one_line(text);
    if line.chars().nth(LONGEST).is_none() {
        return line.into_owned();
    }
    let head: String = line.chars().take(LONGEST - TAIL - 1).collect();
    let tail: String = line.chars().skip(line.chars().count() - TAIL).collect();
    format!("{head}…{tail}")
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool, escape: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_escaped(character) {
            escape(character, &mut shown);
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Control characters, marks that change the direction of text, and separators of lines and paragraphs.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'
                | '\u{2029}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each kind.
    const UNSAFE: &str =
        "\x1b[2J\r\n\t\x07\x7f\u{85}\u{9b}\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2066}\u{2069}";

    #[test]
    fn control_characters_and_marks_of_direction_are_escaped() {
        let expected = "\\u{1b}[2J\\r\\n\\t\\u{7}\\u{7f}\\u{85}\\u{9b}\\u{61c}\\u{200e}\\u{200f}\\u{2028}\\u{2029}\
                        \\u{202a}\\u{202e}\\u{2066}\\u{2069}";
        assert_eq!(one_line(UNSAFE), expected);
        assert_eq!(lines("a\nb\r\u{202e}"), "a\nb\\r\\u{202e}");
    }

    #[test]
    fn every_other_text_stays_as_it_is() {
        let text = "ERR \"a\" 'b' \\ é 漢 👩‍👩‍👧 \u{200d}\u{a0}";
        assert!(matches!(one_line(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn json_keeps_its_meaning() {
        let document = serde_json::to_string_pretty(&serde_json::json!({ "a": UNSAFE, "b": ["é"] })).expect("JSON");
        let safe = json(&document);
        assert_eq!(lines(&safe), safe);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&safe).expect("JSON"),
            serde_json::from_str::<serde_json::Value>(&document).expect("JSON")
        );
    }

    #[test]
    fn a_long_text_keeps_its_beginning_and_its_end() {
        let text = format!("ERR {}é already exists", "x".repeat(400));
        let shown = short(&text);
        assert_eq!(shown.chars().count(), LONGEST);
        assert!(
            shown.starts_with("ERR xxx") && shown.ends_with("xé already exists") && shown.contains("x…x"),
            "{shown}"
        );
        assert_eq!(short(&"x".repeat(LONGEST)), "x".repeat(LONGEST));
    }
}
