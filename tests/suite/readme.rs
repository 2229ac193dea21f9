//! The README is true: what it shows is what the program says, what it names is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use redis_keys_migrator::config::{KEYS, Key, option_table};

use crate::sample;
use crate::support::{Kind, Ran, Scene, Server};

/// Commands of the program: after its name stands one of these where the README shows a call.
const COMMANDS: [&str; 6] = ["run", "check", "show", "schema", "completions", "man"];
/// Folders whose files the README names.
const FOLDERS: [&str; 5] = ["jobs/", "tests/", "src/", "schemas/", ".ci/"];

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

fn readme() -> String {
    fs::read_to_string(path()).expect("the README is there")
}

/// A fenced block.
struct Block {
    /// What the comment before it says, if there is one.
    label: String,
    language: String,
    text: String,
}

fn blocks() -> Vec<Block> {
    let readme = readme();
    let mut lines = readme.lines();
    let (mut blocks, mut before) = (Vec::new(), "");
    while let Some(line) = lines.next() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            let indent = line.len() - line.trim_start().len();
            let inside = lines.by_ref().take_while(|line| line.trim() != "```");
            let text: Vec<&str> = inside.map(|line| line.get(indent..).unwrap_or_default()).collect();
            let label = before.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")).unwrap_or_default();
            blocks.push(Block { label: label.into(), language: language.into(), text: text.join("\n") + "\n" });
        }
        before = line;
    }
    assert!(blocks.len() > 15, "only {} blocks", blocks.len());
    blocks
}

/// Holds what stands between `<!-- name: generated… -->` and `<!-- end -->` against what it should be, or renews it.
#[track_caller]
pub fn expect_generated(name: &str, expected: &str) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let readme = readme();
    let start = readme.find(&format!("<!-- {name}: generated")).unwrap_or_else(|| panic!("no part `{name}`"));
    let start = start + readme[start..].find('\n').expect("a comment ends its line") + 1;
    let end = start + readme[start..].find("<!-- end -->").expect("a part has an end");
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        // In one step, as other tests read it meanwhile.
        let renewed = path().with_extension("md.new");
        fs::write(&renewed, [&readme[..start], expected, &readme[end..]].concat()).expect("a file beside the README");
        fs::rename(&renewed, path()).expect("the README can be renewed");
    } else {
        let stale = format!("part `{name}` is not what the program says; UPDATE_EXPECTED=1 renews it");
        assert_eq!(&readme[start..end], expected, "{stale}");
    }
}

#[test]
fn the_table_of_options_is_the_programs() {
    expect_generated("options", &option_table());
}

#[test]
fn the_exit_codes_and_the_options_of_run_are_what_help_says() {
    let scene = Scene::new();
    let help = scene.run(&["--help"]).exits(0).stdout;
    let codes = help.lines().skip_while(|line| *line != "Exit codes:").skip(1).take_while(|line| !line.is_empty());
    let rows = codes.map(|line| line.trim().split_once("  ").expect("a code and its meaning"));
    let rows: Vec<String> = rows.map(|(code, meaning)| format!("| {code} | {meaning} |\n")).collect();
    assert_eq!(rows.len(), 9, "{help}");
    expect_generated("exit codes", &format!("| exit code | when |\n|---|---|\n{}", rows.concat()));
    let order = help.lines().find(|line| line.starts_with("When several apply")).expect("an order");
    assert!(readme().contains(order), "{order}");

    let help = scene.run(&["run", "-h"]).exits(0).stdout;
    expect_generated("help of run", &format!("```text\n$ redis-keys-migrator run -h\n{help}```\n"));
}

#[test]
fn every_job_file_shown_passes_check() {
    let scene = Scene::new();
    let files: Vec<Block> = blocks().into_iter().filter(|block| block.language == "toml").collect();
    assert!(files.len() >= 3);
    for file in files.iter().filter(|file| file.label != "bad.toml") {
        scene.file("shown.toml", &file.text).run(&["check", "shown.toml"]).exits(0);
    }
}

#[test]
fn what_is_shown_as_output_is_what_the_program_prints() {
    let source = Server::on_backup(Kind::Redis70, &sample::path(), &[]);
    let scene = Scene::of(source, Server::start(Kind::Redis70));
    fs::copy(sample::path(), scene.folder().join("quickstart.rdb")).expect("a copy of the sample");
    let ports = [("6379", scene.source.port().to_string()), ("6380", scene.destination.port().to_string())];
    let mut shown = 0;
    for block in blocks() {
        if block.language == "toml" && !block.label.is_empty() {
            let text = ports.iter().fold(block.text.clone(), |text, (known, ours)| text.replace(known, ours));
            scene.file(&block.label, &text);
        } else if block.label == "output" {
            shown += 1;
            let (call, expected) = block.text.split_once('\n').expect("a call and what it prints");
            let call = call.strip_prefix("$ redis-keys-migrator ").expect("a call of ours");
            let Ran { stdout, stderr, .. } = scene.run(&call.split(' ').collect::<Vec<_>>());
            let printed = ports.iter().fold(stdout + &stderr, |text, (known, ours)| text.replace(ours.as_str(), known));
            assert_eq!(steady(&printed), steady(expected), "{call}");
        }
    }
    assert!(shown >= 5, "only {shown} outputs");
}

/// An output without what changes from run to run or between builds of a server: durations, rates, sizes, and the
/// width of columns.
fn steady(output: &str) -> String {
    let is_size = |word: &str| word.ends_with('B') && word.contains(|letter: char| letter.is_ascii_digit());
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().filter(|word| !is_size(word)).collect();
        // Of a row of the summary, duration and rate come last.
        let is_row = words.len() == 10 && words[2].parse::<u64>().is_ok() || words.first() == Some(&"total");
        words[..words.len() - if is_row { 2 } else { 0 }].join(" ") + "\n"
    };
    output.lines().map(line).collect()
}

/// Calls of the program that the README shows, in blocks and in the text: their arguments.
fn calls() -> Vec<Vec<String>> {
    let readme = readme();
    let rest = readme.split("redis-keys-migrator ").skip(1);
    let ends = |letter: char| "`\n|>".contains(letter);
    let calls: Vec<Vec<String>> = rest
        .filter(|rest| COMMANDS.contains(&rest.split([' ', '`', '\n']).next().unwrap_or_default()))
        .map(|rest| rest.split(ends).next().unwrap_or_default())
        .map(|call| call.split_whitespace().map(|word| word.replace('\'', "")).collect())
        .collect();
    assert!(calls.len() > 20, "only {} calls", calls.len());
    calls
}

#[test]
fn every_call_shown_is_understood() {
    let scene = Scene::new();
    for call in calls() {
        // With `--help` at its end a call is read as a whole, and then not done.
        let words: Vec<&str> = call.iter().map(String::as_str).chain(["--help"]).collect();
        scene.run(&words).exits(0);
        for set in call.iter().skip_while(|word| *word != "--set").filter(|word| word.contains('=')) {
            let key = set.split('=').next().unwrap_or_default();
            let key = key.strip_prefix("job.").and_then(|rest| rest.split_once('.')).map_or(key, |(_, key)| key);
            assert!(KEYS.iter().any(|known| known.path == key), "{call:?} sets `{key}`");
        }
    }
}

#[test]
fn every_file_named_is_there() {
    let readme = readme();
    let help = readme.find("<!-- help of run").expect("the help is there");
    let end = help + readme[help..].find("<!-- end -->").expect("it has an end");
    let text = [&readme[..help], &readme[end..]].concat();
    let words = text.split(|letter: char| letter.is_whitespace() || "`()\"".contains(letter));
    let named: BTreeSet<&str> = words
        .map(|word| word.trim_end_matches(['.', ',', ':', ';']).trim_start_matches("./"))
        .filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)) && !word.contains('*'))
        .collect();
    assert!(named.len() >= 8, "{named:?}");
    for name in named.into_iter().chain(["LICENSE"]) {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(name).exists(), "{name} is not there");
    }
}

#[test]
fn every_variable_named_is_known() {
    let known: BTreeSet<String> = KEYS.iter().filter_map(Key::variable).collect();
    let readme = readme();
    let names: BTreeSet<&str> = readme
        .split(|letter: char| !(letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_'))
        .filter(|word| word.starts_with("RKM_") && !word.ends_with('_'))
        .collect();
    assert!(names.len() >= known.len(), "{names:?}");
    for name in names {
        let key = name.strip_prefix("RKM_JOB__").and_then(|rest| rest.split_once("__"));
        let plain = key.map_or(name.to_owned(), |(_, key)| format!("RKM_{key}"));
        assert!(known.contains(&plain), "{name} is not known");
    }
    for block in blocks().iter().filter(|block| block.language == "sh") {
        let assigned = block.text.split_whitespace().filter_map(|word| word.split_once('='));
        for (name, _) in assigned.filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
        {
            let of_the_script = KEYS.iter().any(|key| key.script == Some(name));
            assert!(of_the_script || known.contains(name), "{name} is not known");
        }
    }
}

#[test]
fn the_scripts_variables_stand_beside_their_keys() {
    let readme = readme();
    let rows = readme.lines().skip_while(|line| *line != "| variable | key | what differs |").skip(2);
    let cells = |row: &str| row.split('|').map(|cell| cell.trim().replace('`', "")).collect::<Vec<_>>();
    let told: BTreeSet<(String, String)> = rows
        .take_while(|row| row.starts_with('|'))
        .map(cells)
        .map(|cells| (cells[1].clone(), cells[2].clone()))
        .collect();
    let known = KEYS.iter().filter_map(|key| Some((key.script?.to_owned(), key.path.to_owned()))).collect();
    assert_eq!(told, known);
}

#[test]
fn the_rights_that_are_told_are_enough() {
    let scene = Scene::between(Kind::Redis82, Kind::Redis82);
    scene.source.fill(50);
    let rules = blocks().into_iter().find(|block| block.label == "acl").expect("rules").text;
    let rules: Vec<Vec<Vec<u8>>> =
        rules.lines().map(|rule| rule.split(' ').map(|word| word.as_bytes().to_vec()).collect()).collect();
    let [reader, writer] = &rules[..] else { panic!("{} rules", rules.len()) };
    scene.source.run(reader);
    scene.destination.run(writer);
    scene.job("");
    let ways: [&[&str]; 5] = [
        &["--dry-run"],
        &[],
        &["--set", "on_existing=replace"],
        &["--set", "sleep=1ms"],
        &["--set", "types=[\"string\", \"hash\"]"],
    ];
    for way in ways {
        let run = [&["run", "job.toml", "--report", "report.json"], way].concat();
        let run = scene.prepare(&run).env("RKM_SOURCE__USERNAME", "reader").env("RKM_SOURCE__PASSWORD", "secret");
        let run = run.env("RKM_DESTINATION__USERNAME", "writer").env("RKM_DESTINATION__PASSWORD", "secret");
        assert_eq!(run.run().exits(0).count("all", "scanned"), 50, "{way:?}");
    }
}
