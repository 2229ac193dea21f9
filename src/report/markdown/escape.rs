//! Text from outside in Markdown.

use std::fmt::Write;

use crate::sanitize;

/// Text that stays in its place: no character of it begins a link, a list, a table cell, HTML, code or anything else.
pub(super) fn escaped(text: &str) -> String {
    let line = sanitize::one_line(text.trim_start());
    let mut shown = String::with_capacity(line.len() + 16);
    for (at, character) in line.char_indices() {
        if is_plain(character, &line[..at], &line[at + character.len_utf8()..]) {
            shown.push(character);
        } else {
            write!(shown, "&#{};", u32::from(character)).expect("a write to a String cannot fail");
        }
    }
    shown
}

fn is_plain(character: char, before: &str, after: &str) -> bool {
    match character {
        // At the beginning, `-` is a list, and so is `1.`; `www.` becomes a link.
        '-' | '=' => !before.is_empty(),
        '.' => !before.chars().all(|digit| digit.is_ascii_digit()) && !before.ends_with(['w', 'W']),
        // `:tada:` becomes a picture, `http:` a link.
        ':' => after.is_empty() || after.starts_with(' '),
        _ => !character.is_ascii() || character.is_ascii_alphanumeric() || " ,;/'\"%?".contains(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_readable_as_it_is() {
        for text in ["done: ERR Bad data format", "disconnected 3 times, 4.2s; é 漢", "shop-old/quick = 1.5"] {
            assert_eq!(escaped(text), text);
        }
    }

    #[test]
    fn nothing_of_it_is_markdown() {
        let hostile = "|a|b|\n# x `c` <img src=x> [l](http://e.de) www.e.de @me :tada: $x$ a_b_ *c* ~~d~~ \\ &lt; !";
        let shown = escaped(hostile);
        let entities = |text: &str| text.matches("&#").count();
        assert!(shown.chars().all(|character| !"|`<>[]()@$*_~\\!\n".contains(character)), "{shown}");
        assert_eq!(["1. a", "- a", "--- a", "    a"].map(escaped), ["1&#46; a", "&#45; a", "&#45;-- a", "a"]);
        // Each `&` and each `#` is part of an entity of ours.
        assert_eq!((shown.matches('&').count(), shown.matches('#').count()), (entities(&shown), entities(&shown)));
        assert!(!["www.", "http:", ":tada"].iter().any(|link| shown.contains(link)), "{shown}");
    }

    #[test]
    fn control_characters_are_escaped_first() {
        assert_eq!(escaped("a\r\n\x1b[2J"), "a&#92;r&#92;n&#92;u&#123;1b&#125;&#91;2J");
    }
}
