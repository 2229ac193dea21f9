//! Finds a secret in a text, however the text spells it.

use std::collections::BTreeSet;

/// A shorter secret is found only as a word of its own: every text contains an `a`.
const SHORTEST: usize = 4;
/// A text that was cut may contain only the beginning of a secret. It is found if it has this many characters.
const SHORTEST_PART: usize = 8;

/// The length of the secret at this position of a text; `None` if the text has none there.
pub(super) fn secret_at(text: &[u8], at: usize, secret: &[char]) -> Option<usize> {
    let (matched, length) = spelled(&text[at..], secret);
    let is_found = match secret.len() {
        0 => false,
        whole if whole < SHORTEST => matched == whole && is_word(text, at, length),
        whole => matched == whole || matched >= SHORTEST_PART,
    };
    is_found.then_some(length)
}

/// How many characters of a secret a text begins with, and the bytes that they take.
fn spelled(text: &[u8], secret: &[char]) -> (usize, usize) {
    let (mut ends, mut found) = (BTreeSet::from([0]), (0, 0));
    if secret.first().is_none_or(|&first| spellings(text, first).next().is_none()) {
        return found;
    }
    for (before, &character) in secret.iter().enumerate() {
        ends =
            ends.iter().flat_map(|&end| spellings(&text[end..], character).map(move |length| end + length)).collect();
        let Some(&longest) = ends.last() else { break };
        found = (before + 1, longest);
    }
    found
}

/// The lengths of all spellings of a character that a text begins with.
fn spellings(text: &[u8], character: char) -> impl Iterator<Item = usize> {
    let mut bytes = [0; 4];
    let mut bytes = character.encode_utf8(&mut bytes).bytes();
    let by_bytes = bytes.try_fold(0, |end, byte| Some(end + byte_at(&text[end..], byte)?));
    let may_be_name = matches!(text.first(), Some(b'\\' | b' ' | b'+' | b'%'));
    let names = may_be_name.then(|| names(character)).into_iter().flatten().map(String::into_bytes);
    let is_here = |name: &Vec<u8>| text.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
    by_bytes.into_iter().chain(names.filter(is_here).map(|name| name.len()).collect::<Vec<_>>())
}

/// The length of one byte of a character: as it is, or in hexadecimal.
fn byte_at(text: &[u8], byte: u8) -> Option<usize> {
    let is_hex = |digits: &[u8]| {
        std::str::from_utf8(digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok()) == Some(byte)
    };
    match text {
        // A `%` or a `\` of the secret may also begin an escape: that is one of the names.
        [b'%', digits @ ..] if digits.get(..2).is_some_and(is_hex) => Some(3),
        [b'\\', b'x' | b'X', digits @ ..] if digits.get(..2).is_some_and(is_hex) => Some(4),
        [first, ..] if *first == byte => Some(1),
        _ => None,
    }
}

/// Other spellings: the escapes of Rust, JSON and C, and what servers and URLs put in place of white space.
fn names(character: char) -> impl Iterator<Item = String> {
    let code = u32::from(character);
    let escapes = [format!("\\u{{{code:x}}}"), format!("\\u{code:04x}")];
    let short: &[&str] = match character {
        '\n' => &["\\n", " "],
        '\r' => &["\\r", " "],
        '\t' => &["\\t"],
        '\u{7}' => &["\\a"],
        '\u{8}' => &["\\b"],
        '\u{c}' => &["\\f"],
        '\u{b}' => &["\\v"],
        '\u{1b}' => &["\\e"],
        '\0' => &["\\0"],
        '"' => &["\\\""],
        '\'' => &["\\'"],
        '\\' => &["\\\\", "\\"],
        '%' => &["%"],
        ' ' => &["+"],
        _ => &[],
    };
    escapes.into_iter().chain(short.iter().map(|&name| name.to_owned()))
}

fn is_word(text: &[u8], at: usize, length: usize) -> bool {
    let is_letter = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
    !is_letter(at.checked_sub(1).map(|before| &text[before])) && !is_letter(text.get(at + length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(text: &str, secret: &str) -> Option<usize> {
        let secret: Vec<char> = secret.chars().collect();
        (0..text.len()).find_map(|at| secret_at(text.as_bytes(), at, &secret))
    }

    #[test]
    fn each_character_may_be_spelled_in_its_own_way() {
        let secret = "p\"4 %\n\u{202e}é";
        for text in [
            "p\"4 %\n\u{202e}é",
            "p%224%20%25%0a%E2%80%AE%c3%a9",
            "p%224+%25%0A%e2%80%aeé",
            "p\\\"4 %\\n\\u{202e}\\u{e9}",
            "p\\u00224 \\u0025\\n\\u202E\\u00E9",
            "p\\x224 %\\x0a\\xe2\\x80\\xae\\xc3\\xa9",
            "p\"4 % \u{202e}é",
        ] {
            assert_eq!(finds(text, secret), Some(text.len()), "{text}");
            assert_eq!(finds(&format!("ERR `{text}`, what?"), secret), Some(text.len()), "{text}");
        }
    }

    #[test]
    fn a_short_secret_is_found_as_a_word_only() {
        assert_eq!(finds("ERR invalid password 'a'", "a"), Some(1));
        assert_eq!(finds("ERR invalid password", "a"), None);
        assert_eq!(finds("WRONGPASS", "pass"), None);
        assert_eq!(finds("surpass", "pass"), Some(4));
        assert_eq!(finds("anything", ""), None);
    }

    #[test]
    fn the_beginning_of_a_long_secret_is_found_where_a_text_was_cut() {
        let secret = "hunter2hunter2";
        assert_eq!(finds("ERR with args: 'hunter2h", secret), Some(8));
        assert_eq!(finds("ERR a hunter2", secret), None);
    }

    #[test]
    fn a_text_of_many_backslashes_takes_no_long_time() {
        assert_eq!(finds(&"\\".repeat(4000), &("\\".repeat(500) + "x")), Some(1000));
    }

    proptest! {
        #[test]
        fn a_secret_is_found_however_it_is_escaped(secret in "\\PC{4,12}|[\\x00-\\x7f]{4,12}") {
            let debug = format!("{secret:?}");
            let json = serde_json::to_string(&secret).expect("a string");
            let percent = secret.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
            let escaped = secret.escape_default().to_string();
            for text in [&secret, &debug, &json, &percent, &escaped, &crate::sanitize::one_line(&secret).into_owned()] {
                prop_assert!(finds(text, &secret).is_some(), "{text}");
            }
        }
    }
}
