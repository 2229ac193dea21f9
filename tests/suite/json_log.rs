//! `error_log.format = "json"`: each line is an object, whatever bytes the names of keys have.

use serde_json::{Value, json};

use crate::support::{CAREFUL, Kind, Scene, Server, poison, words};

/// The lines of the log, without their times.
#[track_caller]
fn lines(log: &str) -> Vec<Value> {
    let read = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let time = line.as_object_mut().expect("an object").remove("time").expect("a time");
        assert!(time.as_str().is_some_and(|time| time.len() == 24 && time.ends_with('Z')), "{time}");
        line
    };
    log.lines().map(read).collect()
}

fn scene() -> Scene {
    Scene::of(Server::start(Kind::Redis70), Server::with(Kind::Redis70, &CAREFUL))
}

#[test]
fn each_failed_key_is_one_object_with_its_database_and_a_form_for_every_name() {
    let scene = scene();
    poison(&scene.source, b"a:\xff\r\n\"");
    poison(&scene.source, "a:ключ".as_bytes());
    scene.source.run(words!["SET", "a:fine", "v"]);
    let rename = "match = \"a:*\"\nrename = { strip_prefix = \"a:\", add_prefix = \"b:\" }";
    let ran = scene.run_job(&format!("error_log = {{ path = \"bad.json\", format = \"json\" }}\n{rename}")).exits(1);
    ran.outcomes("all", "copied 1, failed 2").stderr_has("Check |bad.json| for details");
    let mut found = lines(&scene.read("bad.json"));
    found.sort_by_key(|line| line["key"].is_string());
    let line = |key: Value, quoted: &str, destination_key: Value, destination_quoted: &str| {
        json!({
            "job": "all", "database": 0, "key": key, "key_quoted": quoted,
            "destination_key": destination_key, "destination_key_quoted": destination_quoted,
            "type": "hash", "side": "destination", "server": format!("127.0.0.1:{}", scene.destination.port()),
            "code": "refused", "message": "ERR Bad data format",
        })
    };
    let text = r"\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87";
    let expected = [
        line(Value::Null, r#""a:\xff\r\n\"""#, Value::Null, r#""b:\xff\r\n\"""#),
        line("a:ключ".into(), &format!("\"a:{text}\""), "b:ключ".into(), &format!("\"b:{text}\"")),
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_database_is_that_of_the_key_if_the_job_reads_several() {
    let scene = scene();
    poison(&scene.source, "of 3");
    scene.source.run(words!["MOVE", "of 3", 3]);
    poison(&scene.source, "of 0");
    scene.job("error_log = { path = \"bad.json\", format = \"json\" }");
    let several = ["source.db=[0, 3]".to_owned(), "destination.db=same".to_owned()];
    scene.prepare_job(&several).run().exits(1).outcomes("all", "failed 2");
    let found = lines(&scene.read("bad.json"));
    let databases: Vec<(&Value, &Value)> = found.iter().map(|line| (&line["database"], &line["key"])).collect();
    assert_eq!(databases, [(&json!(0), &json!("of 0")), (&json!(3), &json!("of 3"))]);
}

#[test]
fn the_schema_describes_the_lines_and_the_names_are_a_list_of_keys() {
    let scene = scene();
    for name in [&b"bad:\xff\n"[..], b"bad: plain"] {
        poison(&scene.source, name);
    }
    let format = "error_log.format = \"json\"";
    scene.run_job(format).exits(1).outcomes("all", "failed 2");
    let schema: Value = serde_json::from_str(&scene.run(&["schema", "error-log"]).exits(0).stdout).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let log = scene.error_log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert!(lines.len() == 2 && lines.iter().all(|line| validator.is_valid(line)), "{log}");
    let names: Vec<&str> = lines.iter().map(|line| line["key_quoted"].as_str().expect("a text")).collect();
    scene.file("keys.txt", &names.join("\n"));
    scene.run_job(&format!("{format}\nkeys_from = \"keys.txt\"")).exits(1).outcomes("all", "failed 2");
}
