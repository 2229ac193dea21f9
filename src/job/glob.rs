//! Redis' glob patterns, on bytes, with the exact rules of the servers (`stringmatchlen` in `util.c`):
//! `*`, `?`, `[abc]`, `[a-z]`, `[^a]`, and `\` before a literal byte.

use std::fmt;

use serde::{Serialize, Serializer};

/// Newer servers let a pattern with more groups of `*` than this match nothing.
const MAX_STARS: usize = 1000;

/// A pattern over key names.
#[derive(Clone, PartialEq, Eq)]
pub struct Glob {
    pattern: Vec<u8>,
    /// How many bytes at its start stand for themselves.
    literal: usize,
    /// The first of those bytes, and which bits of a [`word`] they are: they rule out most keys.
    start: u64,
    mask: u64,
}

/// The first eight bytes as a number; missing ones are 0.
#[inline]
fn word(bytes: &[u8]) -> u64 {
    let padded = || {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        word
    };
    u64::from_le_bytes(bytes.first_chunk().copied().unwrap_or_else(padded))
}

/// How a server compares bytes in ranges such as `[a-z]`: as C's `char`, which depends on its CPU. All other rules are
/// the same on every server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CharSign {
    /// Bytes above 127 come before all others, as on x86.
    #[default]
    Signed,
    /// Bytes above 127 come after all others, as on ARM.
    Unsigned,
}

impl Glob {
    /// Every text is a valid pattern, as it is for the servers.
    #[must_use]
    pub fn new(pattern: impl Into<Vec<u8>>) -> Self {
        let pattern = pattern.into();
        let literal = pattern.iter().position(|byte| b"*?[\\".contains(byte)).unwrap_or(pattern.len());
        let start = word(&pattern[..literal]);
        let mask = word(&[0xff; 8][..literal.min(8)]);
        Self { pattern, literal, start, mask }
    }

    /// As it is sent to a server.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.pattern
    }

    /// Whether it matches every key. Only `*` does: see [`Glob::matches`].
    #[must_use]
    pub fn matches_all(&self) -> bool {
        self.pattern == b"*"
    }

    /// Whether it matches a key. The empty key is matched by `*`, because `SCAN` skips the comparison for that pattern,
    /// but not by `**`, which it compares.
    #[must_use]
    #[inline]
    pub fn matches(&self, key: &[u8], sign: CharSign) -> bool {
        word(key) & self.mask == self.start && self.matches_closely(key, sign)
    }

    fn matches_closely(&self, key: &[u8], sign: CharSign) -> bool {
        if key.is_empty() {
            return self.matches_all() || self.pattern.is_empty();
        }
        let (start, rest) = self.pattern.split_at(self.literal);
        key.strip_prefix(start).is_some_and(|text| matches(rest, text, sign))
    }

    /// Whether it matches the same keys on every server. It does not if it has a range between an ASCII character and
    /// another one, such as `[a-é]`, or too many `*`.
    #[must_use]
    pub fn is_portable(&self) -> bool {
        let is_portable = |element: &[u8]| {
            (0..=u8::MAX).all(|byte| {
                matches_one(element, byte, CharSign::Signed) == matches_one(element, byte, CharSign::Unsigned)
            })
        };
        let stars = self.elements().filter(|element| *element == b"*").count();
        stars <= MAX_STARS && self.elements().filter(|element| element[0] == b'[').all(is_portable)
    }

    /// A pattern that matches this text and nothing else.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        let escaped = |letter: char| if "*?[\\".contains(letter) { vec!['\\', letter] } else { vec![letter] };
        Self::new(text.chars().flat_map(escaped).collect::<String>())
    }

    /// Whether every key that it matches begins with a prefix, because the pattern itself does, letter by letter.
    #[must_use]
    pub fn begins_with(&self, prefix: &[u8]) -> bool {
        let mut elements = self.elements();
        prefix.iter().all(|byte| match elements.next() {
            None | Some([b'*' | b'?' | b'[', ..]) => false,
            Some(literal) => literal.last() == Some(byte),
        })
    }

    /// Its elements, such as `a`, `*`, `\*` and `[a-z]`. None is empty.
    pub(super) fn elements(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &*self.pattern;
        std::iter::from_fn(move || {
            let (element, after) = rest.split_at_checked(width(rest))?;
            rest = after;
            Some(element)
        })
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(&self.pattern), f)
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.pattern))
    }
}

/// As in the job file, where a pattern is text.
impl Serialize for Glob {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// Compares pattern and text from left to right. At a mismatch, the last `*` has to match one byte more. Earlier `*`
/// need no second try: they cannot lead to a match that the last `*` does not find.
fn matches(pattern: &[u8], text: &[u8], sign: CharSign) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            if p == pattern.len() {
                return true;
            }
            retry = Some((p, t));
            continue;
        }
        let Some(&byte) = text.get(t) else { return pattern[p..].iter().all(|&byte| byte == b'*') };
        match retry {
            _ if matches_one(&pattern[p..], byte, sign) => {
                p += width(&pattern[p..]);
                t += 1;
            }
            Some((after_star, taken)) => {
                p = after_star;
                t = taken + 1;
                retry = Some((after_star, t));
            }
            None => return false,
        }
    }
}

/// Whether the pattern's first element matches a byte.
fn matches_one(pattern: &[u8], byte: u8, sign: CharSign) -> bool {
    match pattern {
        [b'?', ..] => true,
        [b'[', ..] => class(pattern, byte, sign).0,
        [b'\\', literal, ..] | [literal, ..] => *literal == byte,
        [] => false,
    }
}

/// The length of the pattern's first element.
fn width(pattern: &[u8]) -> usize {
    match pattern {
        [b'[', ..] => class(pattern, 0, CharSign::default()).1,
        [b'\\', _, ..] => 2,
        _ => 1,
    }
}

/// `[…]`: whether it matches a byte, and its length. Without `]`, it ends with the pattern. A range may be reversed.
fn class(pattern: &[u8], byte: u8, sign: CharSign) -> (bool, usize) {
    let negated = pattern.get(1) == Some(&b'^');
    let mut at = if negated { 2 } else { 1 };
    let mut found = false;
    loop {
        match &pattern[at..] {
            [b'\\', literal, ..] => {
                found |= *literal == byte;
                at += 2;
            }
            [b']', ..] => {
                at += 1;
                break;
            }
            [] => break,
            [first, b'-', last, ..] => {
                let [first, last, byte] = [*first, *last, byte].map(|byte| sign.order(byte));
                found |= (first.min(last)..=first.max(last)).contains(&byte);
                at += 3;
            }
            [literal, ..] => {
                found |= *literal == byte;
                at += 1;
            }
        }
    }
    (found != negated, at)
}

/// Whether an element is a class without `]`.
pub(super) fn is_open_class(element: &[u8]) -> bool {
    element.first() == Some(&b'[') && width(&[element, b"]"].concat()) > element.len()
}

impl CharSign {
    /// A number that orders bytes as the server does.
    fn order(self, byte: u8) -> u8 {
        match self {
            Self::Signed => byte ^ 0x80,
            Self::Unsigned => byte,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let glob = Glob::new(pattern);
        for text in matching {
            assert!(glob.matches(text.as_bytes(), CharSign::Signed), "`{pattern}` should match `{text}`");
        }
        for text in others {
            assert!(!glob.matches(text.as_bytes(), CharSign::Signed), "`{pattern}` should not match `{text}`");
        }
    }

    #[test]
    fn stars_and_question_marks() {
        check("*", &["", "a", "ab"], &[]);
        check("**", &["a", "ab"], &[""]);
        check("a*c*e", &["ace", "abcde", "acce"], &["ac", "abcd", "xace"]);
        check("a?c", &["abc", "a?c"], &["ac", "abbc"]);
        check("session:*", &["session:", "session:1"], &["Session:1", "session"]);
    }

    #[test]
    fn classes() {
        check("[ab]x", &["ax", "bx"], &["cx", "x"]);
        check("[^ab]x", &["cx", "^x"], &["ax"]);
        check("[a-c]", &["a", "b", "c"], &["d", "-"]);
        check("[c-a]", &["a", "b", "c"], &["d"]);
        check("[\\]]", &["]"], &["\\"]);
        check("[ab", &["a", "b"], &["[ab"]);
    }

    #[test]
    fn a_range_with_other_characters_depends_on_the_cpu() {
        let glob = Glob::new(b"[a-\xc3]".as_slice());
        let matched = |sign| (0..=u8::MAX).filter(|byte| glob.matches(&[*byte], sign)).collect::<Vec<_>>();
        assert_eq!(matched(CharSign::Unsigned), (b'a'..=0xc3).collect::<Vec<_>>());
        assert_eq!(matched(CharSign::Signed), (0..=b'a').chain(0xc3..=u8::MAX).collect::<Vec<_>>());
    }

    #[test]
    fn a_pattern_is_portable_if_all_servers_apply_it_in_the_same_way() {
        for pattern in ["*", "ключ:[0-9]", "[а-я]*", "[^a-z\\]é]", "é-[a-", "\\[a-é]"] {
            assert!(Glob::new(pattern).is_portable(), "`{pattern}`");
        }
        for pattern in ["[a-é]", "x[é-a]", "[]]a[^\\]z-ß"] {
            assert!(!Glob::new(pattern).is_portable(), "`{pattern}`");
        }
        assert!(Glob::new("a*".repeat(1000)).is_portable());
        assert!(!Glob::new("a*".repeat(1001)).is_portable());
    }

    #[test]
    fn escapes_are_literal() {
        check("a\\*", &["a*"], &["ab", "a\\*"]);
        check("a\\", &["a\\"], &["a"]);
    }

    #[test]
    fn a_pattern_begins_with_a_prefix_letter_by_letter() {
        for (pattern, prefix) in [("a:*", "a:"), ("a:b", ""), (r"\a\*\[x]*", "a*[x]"), ("a\\", "a\\"), ("ключ*", "кл")]
        {
            assert!(Glob::new(pattern).begins_with(prefix.as_bytes()), "`{pattern}` `{prefix}`");
        }
        for (pattern, prefix) in
            [("*", "a"), ("a", "ab"), ("[a]b", "a"), ("?", "?"), ("a*", "a*"), ("a[", "a["), (r"\ab", "\\a")]
        {
            assert!(!Glob::new(pattern).begins_with(prefix.as_bytes()), "`{pattern}` `{prefix}`");
        }
    }

    #[test]
    fn a_literal_pattern_matches_its_text_only() {
        let glob = Glob::literal(r"a*?[b]\{ж");
        assert!(glob.matches(r"a*?[b]\{ж".as_bytes(), CharSign::Signed));
        assert!(!glob.matches(r"axx[b]\{ж".as_bytes(), CharSign::Signed));
        assert!(glob.begins_with(r"a*?[b]\{ж".as_bytes()));
    }

    #[test]
    fn many_stars_do_not_take_exponential_time() {
        let glob = Glob::new("a*".repeat(40) + "b");
        assert!(!glob.matches(&[b'a'; 4000], CharSign::Signed));
    }
}
