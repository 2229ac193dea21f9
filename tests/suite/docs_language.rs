//! Pages, help and messages are in plain English, and the README is short.

use std::fs;
use std::path::PathBuf;

use crate::docs::{commands, files, page, pages};
use crate::docs_sources::{Sources, snapshots};
use crate::support::Scene;

/// The README's length, in words.
const README_WORDS: usize = 1500;

/// Words and phrases that are not plain, and what to write. Only those that are wrong in every context.
pub const WORDS: &[(&str, &str)] = &[
    ("an end", "an endpoint"),
    ("as ever", "as they do for a server"),
    ("at an end", "at the start or the end"),
    ("both ends", "source and destination"),
    ("both its ends", "its source and destination"),
    ("come to nothing", "have no effect"),
    ("comes to", "results in"),
    ("each end", "each endpoint"),
    ("either end", "either endpoint"),
    ("hand out", "return"),
    ("handed out", "returned"),
    ("handing out", "returning"),
    ("hands out", "returns"),
    ("has it not", "lacks it"),
    ("has one not", "lacks one"),
    ("hears", "receives"),
    ("is meant", "matches"),
    ("are meant", "match"),
    ("meant for", "for"),
    ("just", "only"),
    ("libraries of functions", "function libraries"),
    ("library of functions", "function library"),
    ("nobody", "no client, no user"),
    ("somebody", "a client, a user"),
    ("whoever", "the client, the user, the caller"),
    ("whosoever", "the client, the user, the caller"),
    ("of which", "(split the sentence)"),
    ("refused are", "a job is refused if"),
    ("warned of", "you get a warning if"),
    ("tells", "reports, prints, returns"),
    ("told", "reported, printed, returned"),
    ("to tell", "to report, to distinguish"),
    ("the ends", "source and destination"),
    ("the end's", "the endpoint's"),
    ("way there and back", "round trip"),
    ("what a job is not for", "keys that do not match"),
    ("whose time has come", "expired"),
    ("wherefore", "why"),
];

/// Every use of such a word, with what to write. Line breaks and punctuation do not matter.
pub fn not_plain(text: &str) -> Vec<String> {
    let text = words(text);
    let uses = |phrase: &[String]| text.windows(phrase.len()).filter(|window| *window == phrase).count();
    WORDS
        .iter()
        .map(|(phrase, instead)| (phrase, instead, uses(&words(phrase))))
        .filter(|(_, _, uses)| *uses > 0)
        .map(|(phrase, instead, uses)| format!("`{phrase}` {uses} times: write `{instead}`"))
        .collect()
}

fn words(text: &str) -> Vec<String> {
    let inside = |letter: char| letter.is_alphanumeric() || letter == '\'' || letter == '_';
    text.split(|letter| !inside(letter)).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

#[test]
fn words_are_found_across_lines_and_in_any_case_and_only_as_a_whole() {
    assert_eq!(not_plain("Both\n  ends. Adjust the justification.").len(), 1);
    assert_eq!(not_plain("`Just` this, as somebody said").len(), 2);
    assert_eq!(not_plain("source and destination"), Vec::<String>::new());
}

#[test]
fn the_readme_is_short() {
    let words = page("README.md").text.split_whitespace().count();
    assert!(words <= README_WORDS, "the README has {words} words, but must have at most {README_WORDS}");
}

/// Fails if one of these named texts is not plain.
#[track_caller]
fn expect_plain(texts: impl IntoIterator<Item = (String, String)>) {
    let found = texts.into_iter().map(|(name, text)| (name, not_plain(&text)));
    let found: Vec<(String, Vec<String>)> = found.filter(|(_, found)| !found.is_empty()).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn what_is_written_in_pages_and_samples_is_plain() {
    expect_plain(pages().into_iter().map(|page| (page.name.clone(), page.written_and_generated().0)));
    let samples = ["toml", "sh", "yaml", "service", "timer", "conf"].map(|extension| files("jobs", extension)).concat();
    let read = |path: &PathBuf| fs::read_to_string(path).expect("a sample");
    expect_plain(samples.iter().map(|path| (path.display().to_string(), read(path))));
}

#[test]
fn what_the_pages_show_of_the_program_is_plain() {
    expect_plain(pages().into_iter().map(|page| (page.name.clone(), page.written_and_generated().1)));
}

#[test]
fn every_help_text_is_plain() {
    let scene = Scene::new();
    let help = scene.run(&["--help"]).exits(0).stdout;
    let mut calls = vec![vec!["--help"], vec!["-h"], vec!["show", "--defaults"]];
    calls.extend(commands(&help).into_iter().flat_map(|command| ["--help", "-h"].map(|help| vec![command, help])));
    expect_plain(calls.into_iter().map(|call| {
        let text = scene.run(&call).exits(0).stdout;
        assert!(text.len() > 200, "{call:?}: {text}");
        (call.join(" "), text)
    }));
}

#[test]
fn every_message_and_every_doc_comment_of_the_program_is_plain() {
    let sources = Sources::read();
    assert!(
        sources.files > 200 && sources.texts.len() > 2000,
        "{} files, {} texts",
        sources.files,
        sources.texts.len()
    );
    expect_plain(sources.texts);
}

#[test]
fn every_message_snapshot_is_plain() {
    let snapshots = snapshots();
    assert!(snapshots.len() >= 10, "only {} snapshots were found", snapshots.len());
    expect_plain(snapshots);
}
