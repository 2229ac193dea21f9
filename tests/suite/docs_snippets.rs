//! Snippets of the pages are well-formed: TOML passes `check`, shell parses, and so do workflows and crontabs.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_norway::Value;

use crate::docs::{Block, blocks, files, root};
use crate::support::Scene;

fn of_language(language: &str) -> Vec<Block> {
    let found: Vec<Block> = blocks().into_iter().filter(|block| block.language == language).collect();
    assert!(!found.is_empty(), "no block is `{language}`");
    found
}

/// Fails unless bash can parse this.
#[track_caller]
fn parses(place: &str, script: &str) {
    let mut bash = Command::new("bash");
    let bash = bash.arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut bash = bash.spawn().expect("there is a bash");
    bash.stdin.take().expect("it is piped").write_all(script.as_bytes()).expect("bash reads it");
    let output = bash.wait_with_output().expect("bash ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.is_empty(), "{place}: {stderr}{script}");
}

#[test]
fn every_language_of_a_block_is_checked_somewhere() {
    for Block { page, language, text, .. } in blocks() {
        let known = ["toml", "sh", "yaml", "crontab", "console", "text"];
        assert!(known.contains(&language.as_str()), "{page}: `{language}`: {text}");
    }
}

#[test]
fn every_job_file_shown_passes_check() {
    let scene = Scene::new();
    scene.file("lost-carts.txt", "cart:1\n");
    let mut failed = Vec::new();
    for file in of_language("toml") {
        assert!(!file.label.is_empty(), "{}: a job file needs a comment with its name: {}", file.page, file.text);
        let expected = if file.label == "bad.toml" { 2 } else { 0 };
        let ran = scene.file("shown.toml", &file.text).run(&["check", "shown.toml"]);
        if ran.code() != expected {
            failed.push(format!("{}: {}:\n{}", file.page, file.label, ran.stderr));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn a_job_file_of_the_repository_is_shown_as_it_is() {
    let shown: Vec<Block> = of_language("toml").into_iter().filter(|file| file.label.starts_with("jobs/")).collect();
    assert!(!shown.is_empty());
    for file in shown {
        let is = fs::read_to_string(root().join(&file.label)).expect("a job file");
        assert_eq!(file.text, is, "{} shows another {}", file.page, file.label);
    }
}

#[test]
fn every_shell_snippet_parses() {
    for block in of_language("sh") {
        parses(&block.page, &block.text);
    }
}

/// A text of a mapping.
fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("no text `{key}` in {value:?}"))
}

/// A list of a mapping; it has elements.
fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let list = value.get(key).and_then(Value::as_sequence).unwrap_or_else(|| panic!("no list `{key}` in {value:?}"));
    assert!(!list.is_empty(), "`{key}` is empty");
    list
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let mapping = value.as_mapping().unwrap_or_else(|| panic!("no mapping: {value:?}"));
    mapping.iter().map(|(key, value)| (key.as_str().expect("keys are texts"), value))
}

fn github(place: &str, workflow: &Value) {
    assert!(workflow.get("on").is_some(), "{place}: no `on`");
    for (_, job) in entries(workflow.get("jobs").expect("it has jobs")) {
        assert!(job.get("runs-on").is_some(), "{place}: {job:?}");
        for step in list(job, "steps") {
            match step.get("uses") {
                Some(uses) => assert!(uses.as_str().is_some_and(|uses| uses.contains('@')), "{place}: {uses:?}"),
                None => parses(place, text(step, "run")),
            }
        }
    }
}

fn gitlab(place: &str, pipeline: &Value) {
    let stages = list(pipeline, "stages");
    let jobs: Vec<&Value> =
        entries(pipeline).map(|(_, value)| value).filter(|job| job.get("script").is_some()).collect();
    assert_eq!(jobs.len(), stages.len(), "{place}");
    for job in jobs.into_iter().chain(pipeline.get("default")) {
        assert!(job.get("stage").is_none_or(|stage| stages.contains(stage)), "{place}: {job:?}");
        for key in ["script", "before_script"].into_iter().filter(|key| job.get(key).is_some()) {
            for line in list(job, key) {
                parses(place, line.as_str().expect("a line"));
            }
        }
    }
}

#[test]
fn every_workflow_parses() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let shown = of_language("yaml").into_iter().map(|block| (block.page, block.text));
    let ours = [".github/workflows", "jobs/ops-repo/.github/workflows"];
    let ours = ours.into_iter().flat_map(|folder| files(folder, "yml")).map(|path| {
        let text = fs::read_to_string(&path).expect("a workflow");
        (path.display().to_string(), text)
    });
    for (place, yaml) in shown.chain(ours) {
        let value: Value = serde_norway::from_str(&yaml).unwrap_or_else(|error| panic!("{place}: {error}\n{yaml}"));
        let kind = ["jobs", "stages"].into_iter().find(|key| value.get(key).is_some());
        match kind.unwrap_or_else(|| panic!("{place}: neither GitHub nor GitLab:\n{yaml}")) {
            "jobs" => github(&place, &value),
            _ => gitlab(&place, &value),
        }
        *seen.entry(kind.unwrap_or_default()).or_default() += 1;
    }
    assert_eq!(seen, BTreeMap::from([("jobs", 4), ("stages", 1)]));
}

#[test]
fn crontabs_have_five_fields_before_a_command_that_parses() {
    for Block { page, text, .. } in of_language("crontab") {
        for line in text.lines().filter(|line| !line.starts_with("RKM_")) {
            let mut fields = line.splitn(6, ' ');
            let times: Vec<&str> = fields.by_ref().take(5).collect();
            let is_time = |field: &&str| field.chars().all(|letter| letter.is_ascii_digit() || "*/,-".contains(letter));
            assert!(times.len() == 5 && times.iter().all(is_time), "{page}: {line}");
            let command = fields.next().unwrap_or_else(|| panic!("{page}: no command in {line}"));
            assert!(!command.contains('%'), "{page}: cron takes `%` for a line break: {line}");
            parses(&page, command);
        }
    }
}
