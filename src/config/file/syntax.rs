//! Errors of the TOML parser: in plain words, without the text that they quote, and with a hint for common slips.

use toml::de::Error;

use super::Text;
use crate::config::fault::{Fault, Problem};

/// After a mistake, the parser often finds more that are none.
const MOST: usize = 3;

/// The first error of each line.
pub(super) fn faults(errors: &[Error], text: &Text) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    let mut last = 0;
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        let (line, column) = text.position(at);
        if line == last || faults.len() == MOST {
            continue;
        }
        last = line;
        let whole = text.as_str().lines().nth(line - 1).unwrap_or_default();
        let hint = hint(text.as_str(), whole, column, error.message()).map(str::to_owned);
        faults.push(Fault::at(text.line_and_column(at), Problem::Syntax(plain(error.message()))).hint(hint));
    }
    faults
}

/// Only the first line: the others quote the text, which may hold a secret.
fn plain(message: &str) -> String {
    let first = message.lines().next().unwrap_or("is not valid TOML");
    match first {
        "string values must be quoted, expected literal string"
        | "invalid float, expected `nan`"
        | "invalid float, expected `inf`" => "a text must be in quotes",
        "invalid boolean, expected `true`" | "invalid boolean, expected `false`" => "must be `true` or `false`",
        other => other.strip_suffix(", expected nothing").unwrap_or(other),
    }
    .to_owned()
}

/// What was probably wanted. Shows nothing of the line.
fn hint(file: &str, line: &str, column: usize, message: &str) -> Option<&'static str> {
    let start = file.trim_start();
    if start.starts_with('{') || start.starts_with("---") || start.starts_with("job:") {
        return Some(IS_TOML);
    }
    if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark)) {
        return Some("the line is a mark of a conflict between two versions of the file");
    }
    let trimmed = line.trim_start();
    if trimmed.starts_with("//") || trimmed.starts_with(';') || trimmed.starts_with("--") {
        return Some("a comment begins with `#`");
    }
    if message.starts_with("duplicate key") {
        return Some("a key or a table may be given once only");
    }
    if message.starts_with("cannot extend") {
        return Some("a table in braces is complete: write its keys inside of the braces");
    }
    of_value(line, column, message)
}

const IS_TOML: &str = "a job file is TOML: a job begins with `[[job]]`, then come lines such as `name = \"carts\"`";

fn of_value(line: &str, column: usize, message: &str) -> Option<&'static str> {
    let value = line.split_once('=').map(|(_, value)| value.trim())?;
    let word = value.trim_end_matches(['#', ',', '}']).trim().to_lowercase();
    if value.is_empty() || value.starts_with('#') {
        return Some("the key has no value");
    }
    if value.starts_with(['“', '”', '„', '‘', '’', '«']) {
        return Some("write the quotes as `\"`");
    }
    match word.as_str() {
        "true" | "false" | "yes" | "no" | "on" | "off" => return Some("write `true` or `false`"),
        "null" | "none" | "nil" | "undefined" => return Some("leave the key out if it has no value"),
        _ => {}
    }
    if message.starts_with("missing escaped value") {
        return Some("write a `\\` as `\\\\`, or put the text into single quotes");
    }
    // Behind a text that is closed.
    let before: String = line.chars().take(column.saturating_sub(1)).collect();
    (message.starts_with("unexpected key or value") && before.ends_with('"'))
        .then_some("a text that contains a `\"` is written in single quotes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_from_the_file_is_not_shown() {
        let lines =
            ["password = \"S3CRET\"x", "S3CRET", "password = S3CRET", "password: S3CRET", "[S3CRET", "a = 'S3CRET"];
        for line in lines {
            let text = Text::of("a.toml", line);
            let (_, errors) = toml::de::DeTable::parse_recoverable(text.as_str());
            let shown: String = faults(&errors, &text).iter().map(Fault::to_string).collect();
            assert!(!shown.is_empty() && !shown.contains("S3CRET"), "{shown}");
        }
    }
}
