//! The schema follows from the types, and accepts what the parser accepts.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Scene;
use crate::config::{KEYS, option_table, project_schema, schema};

fn parsed() -> Value {
    serde_json::from_str(&schema()).expect("the schema is JSON")
}

/// Set this variable to write what is generated instead of comparing it.
const UPDATE: &str = "UPDATE_EXPECTED";

#[test]
fn the_schemas_in_the_repository_are_the_ones_that_are_generated() {
    for (name, generated) in [("job-file", schema()), ("project-file", project_schema())] {
        let path = format!("{}/schemas/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(&path, &generated).unwrap();
        }
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == generated, "{path} differs: run this test with {UPDATE}=1 and look at the difference");
    }
}

/// taplo overflows its stack on `allOf`, and ignores the others.
#[test]
fn the_schemas_have_no_keyword_that_language_servers_cannot_read() {
    for keyword in ["allOf", "dependentSchemas", "dependentRequired", "prefixItems", "unevaluatedProperties", "$defs"] {
        for schema in [schema(), project_schema()] {
            assert!(!schema.contains(&format!("\"{keyword}\"")), "{keyword}");
        }
    }
}

fn paths(schema: &Value, above: &str) -> BTreeSet<String> {
    let Some(properties) = schema["properties"].as_object() else { return BTreeSet::new() };
    let of_property = |(name, property): (&String, &Value)| {
        let path = format!("{above}{name}");
        let is_key = KEYS.iter().any(|key| key.path == path);
        let mut found = if is_key { BTreeSet::from([path.clone()]) } else { BTreeSet::new() };
        // The table `tls` is a key, too. The table `server` is the value of one key, not a table of keys.
        if !is_key || property["type"].is_array() {
            found.extend(paths(property, &format!("{path}.")));
        }
        found
    };
    properties.iter().flat_map(of_property).collect()
}

#[test]
fn the_schema_knows_the_keys_of_the_table_and_no_others() {
    let schema = parsed();
    let known: BTreeSet<String> = KEYS.iter().map(|key| key.path.to_owned()).collect();
    assert_eq!(paths(&schema["properties"]["job"]["items"], ""), known);
    let mut of_defaults = paths(&schema["properties"]["defaults"], "");
    assert!(of_defaults.insert("name".to_owned()), "`[defaults]` takes no name");
    assert_eq!(of_defaults, known);
}

#[test]
fn every_table_of_the_schema_is_closed_and_every_property_described() {
    fn look(schema: &Value) {
        let Some(properties) = schema["properties"].as_object() else { return };
        assert_eq!(schema["additionalProperties"], Value::Bool(false));
        for (name, property) in properties {
            assert!(property["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
            look(property);
        }
    }
    let schema = parsed();
    look(&schema["properties"]["job"]["items"]);
    look(&schema["properties"]["defaults"]);
}

#[test]
fn the_option_table_has_a_line_for_each_key() {
    let table = option_table();
    assert_eq!(table.lines().count(), KEYS.len() + 2);
    let line =
        |key: &str| table.lines().find(|line| line.starts_with(&format!("| `{key}`"))).unwrap_or_default().to_owned();
    insta::assert_snapshot!(line("source.port"), @"| `source.port` | 1–65535 | `6379` | `RKM_SOURCE__PORT` | `SOURCE_REDIS_PORT` | Port. |");
    insta::assert_snapshot!(line("sleep"), @r#"| `sleep` | duration | `"1s"` | `RKM_SLEEP` | `SLEEP_TIME` | Pause after each executed pipeline of new keys except the last, and after every `max_processed_existing_keys` existing ones. |"#);
    insta::assert_snapshot!(line("error_log.mode"), @r#"| `error_log.mode` | `"overwrite"`, `"append"`, `"w"`, `"a"` | `"overwrite"` | `RKM_ERROR_LOG__MODE` | `FILEMOD` | What happens to an existing log: `overwrite` (or `w`) empties it once a run, `append` (or `a`) adds to it. |"#);
    insta::assert_snapshot!(line("match"), @r#"| `match` | text or list | `"*"` | `RKM_MATCH` | `SCAN_MATCH_PATTERN` | Keys to move: a glob pattern, as in Redis, or a list of patterns. A key must match at least one of them. |"#);
}

#[track_caller]
fn schema_takes(text: &str) -> bool {
    takes(&schema(), text)
}

#[track_caller]
fn takes(schema: &str, text: &str) -> bool {
    let schema = serde_json::from_str(schema).expect("the schema is JSON");
    let file: toml::Table = text.parse().unwrap();
    jsonschema::validator_for(&schema).expect("a schema").is_valid(&serde_json::to_value(file).unwrap())
}

const WELL: [&str; 36] = [
    "verify = \"full\"\nverify_extra = \"ignore\"\nverify_tolerance = \"0s\"\nverify_log = \"{job}.jsonl\"",
    "verify = \"sample\"",
    "source.cluster = [\"a\", \"b:7\"]\nsource.read_from = \"replica\"",
    "source = { host = \"h\", cluster = false }",
    "source = { url = \"redis-cluster://u:p@a,b:7/3\", cluster = false }",
    "source = { url = \"rediss://h\", tls.ca_file = \"ca.pem\" }",
    "source.tls = true",
    "source.tls = {}",
    "destination.tls = { cert_file = \"c\", key_file = \"k\", server_name = \"n\", verify = false }",
    "source.password_command = [\"a\", \"b\"]",
    "",
    "match = \"*\"",
    "match = [\"a\", \"b\"]\nexclude = []",
    "exclude = \"x\"",
    "types = [\"hash\", \"ReJSON-RL\"]",
    "scan_batch_size = 1\npipeline_batch_size = 100000",
    "max_errored_keys = 9223372036854775807",
    "sleep = \"0s\"",
    "sleep = \"1m 30s\"",
    "on_existing = \"replace\"",
    "error_log = { path = \"x\", mode = \"w\" }",
    "error_log.mode = \"append\"",
    "source.url = \"redis://u:p@h:1/2\"",
    "source = \"e\"\n[endpoint.e]\nhost = \"h\"\ndb = [1, 2]\n[profile.p.endpoint.e]\nport = 7",
    "source = { endpoint = \"e\", db = \"all\" }\n[endpoint.e]\nurl = \"redis://h\"\nread_from = \"replica\"",
    "source = { url = \"redis://h\", connect_timeout = \"1s\" }",
    "source = { url = \"redis://h\", db = 1, username = \"u\", password = \"p\" }",
    "source = { host = \"::1\", port = 1, db = 0, username = \"\", password = \"\" }",
    "source.password_file = \"/dev/null\"",
    "source.host = \"h\"\nsource.db = 65535",
    "source.response_timeout = \"100ms\"",
    "source.retry = \"0s\"\ndestination.retry = \"1h\"",
    "source.allow_stale_replica = true",
    "source = { socket = \"run/r.sock\", db = 3, username = \"u\", password = \"p\", connect_timeout = \"1s\" }",
    "source.url = \"unix:///r.sock\"",
    "source.url = \"unix://u:p@/a%20b/r.sock?db=65535\"",
];

const ILL: [&str; 60] = [
    "verify = true",
    "verify_extra = \"\"",
    "verify_tolerance = 1",
    "verify_log = \"\"",
    "source.tls = \"yes\"",
    "source.tls = { ca = \"x\" }",
    "source.tls.verify = 1",
    "source.tls.server_name = \"a b\"",
    "source.password_command = \"a\"",
    "source.password_command = []",
    "sleeep = \"1s\"",
    "match = \"\"",
    "match = []",
    "match = [\"\"]",
    "match = 1",
    "exclude = [\"\"]",
    "types = \"hash\"",
    "types = []",
    "types = [\"sring\"]",
    "scan_batch_size = 0",
    "scan_batch_size = 1000001",
    "scan_batch_size = \"1\"",
    "pipeline_batch_size = 100001",
    "max_errored_keys = 0",
    "max_processed_existing_keys = -1",
    "sleep = 1",
    "sleep = \"1\"",
    "sleep = \"-1s\"",
    "sleep = \"1 parsec\"",
    "on_existing = \"keep\"",
    "error_log = \"x\"",
    "error_log.mode = \"x\"",
    "error_log.path = \"\"",
    "source = \"redis://h\"",
    "source.url = \"https://h\"",
    "source.endpoint = \"a b\"",
    "[endpoint.e]\nname = \"a\"",
    "[endpoint.e]\nendpoint = \"a\"",
    "[endpoint]\ne = \"redis://h\"",
    "source = { url = \"redis://h\", host = \"h\" }",
    "source = { password = \"p\", password_file = \"f\" }",
    "source.host = \"h:1\"",
    "source.port = 0",
    "source.db = 65536",
    "source.connect_timeout = \"0s\"",
    "source.retry = 5",
    "source.allow_stale_replica = \"yes\"",
    "destination.allow_stale_replica = true",
    "source = { socket = \"s\", host = \"h\" }",
    "source = { socket = \"s\", port = 1 }",
    "source = { socket = \"s\", rdb = \"x.rdb\" }",
    "source = { socket = \"s\", url = \"redis://h\" }",
    "source.cluster = []",
    "source = { cluster = true }",
    "source = { host = \"h\", cluster = [\"a\"] }",
    "source = { url = \"redis://h\", cluster = \"a\" }",
    "source.socket = \"\"",
    "source.socket = \"unix:///r.sock\"",
    "source.url = \"unix://h/r.sock\"",
    "source.url = \"unix:///r.sock?x=1\"",
];

#[test]
fn schema_and_parser_agree_on_what_is_well() {
    for lines in WELL {
        assert!(schema_takes(&format!("[[job]]\nname = \"a\"\n{lines}\n")), "{lines}");
        assert!(schema_takes(&format!("[defaults]\n{lines}\n[[job]]\nname = \"a\"\n")), "{lines}");
        Scene::job(lines).secrets(crate::config::Secrets::Warn).loads();
    }
}

#[test]
fn schema_and_parser_agree_on_what_is_ill() {
    for lines in ILL {
        assert!(!schema_takes(&format!("[[job]]\nname = \"a\"\n{lines}\n")), "{lines}");
        assert!(!schema_takes(&format!("[defaults]\n{lines}\n[[job]]\nname = \"a\"\n")), "{lines}");
        Scene::job(lines).faults();
    }
}

#[test]
fn schema_and_parser_agree_on_whole_files() {
    let ill = [
        "",
        "job = []\n",
        "[[job]]\nsleep = \"1s\"\n",
        "[defaults]\nname = \"a\"\n[[job]]\nname = \"b\"\n",
        "[[job]]\nname = \"a b\"\n",
        "[[job]]\nname = \"a__b\"\n",
        "[[jobs]]\nname = \"a\"\n",
        "sleep = \"1s\"\n[[job]]\nname = \"a\"\n",
        "[job]\nname = \"a\"\n",
    ];
    for text in ill {
        assert!(!schema_takes(text), "{text}");
        Scene::new().file("a.toml", text).env("RKM_DESTINATION__HOST", "x").faults();
    }
}

#[test]
fn the_schema_of_project_files_is_the_one_of_job_files_without_jobs() {
    let (mut of_jobs, of_project) = (parsed(), serde_json::from_str::<Value>(&project_schema()).unwrap());
    of_jobs["properties"].as_object_mut().unwrap().remove("job");
    of_jobs.as_object_mut().unwrap().remove("required");
    of_jobs["title"] = of_project["title"].clone();
    of_jobs["properties"]["defaults"]["description"] = of_project["properties"]["defaults"]["description"].clone();
    assert_eq!(of_project, of_jobs);
}

#[test]
fn schema_and_parser_agree_on_project_files() {
    for text in ["", "[defaults]\nsleep = \"0s\"\n", "[profile.eu-1]\n", "[profile.a.defaults]\nsource.port = 1\n"] {
        assert!(takes(&project_schema(), text), "{text}");
        Scene::job("").project(text).loads();
    }
    let ill = [
        "[[job]]\nname = \"a\"\n",
        "[defaults]\nname = \"a\"\n",
        "[default]\n",
        "sleep = \"0s\"\n",
        "[profile]\na = 1\n",
        "[profile.a]\nsleep = \"0s\"\n",
        "[profile.a.defaults]\nport = 1\n",
        "[profile.\"a b\".defaults]\n",
        "[profile._a.defaults]\n",
    ];
    for text in ill {
        assert!(!takes(&project_schema(), text), "{text}");
        Scene::job("").project(text).faults();
    }
}

#[test]
fn the_built_in_defaults_are_a_job_file_but_for_the_jobs() {
    let with_job = format!("{}\n[[job]]\nname = \"a\"\n", crate::config::DEFAULTS);
    assert!(schema_takes(&with_job));
    let scene = Scene::new().file("a.toml", with_job).set("source.host=localhost").set("destination.host=b");
    let plain = Scene::job("").only_job();
    assert_eq!(format!("{:?}", scene.only_job()), format!("{plain:?}"));
}
