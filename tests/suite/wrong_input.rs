//! Several hundred wrong inputs: each has a message that names the place and the key, and says what is allowed. None is
//! silent, and none shows a secret. Read the snapshots in `snapshots/` like a user would.

mod command_line;
mod names;
mod overrides;
mod places;
mod table;
mod toml;
mod values;

use std::fs;

use crate::support::{Ran, Scene};
use table::{Row, SECRET};

/// What a message contains that says what is allowed.
const ADVICE: [&str; 23] = [
    "hint: ",
    "tip: ",
    "must be",
    "expected",
    "in quotes",
    "possible values",
    "duplicate key",
    "escape",
    "cannot",
    "Usage: ",
    "choose another path",
    "already taken",
    "have the same form",
    "is given twice",
    "there is no directory",
    "a value is required",
    "is a directory",
    "UTF-8",
    "write ",
    "may only",
    "missing",
    "warning: ",
    "No such file",
];

/// Runs each row, and returns all messages.
#[track_caller]
fn messages(rows: &[Row]) -> String {
    assert!(!rows.is_empty());
    let scene = Scene::new();
    scene.source.fill(3);
    let (mut text, mut found) = (String::new(), Vec::new());
    for row in rows {
        scene.job(&format!("sleep = \"0s\"\n{}", row.lines));
        let good = scene.read("job.toml").replacen("sleep = \"0s\"\n", "", 1);
        let bytes = row.file.clone().unwrap_or_else(|| good.into_bytes());
        fs::write(scene.folder().join("job.toml"), bytes).expect("a file in the test's folder");
        let mut run = scene.prepare(&row.arguments);
        for (name, value) in &row.variables {
            run = run.env(name, value);
        }
        let ran = run.run();
        found.extend(problems(&scene, row, &ran));
        text += &shown(row, &ran);
    }
    assert_eq!(scene.destination.size(), 0, "keys were moved");
    assert!(found.is_empty(), "{}", found.join("\n"));
    text
}

/// What does not hold for a row, although it holds for every row.
fn problems(scene: &Scene, row: &Row, ran: &Ran) -> Vec<String> {
    let said = ran.masked_stderr();
    let is_of_file = row.exit == 2 && (row.file.is_some() || !row.lines.is_empty());
    let is_of_variable = row.exit == 2 && !row.variables.is_empty() && row.arguments.len() == 2;
    let outputs = ["redis-keys-migrator-error.log", "a.log", "r.json", "a.json"];
    let created = outputs.iter().filter(|name| row.exit == 2 && scene.folder().join(name).exists());
    let mut problems: Vec<String> = created.map(|name| format!("{name} was created")).collect();
    problems.extend(row.says.iter().filter(|text| !said.contains(**text)).map(|text| format!("`{text}` is missing")));
    for (holds, problem) in [
        (ran.code() == row.exit, format!("the exit code is {}, not {}", ran.code(), row.exit)),
        (row.exit != 2 || ran.stdout.is_empty(), format!("on stdout: {}", ran.stdout)),
        (row.exit == 3 || ADVICE.iter().any(|advice| said.contains(advice)), "no advice".to_owned()),
        (!is_of_file || said.lines().any(|line| line.starts_with("error: job.toml:")), "no file and line".to_owned()),
        (!is_of_variable || row.variables.iter().any(|(name, _)| said.contains(name)), "no variable".to_owned()),
        (![&ran.stdout, &ran.stderr].iter().any(|text| text.contains(SECRET)), "a secret is shown".to_owned()),
    ] {
        problems.extend((!holds).then_some(problem));
    }
    problems
        .into_iter()
        .map(|problem| format!("{}: {problem}\n{:?} {}\n{said}\n", row.what, row.arguments, row.lines))
        .collect()
}

/// The row in the snapshot: what the user did, and what the program printed.
fn shown(row: &Row, ran: &Ran) -> String {
    let whole = row.file.as_deref().filter(|_| row.lines.is_empty()).map(String::from_utf8_lossy);
    let lines = whole.as_deref().unwrap_or(row.lines).lines().map(|line| format!("| {}\n", visible(line)));
    let variables = row.variables.iter().map(|(name, value)| format!("{name}={value:?} "));
    format!(
        "## {}\n{}$ {}redis-keys-migrator {}\n{}\nexit code {}\n\n",
        row.what,
        lines.collect::<String>(),
        variables.collect::<String>(),
        row.arguments.join(" "),
        without_resolver(&ran.masked_stderr()),
        row.exit
    )
}

/// What a resolver answers depends on the machine.
fn without_resolver(said: &str) -> String {
    let end = "no-such-host.invalid:6379` cannot be reached";
    said.split_once(end).map_or_else(|| said.to_owned(), |(before, _)| format!("{before}{end}…"))
}

/// With control characters as escapes.
fn visible(line: &str) -> String {
    line.chars()
        .map(|letter| if letter.is_control() { letter.escape_default().to_string() } else { letter.into() })
        .collect()
}

#[test]
fn slips_in_toml_have_a_message() {
    insta::assert_snapshot!(messages(&toml::rows()));
}

#[test]
fn names_of_keys_that_do_not_exist_have_an_answer() {
    insta::assert_snapshot!(messages(&names::rows()));
}

#[test]
fn values_that_do_not_fit_have_a_message() {
    insta::assert_snapshot!(messages(&values::rows()));
}

#[test]
fn variables_and_overrides_that_are_wrong_have_a_message() {
    insta::assert_snapshot!(messages(&overrides::rows()));
}

#[test]
fn commands_options_and_files_that_are_wrong_have_a_message() {
    insta::assert_snapshot!(messages(&command_line::rows()));
}

#[test]
fn paths_servers_and_patterns_that_are_wrong_have_a_message() {
    insta::assert_snapshot!(messages(&places::rows()));
}

#[test]
fn there_are_hundreds_of_wrong_inputs() {
    let tables = [toml::rows(), names::rows(), values::rows(), overrides::rows(), command_line::rows(), places::rows()];
    let count: usize = tables.iter().map(Vec::len).sum();
    assert!(count >= 240, "{count}");
}
