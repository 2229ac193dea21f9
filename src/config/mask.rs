//! Which texts of users may contain a password at a wrong place, and what messages show instead.

use std::borrow::Cow;
use std::path::Path;

/// Shown instead of a value.
pub const HIDDEN: &str = "***";

/// Shown instead of a name, or of a part of an argument.
pub const LEFT_OUT: &str = "…";

/// Whether a text may be a URL with a login, or a part of one.
fn may_hold_login(text: &str) -> bool {
    text.contains('@') || (text.contains("://") && text.contains('?'))
}

/// A value in a message.
pub fn value(text: &str) -> &str {
    if may_hold_login(text) { HIDDEN } else { text }
}

/// The name of a key or of a job in a message. If it is a URL or contains a `=`, it may contain a password.
pub fn name(text: &str) -> &str {
    if may_hold_login(text) || text.contains('=') || text.contains("://") { LEFT_OUT } else { text }
}

/// An argument in a message: what follows a `=` is left out.
pub fn argument(text: &str) -> Cow<'_, str> {
    match text.split_once('=') {
        Some((key, _)) if name(key) == key => format!("{key}={LEFT_OUT}").into(),
        _ => name(text).into(),
    }
}

/// An argument of a command that may be `KEY=VALUE`, to be shown to the user who gave it. The value of a key that may be a
/// secret is hidden, and so is a URL with a login.
pub fn setting(text: &str) -> String {
    let Some((key, value)) = text.split_once('=').filter(|(key, _)| !may_hold_login(key)) else {
        return self::value(text).to_owned();
    };
    let last = key.rsplit('.').next().unwrap_or(key);
    let is_file = last.ends_with("password_file") && is_path(Path::new(value));
    let may_be_secret =
        !is_file && [key, value].iter().any(|text| text.contains("password") || text.contains("username"));
    let shown = if may_be_secret { HIDDEN } else { self::value(value) };
    format!("{key}={shown}")
}

/// Whether the value of `password_file` is probably a path and not the password: it has a `/` and only characters that
/// are usual in paths, or the file exists.
pub fn is_path(path: &Path) -> bool {
    let usual = |letter: char| letter.is_alphanumeric() || "/._-~ ".contains(letter);
    let looks_like_one = path.to_str().is_some_and(|text| text.contains('/') && text.chars().all(usual));
    looks_like_one || path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_may_hold_a_login_is_hidden() {
        for text in ["redis://u:s3cr3t@h", "u:s3cr3t@h", "s3cr3t@h", "unix:///r.sock?password=s3cr3t"] {
            assert_eq!((value(text), name(text)), (HIDDEN, LEFT_OUT));
            assert!(!argument(text).contains("s3cr3t"), "{text}");
        }
        assert_eq!(value("redis://cache"), "redis://cache");
        assert_eq!(name("source.hots"), "source.hots");
    }

    #[test]
    fn the_value_of_an_argument_is_left_out() {
        assert_eq!(argument("source.password=s3cr3t"), "source.password=…");
        assert_eq!(argument("redis://:s3=cr3t@h"), "…");
        assert_eq!(argument("a=b=c"), "a=…");
        assert_eq!(argument("job.toml"), "job.toml");
    }

    #[test]
    fn a_password_does_not_look_like_a_path() {
        for text in ["s3cr3t", "s3cr3t.", "aGVs/G8=", "a/b+c", "redis://u:s3cr3t@h/3", "u@/x", "p/!"] {
            assert!(!is_path(Path::new(text)), "{text}");
        }
        for text in ["/run/secrets/redis", "no/such/file", "./p.txt", "~/pw", "Cargo.toml"] {
            assert!(is_path(Path::new(text)), "{text}");
        }
    }
}
