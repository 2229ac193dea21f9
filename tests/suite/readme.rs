//! README and pages are true: tables are the program's, commands are understood, names exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use redis_keys_migrator::config::{ConfigKey, KEYS, option_table};

pub use crate::docs::expect_generated;
use crate::docs::{blocks, commands, files, help_part, page, pages, root};
use crate::support::{Kind, Ran, Scene, words};

/// Folders whose files the pages name.
const FOLDERS: [&str; 6] = ["jobs/", "tests/", "src/", "schemas/", ".ci/", ".github/"];

/// In which group of the reference a key is.
fn group(key: &str) -> &'static str {
    match key.split('.').next().expect("a text has a first part") {
        "name" | "enabled" | "tags" | "match" | "exclude" | "types" | "min_ttl" | "max_ttl" | "min_keys"
        | "functions" | "keys_from" | "rename" => "which keys",
        "source" => "source",
        "destination" => "destination",
        "scan_batch_size"
        | "lanes"
        | "pipeline_batch_size"
        | "max_processed_existing_keys"
        | "sleep"
        | "max_keys_per_second"
        | "max_bytes_per_second"
        | "max_source_latency"
        | "share_walk" => "how fast",
        "on_existing" | "on_unsupported" | "max_errored_keys" | "checkpoint" | "error_log" => {
            "existing keys and failures"
        }
        "verify" | "verify_extra" | "verify_tolerance" | "verify_log" => "verification",
        _ => panic!("`{key}` has no group: add it to `group`, and a part to jobs/reference.md if the group is new"),
    }
}

#[test]
fn the_table_of_options_is_the_programs() {
    let table = option_table();
    let rows: Vec<&str> = table.lines().collect();
    let [title, rule, keys @ ..] = &rows[..] else { panic!("no table: {table}") };
    assert_eq!(keys.len(), KEYS.len());
    let mut groups: BTreeMap<&str, String> = BTreeMap::new();
    for (row, key) in keys.iter().zip(KEYS.iter()) {
        assert!(row.starts_with(&format!("| `{}` |", key.path)), "{row}");
        let part = groups.entry(group(key.path)).or_insert_with(|| format!("{title}\n{rule}\n"));
        part.extend([row, "\n"]);
    }
    for (group, part) in groups {
        expect_generated(&format!("options, {group}"), &part);
    }
}

#[test]
fn the_exit_codes_and_the_options_of_run_are_those_of_the_help() {
    let scene = Scene::new();
    let help = scene.run(&["--help"]).exits(0).stdout;
    let rows =
        help_part(&help, "Exit codes:").map(|line| line.trim().split_once("  ").expect("a code and its meaning"));
    let rows: Vec<String> = rows.map(|(code, meaning)| format!("| {code} | {meaning} |\n")).collect();
    assert_eq!(rows.len(), 9, "{help}");
    expect_generated("exit codes", &format!("| exit code | when |\n|---|---|\n{}", rows.concat()));
    let order = help.lines().find(|line| line.starts_with("If several apply")).expect("an order");
    for name in ["README.md", "jobs/reference.md"] {
        assert!(page(name).text.contains("<!-- exit codes: generated"), "{name} has no exit codes");
        assert!(page(name).text.contains(order), "{name}: {order}");
    }

    let help = scene.run(&["run", "-h"]).exits(0).stdout;
    expect_generated("help of run", &format!("```text\n$ redis-keys-migrator run -h\n{help}```\n"));
}

/// Calls of the program that the pages show, in blocks and in the text: their arguments. One of the commands follows its
/// name there.
fn calls(commands: &[&str]) -> Vec<Vec<String>> {
    let ends = |letter: char| "`\n|>".contains(letter);
    let text: String = pages().into_iter().map(|page| page.text).collect();
    let calls: Vec<Vec<String>> = text
        .split("redis-keys-migrator ")
        .skip(1)
        .filter(|rest| commands.contains(&rest.split([' ', '`', '\n']).next().unwrap_or_default()))
        .map(|rest| rest.split(ends).next().unwrap_or_default())
        .map(|call| call.split_whitespace().map(|word| word.replace('\'', "")).collect())
        .collect();
    assert!(calls.len() > 40, "only {} calls", calls.len());
    calls
}

#[test]
fn every_call_shown_is_understood() {
    let scene = Scene::new();
    let help = scene.run(&["--help"]).exits(0).stdout;
    let calls: BTreeSet<Vec<String>> = calls(&commands(&help)).into_iter().collect();
    for call in calls {
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
    let reference = page("jobs/reference.md").text;
    let help = reference.find("<!-- help of run").expect("the help is there");
    let end = help + reference[help..].find("<!-- end -->").expect("it has an end");
    let text: String = pages().into_iter().map(|page| page.text.replace(&reference[help..end], "")).collect();
    let words = text.split(|letter: char| letter.is_whitespace() || "`()\"".contains(letter));
    let named: BTreeSet<&str> = words
        .map(|word| word.split('#').next().unwrap_or_default())
        .map(|word| word.trim_end_matches(['.', ',', ':', ';']).trim_start_matches("./"))
        .filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)) && !word.contains('*'))
        .collect();
    assert!(named.len() >= 20, "{named:?}");
    for name in named.into_iter().chain(["LICENSE"]) {
        // The page of the sample is about its own files.
        let is_there = root().join(name).exists() || root().join("jobs/ops-repo").join(name).exists();
        assert!(is_there, "{name} is not there");
    }
}

/// The variable for every job that has the same key as one for a job or an endpoint.
fn for_every_job(name: &str) -> String {
    let key = |prefix: &str| Some(name.strip_prefix(prefix)?.split_once("__")?.1);
    let of_endpoint = key("RKM_ENDPOINT__").map(|key| format!("RKM_SOURCE__{key}"));
    key("RKM_JOB__").map(|key| format!("RKM_{key}")).or(of_endpoint).unwrap_or_else(|| name.to_owned())
}

#[test]
fn every_variable_named_is_known() {
    let known: BTreeSet<String> = KEYS.iter().filter_map(ConfigKey::variable).collect();
    let text: String = pages().into_iter().map(|page| page.text).collect();
    let names = upper_case(&text, "RKM_");
    assert!(names.len() >= known.len(), "{names:?}");
    for name in names {
        if name == "RKM_PROFILE" {
            continue;
        }
        assert!(known.contains(&for_every_job(name)), "{name} is not known");
    }
    for block in blocks().iter().filter(|block| block.language == "sh" && !block.page.starts_with("tests/")) {
        let assigned = block.text.split_whitespace().filter_map(|word| word.split_once('='));
        for (name, _) in assigned.filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
        {
            let of_the_script = KEYS.iter().any(|key| key.script == Some(name));
            assert!(of_the_script || known.contains(&for_every_job(name)), "{name} is not known");
        }
    }
}

#[test]
fn the_variables_of_tests_and_bench_are_those_that_they_read() {
    let named = page("tests/README.md").text;
    let named = upper_case(&named, "MIGRATOR_");
    let sources: String = files("tests", "rs")
        .iter()
        .chain(&files("src", "rs"))
        .chain(&["tests/support/servers.sh", "tests/support/editors.sh", ".ci/run"].map(|path| root().join(path)))
        .map(|path| fs::read_to_string(path).expect("a source"))
        .collect();
    assert_eq!(named, upper_case(&sources, "MIGRATOR_"));
}

/// The names in a text that consist of capitals, digits and `_`, and begin like this.
fn upper_case<'a>(text: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    text.split(|letter: char| !(letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_'))
        .filter(|word| word.starts_with(prefix) && !word.ends_with('_'))
        .collect()
}

#[test]
fn the_scripts_variables_stand_beside_their_keys() {
    let text = page("jobs/from-the-script.md").text;
    let rows = text.lines().skip_while(|line| *line != "| variable | key | what differs |").skip(2);
    let cells = |row: &str| row.split('|').map(|cell| cell.trim().replace('`', "")).collect::<Vec<_>>();
    let shown: BTreeSet<(String, String)> = rows
        .take_while(|row| row.starts_with('|'))
        .map(cells)
        .map(|cells| (cells[1].clone(), cells[2].clone()))
        .collect();
    let known = KEYS.iter().filter_map(|key| Some((key.script?.to_owned(), key.path.to_owned()))).collect();
    assert_eq!(shown, known);
}

/// The rules in the guide's block with this label, without the commands that a server does not know. `acl` has those for
/// source, destination and Sentinels.
fn rules(kind: Kind, label: &str) -> Vec<Vec<Vec<u8>>> {
    let unknown: &[&str] = match kind {
        Kind::Redis62 => &["+pexpiretime", "+client|no-touch"],
        Kind::Redis70 => &["+client|no-touch"],
        Kind::Redis82 | Kind::Valkey91 => &[],
    };
    let known = |rule: &str| {
        rule.split(' ').filter(|word| !unknown.contains(word)).map(|word| word.as_bytes().to_vec()).collect()
    };
    let rules = blocks().into_iter().find(|block| block.label == label).expect("rules").text;
    rules.lines().map(known).collect()
}

/// Two servers with the users of the guide, and keys at the source.
fn scene_with_users(kind: Kind) -> Scene {
    let scene = Scene::between(kind, kind);
    scene.source.fill(50);
    let rules = rules(kind, "acl");
    let [reader, writer, _] = &rules[..] else { panic!("{} rules", rules.len()) };
    scene.source.run(reader);
    scene.destination.run(writer);
    scene.job("");
    scene
}

/// Runs the program as these users.
fn logged_in(scene: &Scene, arguments: &[&str]) -> Ran {
    let run = scene.prepare(arguments);
    let run = run.env("RKM_SOURCE__USERNAME", "reader").env("RKM_SOURCE__PASSWORD", "secret");
    run.env("RKM_DESTINATION__USERNAME", "writer").env("RKM_DESTINATION__PASSWORD", "secret").run()
}

#[test]
fn the_rights_in_the_guide_are_enough_to_verify_and_repair() {
    for kind in Kind::ALL {
        let scene = scene_with_users(kind);
        for rule in rules(kind, "acl of verify") {
            scene.destination.run(rule);
        }
        logged_in(&scene, &["run", "job.toml", "--set", "verify=full"]).exits(0).errors_and_warnings(&[]);
        scene.destination.run(words!["DEL", "key:1"]);
        logged_in(&scene, &["verify", "job.toml", "--repair"]).exits(0).errors_and_warnings(&[]);
        scene.destination.run(words!["SET", "extra", 1]);
        logged_in(&scene, &["verify", "job.toml"]).exits(5).errors_and_warnings(&[&["job `all` differs: 1 extra"]]);
    }
}

#[test]
fn the_rights_in_the_guide_are_enough_on_each_server() {
    for kind in Kind::ALL {
        let scene = scene_with_users(kind);
        let logged_in = |arguments: &[&str]| logged_in(&scene, arguments).exits(0).errors_and_warnings(&[]);
        logged_in(&["check", "job.toml", "--connect"]);
        let ways: [(&[&str], &str); 5] = [
            (&["--dry-run"], "copied"),
            (&[], "copied"),
            (&["--set", "on_existing=replace"], "replaced"),
            (&["--set", "sleep=1ms"], "existing"),
            (&["--set", "types=[\"string\", \"hash\"]"], "existing"),
        ];
        for (way, outcome) in ways {
            let ran = logged_in(&[&["run", "job.toml", "--report", "report.json"], way].concat());
            assert_eq!(ran.count("all", outcome), 50, "{way:?}");
            // A dry run estimates them, which takes a right of its own.
            let size = ["bytes", "memory_bytes"].map(|name| ran.job("all")[name].as_u64());
            assert!(outcome == "existing" || size.into_iter().max() > Some(Some(0)), "{way:?}");
        }
    }
}
