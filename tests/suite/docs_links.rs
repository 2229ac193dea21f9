//! Links between pages lead somewhere, and messages that are explained exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::docs::{Page, files, page, pages, root};

/// The targets of the links of a page.
fn links(page: &Page) -> Vec<String> {
    let text = page.lines().collect::<Vec<_>>().join("\n");
    text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap_or_default().to_owned()).collect()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &Page) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let kept = |letter: &char| letter.is_alphanumeric() || " -_".contains(*letter);
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        text.chars().filter(kept).collect::<String>().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_between_pages_leads_to_a_file_and_a_heading() {
    let mut followed = 0;
    for from in pages() {
        let folder = root().join(&from.name).parent().expect("a page is in a folder").to_owned();
        for link in links(&from).into_iter().filter(|link| !link.starts_with("https://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { root().join(&from.name) } else { folder.join(path) };
            let target = target.canonicalize().unwrap_or_else(|error| panic!("{}: `{link}`: {error}", from.name));
            if !anchor.is_empty() {
                let name = target.strip_prefix(root().canonicalize().expect("our root")).expect("a path of ours");
                let found = anchors(&page(&name.display().to_string()));
                assert!(found.contains(anchor), "{}: `{link}`: there are {found:?}", from.name);
            }
            followed += 1;
        }
    }
    assert!(followed > 60, "only {followed} links");
}

#[test]
fn every_page_can_be_reached_from_the_readme() {
    let linked = links(&page("README.md"));
    for page in pages().iter().filter(|page| page.name.starts_with("jobs/") || page.name == "tests/README.md") {
        assert!(linked.iter().any(|link| link.split('#').next() == Some(&page.name)), "{} is not linked", page.name);
    }
    assert!(links(&page("tests/README.md")).iter().any(|link| link == "bench/README.md"));
}

/// The code spans of a table's first cell, in one or two backticks.
fn spans(cell: &str) -> Vec<&str> {
    let (mut rest, mut spans) = (cell, Vec::new());
    while let Some(start) = rest.find('`') {
        let fence = if rest[start..].starts_with("``") { "``" } else { "`" };
        let inside = &rest[start + fence.len()..];
        let end = inside.find(fence).unwrap_or_else(|| panic!("a code span has no end: {cell}"));
        spans.push(inside[..end].trim());
        rest = &inside[end + fence.len()..];
    }
    spans
}

/// The messages that a page explains: code spans in the first cells of tables whose first column is `message`.
fn messages(page: &Page) -> Vec<String> {
    let (mut found, mut inside) = (Vec::new(), false);
    for line in page.lines() {
        inside = line.starts_with("| message |") || inside && line.starts_with('|');
        let cell = line.split('|').nth(1).filter(|_| inside).map_or("", str::trim);
        found.extend(spans(cell).into_iter().map(str::to_owned));
    }
    found
}

/// The code of the program without comments and tests, its texts as they are printed.
fn source() -> String {
    let is_test = |path: &str| path.contains("/tests/") || path.ends_with("/tests.rs");
    let code = |path: &PathBuf| -> String {
        let text = fs::read_to_string(path).expect("a source");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| line.to_owned() + "\n").collect()
    };
    let files = files("src", "rs");
    let code: String = files.iter().filter(|path| !is_test(&path.display().to_string())).map(code).collect();
    // A text that goes on in the next line after a backslash is one text.
    let mut parts = code.split("\\\n");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.trim_start()).replace("\\\"", "\"")
}

#[test]
fn every_message_that_is_explained_is_one_of_the_programs() {
    let source = source();
    let messages = messages(&page("jobs/troubleshooting.md"));
    assert!(messages.len() > 50, "only {} messages", messages.len());
    let is_text = |part: &str| part.chars().filter(|letter| letter.is_alphanumeric()).count() >= 4;
    let unknown: Vec<&String> = messages
        .iter()
        .filter(|message| {
            let parts: Vec<&str> = message.split('…').map(str::trim).collect();
            !parts.iter().any(|part| is_text(part)) || parts.iter().any(|part| !source.contains(part))
        })
        .collect();
    assert!(unknown.is_empty(), "not in src: {unknown:#?}");
}
