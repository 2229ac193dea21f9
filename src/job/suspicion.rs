//! Patterns that are valid, but probably do not mean what their author wanted.

use std::fmt;
use std::ops::RangeInclusive;

use super::Glob;
use super::glob::is_open_class;

/// A pattern that probably does not mean what its author wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspicion {
    pattern: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// It looks like a regular expression: the parts that do, and whether they are useless in a glob.
    Regex { parts: Vec<String>, is_plain: bool },
    /// It has a list in braces, as in a shell: the patterns that it stands for.
    Braces(Vec<String>),
    /// It has commas: the patterns between them, and whether one before the last ends a pattern with `*`.
    Commas { patterns: Vec<String>, is_plain: bool },
    /// A `[` without `]`.
    OpenClass,
    /// Characters that are not visible, as they are escaped in TOML.
    Invisible(Vec<String>),
}

impl Glob {
    /// Everything that looks like a mistake. Not a fault, because a key may have any name.
    #[must_use]
    pub fn suspicions(&self) -> Vec<Suspicion> {
        let elements: Vec<&[u8]> = self.elements().collect();
        let kinds = [regex(&elements), list(&elements), open_class(&elements), invisible(&self.to_string())];
        kinds.into_iter().flatten().map(|kind| Suspicion { pattern: self.shown(), kind }).collect()
    }

    /// The pattern in messages: invisible characters are escaped as in TOML.
    #[must_use]
    pub fn shown(&self) -> String {
        let text = self.to_string();
        text.char_indices().map(|(at, letter)| shown(&text, at, letter)).collect()
    }
}

impl Suspicion {
    /// Whether hardly any pattern is written like this on purpose.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        match &self.kind {
            Kind::Regex { is_plain, .. } | Kind::Commas { is_plain, .. } => *is_plain,
            Kind::Braces(_) | Kind::OpenClass | Kind::Invisible(_) => true,
        }
    }
}

/// A sentence for a hint.
impl fmt::Display for Suspicion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |parts: &[String]| parts.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(", ");
        write!(f, "the pattern `{}` ", self.pattern)?;
        match &self.kind {
            Kind::Regex { parts, .. } => write!(
                f,
                "looks like a regular expression ({}), but patterns are globs: `*` matches any text",
                quoted(parts)
            ),
            Kind::Braces(patterns) => {
                write!(f, "has a list in braces, which globs do not support: write the list of patterns {patterns:?}")
            }
            Kind::Commas { patterns, .. } => {
                write!(f, "has a comma, which matches only a comma: write the list of patterns {patterns:?}")
            }
            Kind::OpenClass => f.write_str("has a `[` without `]`: write `\\[` for the character itself"),
            Kind::Invisible(letters) => {
                write!(
                    f,
                    "has invisible characters ({}): remove them, unless the names have them, too",
                    quoted(letters)
                )
            }
        }
    }
}

fn regex(elements: &[&[u8]]) -> Option<Kind> {
    const CLASSES: &[u8] = b"dDwWsSbB";
    let at = |wanted: &[u8]| elements.iter().position(|element| *element == wanted);
    let pair = |first: &[u8], second: &[u8]| elements.windows(2).any(|pair| pair == [first, second]);
    let has_plus = elements.windows(2).any(|pair| pair[0][0] == b'[' && pair[1] == b"+");
    let group =
        at(b"(").zip(elements.iter().rposition(|element| *element == b")")).filter(|(open, close)| open < close);
    let has_choice = group.is_some_and(|(open, close)| elements[open..close].contains(&&b"|"[..]));
    let class = |element: &&&[u8]| matches!(element, [b'\\', letter] if CLASSES.contains(letter));
    let escaped = elements.iter().find(class).map(|element| String::from_utf8_lossy(element).into_owned());
    let plain = [
        (elements.first() == Some(&&b"^"[..])).then(|| "^".to_owned()),
        (elements.last() == Some(&&b"$"[..])).then(|| "$".to_owned()),
        escaped,
        has_plus.then(|| "[…]+".to_owned()),
        has_choice.then(|| "(…|…)".to_owned()),
    ];
    let possible = [
        pair(b".", b"*").then(|| ".*".to_owned()),
        pair(b".", b"+").then(|| ".+".to_owned()),
        (group.is_some() && !has_choice).then(|| "(…)".to_owned()),
        (at(b"|").is_some() && !has_choice).then(|| "|".to_owned()),
    ];
    let is_plain = plain.iter().any(Option::is_some);
    let parts: Vec<String> = plain.into_iter().chain(possible).flatten().collect();
    (!parts.is_empty()).then_some(Kind::Regex { parts, is_plain })
}

/// A list in braces, or between commas.
fn list(elements: &[&[u8]]) -> Option<Kind> {
    let is = |wanted: &'static [u8]| move |element: &&[u8]| *element == wanted;
    let text = |elements: &[&[u8]]| String::from_utf8_lossy(&elements.concat()).trim().to_owned();
    if let Some(open) = elements.iter().position(is(b"{"))
        && let Some(length) = elements[open..].iter().position(is(b"}"))
        && elements[open..open + length].contains(&&b","[..])
    {
        let (before, rest) = (&elements[..open], &elements[open + length + 1..]);
        let choices = elements[open + 1..open + length].split(is(b","));
        return Some(Kind::Braces(choices.map(|choice| text(&[before, choice, rest].concat())).collect()));
    }
    let parts: Vec<&[&[u8]]> = elements.split(is(b",")).collect();
    if parts.len() < 2 || parts.iter().any(|part| text(part).is_empty()) {
        return None;
    }
    let is_plain = parts[..parts.len() - 1].iter().any(|part| part.last() == Some(&&b"*"[..]));
    Some(Kind::Commas { patterns: parts.into_iter().map(text).collect(), is_plain })
}

fn open_class(elements: &[&[u8]]) -> Option<Kind> {
    elements.last().is_some_and(|last| is_open_class(last)).then_some(Kind::OpenClass)
}

fn invisible(text: &str) -> Option<Kind> {
    let mut letters = Vec::new();
    for (at, letter) in text.char_indices().filter(|(at, letter)| is_invisible(text, *at, *letter)) {
        let letter = shown(text, at, letter);
        if !letters.contains(&letter) {
            letters.push(letter);
        }
    }
    (!letters.is_empty()).then_some(Kind::Invisible(letters))
}

/// Format characters, and letters without a glyph.
const FORMAT: [RangeInclusive<char>; 16] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180e}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{2800}'..='\u{2800}',
    '\u{3164}'..='\u{3164}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff9}'..='\u{fffb}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e007f}',
];

/// Whether a character is not visible: control and format characters, spaces other than the usual one, and the usual one
/// at the start or the end.
fn is_invisible(text: &str, at: usize, letter: char) -> bool {
    let is_at_border = at == 0 || at + letter.len_utf8() == text.len();
    match letter {
        ' ' => is_at_border,
        _ => letter.is_control() || letter.is_whitespace() || FORMAT.iter().any(|letters| letters.contains(&letter)),
    }
}

/// A character; escaped as in TOML if it is not visible.
fn shown(text: &str, at: usize, letter: char) -> String {
    match letter {
        _ if !is_invisible(text, at, letter) => letter.to_string(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        _ if letter <= '\u{ffff}' => format!("\\u{:04X}", u32::from(letter)),
        _ => format!("\\U{:08X}", u32::from(letter)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints(pattern: &str) -> Vec<String> {
        Glob::new(pattern).suspicions().iter().map(Suspicion::to_string).collect()
    }

    #[track_caller]
    fn assert_hint(pattern: &str, is_plain: bool, expected: &str) {
        let suspicions = Glob::new(pattern).suspicions();
        assert_eq!(hints(pattern), [expected], "`{pattern}`");
        assert_eq!(suspicions[0].is_plain(), is_plain, "`{pattern}`");
    }

    #[test]
    fn a_regular_expression_is_recognised_by_its_parts() {
        let cases = [
            ("^cart:", true, "`^`"),
            ("cart:$", true, "`$`"),
            (r"cart:\d+", true, r"`\d`"),
            (r"^user\w*$", true, r"`^`, `$`, `\w`"),
            ("user:[0-9]+", true, "`[…]+`"),
            ("(cart|user):*", true, "`(…|…)`"),
            ("cart:.*", false, "`.*`"),
            ("cart:.+", false, "`.+`"),
            ("cart:*|user:*", false, "`|`"),
            ("(cart):*", false, "`(…)`"),
        ];
        for (pattern, is_plain, parts) in cases {
            let expected = format!(
                "the pattern `{pattern}` looks like a regular expression ({parts}), but patterns are globs: `*` matches any text"
            );
            assert_hint(pattern, is_plain, &expected);
        }
    }

    #[test]
    fn a_list_in_a_pattern_is_shown_as_a_list_of_patterns() {
        let braces = "has a list in braces, which globs do not support: write the list of patterns";
        assert_hint("{a,b}:*", true, &format!("the pattern `{{a,b}}:*` {braces} [\"a:*\", \"b:*\"]"));
        let comma = "has a comma, which matches only a comma: write the list of patterns";
        assert_hint("a:*,b:*", true, &format!("the pattern `a:*,b:*` {comma} [\"a:*\", \"b:*\"]"));
        assert_hint("a:*, b:*", true, &format!("the pattern `a:*, b:*` {comma} [\"a:*\", \"b:*\"]"));
        assert_hint("a,b:*", false, &format!("the pattern `a,b:*` {comma} [\"a\", \"b:*\"]"));
    }

    #[test]
    fn a_class_without_an_end_is_recognised() {
        for pattern in ["cart[1", "cart[", "cart[^", r"cart[1\]", "[a]x[b-"] {
            let expected =
                format!("the pattern `{pattern}` has a `[` without `]`: write `\\[` for the character itself");
            assert_hint(pattern, true, &expected);
        }
    }

    #[test]
    fn invisible_characters_are_shown_with_an_escape() {
        let cases = [
            (" cart:*", r"\u0020cart:*", r"`\u0020`"),
            ("cart:* ", r"cart:*\u0020", r"`\u0020`"),
            ("a\tb\n", r"a\tb\n", r"`\t`, `\n`"),
            ("\u{feff}cart:*", r"\uFEFFcart:*", r"`\uFEFF`"),
            ("a\u{a0}b\u{a0}", r"a\u00A0b\u00A0", r"`\u00A0`"),
            ("a\u{200b}b\u{202e}c\u{2066}", r"a\u200Bb\u202Ec\u2066", r"`\u200B`, `\u202E`, `\u2066`"),
            ("a\u{e0041}b", r"a\U000E0041b", r"`\U000E0041`"),
        ];
        for (pattern, shown, letters) in cases {
            let hint = "remove them, unless the names have them, too";
            let expected = format!("the pattern `{shown}` has invisible characters ({letters}): {hint}");
            assert_hint(pattern, true, &expected);
        }
    }

    #[test]
    fn usual_patterns_are_not_suspicious() {
        let patterns = [
            "*",
            "cart:*",
            "cart:[0-9]*",
            "[^a-z]*",
            "user name:*",
            "{user:1}:*",
            "{user}.cart",
            "price$*",
            "a^b",
            "a(b",
            r"a\*",
            r"a\[b",
            r"\^a",
            r"a\\d",
            "ключ:*",
            "emoji:❤️:*",
            "a+b",
            "[a,b]*",
            "a,",
            "a]b}",
        ];
        for pattern in patterns {
            assert_eq!(hints(pattern), Vec::<String>::new(), "`{pattern}`");
        }
    }

    #[test]
    fn a_pattern_may_have_several_suspicions() {
        assert_eq!(hints("^a[ ").len(), 3);
    }
}
