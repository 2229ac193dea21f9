//! Reads the names of keys that are quoted as `redis-cli` quotes strings.

use super::Key;

/// Why a quoted name cannot be read. Fits after "the quoted name".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misquoted {
    #[error("has no closing `\"`")]
    Open,
    #[error("has a `\\x` without two hexadecimal digits")]
    NoDigits,
    #[error("has the unknown escape `\\{}`", .0.escape_ascii())]
    UnknownEscape(u8),
}

impl Key {
    /// Reads the name at the beginning of a text, which begins with `"`. Also returns the text after it.
    pub fn unquoted(text: &[u8]) -> Result<(Self, &[u8]), Misquoted> {
        let mut rest = text.strip_prefix(b"\"").ok_or(Misquoted::Open)?;
        let mut name = Vec::with_capacity(rest.len());
        loop {
            match rest {
                [b'"', after @ ..] => return Ok((name.into(), after)),
                [b'\\', b'x', after @ ..] => {
                    let (digits, after) = after.split_at_checked(2).ok_or(Misquoted::NoDigits)?;
                    name.push(from_hex(digits).ok_or(Misquoted::NoDigits)?);
                    rest = after;
                }
                [b'\\', escaped, after @ ..] => {
                    name.push(unescaped(*escaped)?);
                    rest = after;
                }
                [byte, after @ ..] if *byte != b'\\' => {
                    name.push(*byte);
                    rest = after;
                }
                _ => return Err(Misquoted::Open),
            }
        }
    }
}

fn unescaped(escaped: u8) -> Result<u8, Misquoted> {
    match escaped {
        b'"' | b'\\' => Ok(escaped),
        b'n' => Ok(b'\n'),
        b'r' => Ok(b'\r'),
        b't' => Ok(b'\t'),
        b'a' => Ok(0x07),
        b'b' => Ok(0x08),
        unknown => Err(Misquoted::UnknownEscape(unknown)),
    }
}

fn from_hex(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0, |byte, digit| {
        let value = char::from(*digit).to_digit(16)?;
        Some(byte << 4 | u8::try_from(value).expect("a digit is below 16"))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_name_that_is_quoted_is_read_again(name: Vec<u8>, after: Vec<u8>) {
            let key = Key::from(name);
            let text = [key.to_string().as_bytes(), &after].concat();
            prop_assert_eq!(Key::unquoted(&text), Ok((key, &after[..])));
        }
    }

    #[test]
    fn what_is_not_quoted_as_redis_cli_does_is_refused() {
        let refused = |text: &str| Key::unquoted(text.as_bytes()).unwrap_err().to_string();
        for text in ["", "a", "\"", "\"a", "\"a\\", "\"a\\\""] {
            assert_eq!(refused(text), "has no closing `\"`", "{text}");
        }
        for text in ["\"\\x", "\"\\x1", "\"\\x1\"", "\"\\xg0\"", "\"\\x+1\""] {
            assert_eq!(refused(text), "has a `\\x` without two hexadecimal digits", "{text}");
        }
        assert_eq!(refused("\"\\q\""), "has the unknown escape `\\q`");
    }
}
