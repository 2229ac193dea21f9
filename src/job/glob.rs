//! Redis' glob patterns, on bytes, with the exact rules of the servers (`stringmatchlen` in `util.c`):
//! `*`, `?`, `[abc]`, `[a-z]`, `[^a]`, and `\` before a literal byte.

use std::fmt;

use serde::{Serialize, Serializer};

/// A pattern over key names.
#[derive(Clone, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    /// Every text is a valid pattern, as it is for the servers.
    #[must_use]
    pub fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    /// The pattern as in the job file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it matches every key. Only `*` does: see [`Glob::matches`].
    #[must_use]
    pub fn matches_all(&self) -> bool {
        self.0 == "*"
    }

    /// Whether it matches a key. The empty key is matched by `*`, because `SCAN` skips the comparison for that pattern,
    /// but not by `**`, which it compares.
    #[must_use]
    pub fn matches(&self, key: &[u8]) -> bool {
        if key.is_empty() { self.matches_all() || self.0.is_empty() } else { matches(self.0.as_bytes(), key) }
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Glob {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

/// Compares pattern and text from left to right. At a mismatch, the last `*` has to match one byte more. Earlier `*`
/// need no second try: they cannot lead to a match that the last `*` does not find.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        if pattern.get(p) == Some(&b'*') {
            p += 1;
            retry = Some((p, t));
            continue;
        }
        let step = match text.get(t) {
            None => return pattern[p..].iter().all(|&byte| byte == b'*'),
            Some(&byte) => pattern.get(p).and_then(|_| one(&pattern[p..], byte)),
        };
        match (step, retry) {
            (Some(width), _) => {
                p += width;
                t += 1;
            }
            (None, Some((after_star, taken))) => {
                p = after_star;
                t = taken + 1;
                retry = Some((after_star, t));
            }
            (None, None) => return false,
        }
    }
}

/// The length of the pattern's first element if it matches `byte`.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'[', ..] => class(pattern, byte),
        [b'\\', literal, ..] => (*literal == byte).then_some(2),
        [literal, ..] => (*literal == byte).then_some(1),
        [] => None,
    }
}

/// `[…]`. Without `]`, the class ends with the pattern. A range may be reversed.
fn class(pattern: &[u8], byte: u8) -> Option<usize> {
    let negated = pattern.get(1) == Some(&b'^');
    let mut at = if negated { 2 } else { 1 };
    let mut found = false;
    loop {
        match &pattern[at.min(pattern.len())..] {
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
                let (low, high) = if first <= last { (first, last) } else { (last, first) };
                found |= (*low..=*high).contains(&byte);
                at += 3;
            }
            [literal, ..] => {
                found |= *literal == byte;
                at += 1;
            }
        }
    }
    (found != negated).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let glob = Glob::new(pattern);
        for text in matching {
            assert!(glob.matches(text.as_bytes()), "`{pattern}` should match `{text}`");
        }
        for text in others {
            assert!(!glob.matches(text.as_bytes()), "`{pattern}` should not match `{text}`");
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
    fn escapes_are_literal() {
        check("a\\*", &["a*"], &["ab", "a\\*"]);
        check("a\\", &["a\\"], &["a"]);
    }

    #[test]
    fn many_stars_do_not_take_exponential_time() {
        let glob = Glob::new("a*".repeat(40) + "b");
        assert!(!glob.matches(&[b'a'; 4000]));
    }
}
