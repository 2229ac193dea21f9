//! Snippets of the pages are well-formed: TOML passes `check`, shell parses, and so do workflows, units and crontabs.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde::Deserialize as _;
use serde_norway::Value;

use crate::docs::{Block, blocks, root};
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
        let known = ["toml", "sh", "yaml", "ini", "crontab", "dockerfile", "console", "text"];
        assert!(known.contains(&language.as_str()), "{page}: `{language}`: {text}");
    }
}

#[test]
fn every_job_file_shown_passes_check() {
    let scene = Scene::new();
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

fn kubernetes(scene: &Scene, object: &Value) {
    assert!(text(object, "apiVersion").ends_with("v1"), "{object:?}");
    assert!(!text(object.get("metadata").expect("it has metadata"), "name").is_empty());
    if text(object, "kind") == "ConfigMap" {
        for (name, file) in entries(object.get("data").expect("it has data")) {
            scene.file(name, file.as_str().expect("a file")).run(&["check", name]).exits(0);
        }
        return;
    }
    assert_eq!(text(object, "kind"), "Job");
    let pod = object.get("spec").and_then(|spec| spec.get("template")).and_then(|template| template.get("spec"));
    let pod = pod.expect("a Job has a template of a pod");
    // What a policy for failed pods needs.
    assert_eq!(text(pod, "restartPolicy"), "Never");
    let volumes: Vec<&str> = list(pod, "volumes").iter().map(|volume| text(volume, "name")).collect();
    for container in list(pod, "containers") {
        let arguments = list(container, "args").iter().map(|word| word.as_str().expect("a word"));
        scene.run(&arguments.chain(["--help"]).collect::<Vec<_>>()).exits(0);
        for mount in list(container, "volumeMounts") {
            assert!(volumes.contains(&text(mount, "name")), "{mount:?}");
        }
    }
}

#[test]
fn every_workflow_parses_and_calls_the_program_as_it_is() {
    let scene = Scene::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let ours = fs::read_to_string(root().join(".github/workflows/ci.yml")).expect("our own workflow");
    let shown = of_language("yaml").into_iter().map(|block| (block.page, block.text));
    for (place, yaml) in shown.chain([("ci.yml".to_owned(), ours)]) {
        for document in serde_norway::Deserializer::from_str(&yaml) {
            let value = Value::deserialize(document).unwrap_or_else(|error| panic!("{place}: {error}\n{yaml}"));
            let kind = ["kind", "jobs", "stages"].into_iter().find(|key| value.get(key).is_some());
            match kind.unwrap_or_else(|| panic!("{place}: neither Kubernetes nor GitHub nor GitLab:\n{yaml}")) {
                "kind" => kubernetes(&scene, &value),
                "jobs" => github(&place, &value),
                _ => gitlab(&place, &value),
            }
            *seen.entry(kind.unwrap_or_default()).or_default() += 1;
        }
    }
    assert_eq!(seen, BTreeMap::from([("jobs", 2), ("kind", 2), ("stages", 1)]));
}

/// The sections of a unit, with their settings.
fn sections(unit: &str) -> BTreeMap<&str, Vec<(&str, &str)>> {
    let (mut sections, mut current): (BTreeMap<&str, Vec<(&str, &str)>>, _) = (BTreeMap::new(), "");
    for line in unit.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            current = name;
            assert!(sections.insert(name, Vec::new()).is_none(), "[{name}] twice");
        } else {
            let setting = line.split_once('=').unwrap_or_else(|| panic!("no setting: {line}"));
            sections.get_mut(current).unwrap_or_else(|| panic!("in no section: {line}")).push(setting);
        }
    }
    sections
}

#[test]
fn systemd_units_have_their_sections_and_take_a_clean_stop_for_success() {
    let units = of_language("ini");
    let unit = |end: &str| {
        let unit = units.iter().find(|unit| unit.label.starts_with("unit: ") && unit.label.ends_with(end));
        sections(&unit.unwrap_or_else(|| panic!("no unit `{end}`")).text)
    };
    let (service, timer) = (unit(".service"), unit(".timer"));
    assert_eq!(service.keys().copied().collect::<Vec<_>>(), ["Install", "Service", "Unit"]);
    assert_eq!(timer.keys().copied().collect::<Vec<_>>(), ["Install", "Timer", "Unit"]);
    assert!(service["Service"].contains(&("SuccessExitStatus", "143")));
    let command = service["Service"].iter().find(|(name, _)| *name == "ExecStart").expect("it starts something").1;
    let mut words = command.split(' ');
    assert!(words.next().is_some_and(|program| program.starts_with('/') && program.ends_with("/redis-keys-migrator")));
    Scene::new().run(&words.chain(["--help"]).collect::<Vec<_>>()).exits(0);
    // A credential that is used is one that is loaded.
    let all = |name| service["Service"].iter().filter(move |(known, _)| *known == name).map(|(_, value)| *value);
    for path in all("Environment").filter_map(|value| value.split_once("%d/")) {
        assert!(all("LoadCredential").any(|loaded| loaded.starts_with(&format!("{}:", path.1))), "{path:?}");
    }
    assert!(timer["Timer"].iter().any(|(name, _)| *name == "OnCalendar"));
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

#[test]
fn the_image_is_built_from_this_repository_and_starts_the_program() {
    for Block { page, text, .. } in of_language("dockerfile") {
        let known = ["FROM", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT"];
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        assert!(lines.iter().all(|line| known.contains(&line.split(' ').next().unwrap_or_default())), "{page}: {text}");
        assert!(lines.first().is_some_and(|line| line.starts_with("FROM ")), "{page}: {text}");
        assert_eq!(lines.last(), Some(&"ENTRYPOINT [\"redis-keys-migrator\"]"), "{page}");
        lines.iter().filter_map(|line| line.strip_prefix("RUN ")).for_each(|command| parses(&page, command));
    }
}
