//! Job files and the project file in language servers for TOML: which keys and values they offer, what they show about
//! them, and which faults they report.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{LanguageServer, Offer};

/// A folder with the schemas that the program prints.
fn folder() -> TempDir {
    let folder = TempDir::with_prefix("ops-").expect("a temporary folder");
    for kind in ["job", "project"] {
        fs::write(folder.path().join(format!("{kind}-file.schema.json")), schema(kind))
            .expect("a file in the test's folder");
    }
    folder
}

fn schema(kind: &str) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_redis-keys-migrator"));
    let printed = program.args(["schema", kind]).output().expect("the program can be run");
    String::from_utf8(printed.stdout).expect("UTF-8")
}

/// Every key below a table of the schema, up to three levels down, with its description.
fn keys(table: &Value, above: &str) -> BTreeSet<Offer> {
    let properties = table["properties"].as_object().into_iter().flatten();
    let of_property = |(name, property): (&String, &Value)| {
        let label = format!("{above}{name}");
        let about = property["description"].as_str().expect("a description").to_owned();
        let below = if above.matches('.').count() < 2 { keys(property, &format!("{label}.")) } else { BTreeSet::new() };
        below.into_iter().chain([Offer { label, about }]).collect::<Vec<_>>()
    };
    properties.flat_map(of_property).collect()
}

/// The keys that are offered behind a place, in any order.
fn offered(server: &mut LanguageServer, behind: &str) -> BTreeSet<Offer> {
    server.offers(behind).into_iter().collect()
}

/// The offers without those of the keys that are there.
fn without(mut offers: BTreeSet<Offer>, there: &[&str]) -> BTreeSet<Offer> {
    offers.retain(|offer| !there.contains(&offer.label.as_str()));
    offers
}

fn parsed(kind: &str) -> Value {
    serde_json::from_str(&schema(kind)).expect("JSON")
}

fn labels(offers: &[Offer]) -> String {
    offers.iter().map(|offer| offer.label.as_str()).collect::<Vec<_>>().join(", ")
}

const JOB_FILE: &str = r#"#:schema ./job-file.schema.json

[defaults]

sleep = "0s"
types = [""]

[defaults.source]

host = "h"
tls = false

[[job]]
name = "a"

on_existing = ""
lanes = 1
functions = false
error_log.mode = ""
destination.server = { flavour = "", version = "7.0" }
# end
"#;

#[test]
fn taplo_offers_every_key_with_its_description() {
    let folder = folder();
    let mut server = LanguageServer::taplo(folder.path(), "a.toml", JOB_FILE);
    let schema = parsed("job");
    let of_defaults = keys(&schema["properties"]["defaults"], "");
    assert_eq!(
        offered(&mut server, "[defaults]\n"),
        without(of_defaults, &["sleep", "types", "source", "source.host", "source.tls"])
    );
    let of_source = keys(&schema["properties"]["defaults"]["properties"]["source"], "");
    assert_eq!(offered(&mut server, "[defaults.source]\n"), without(of_source, &["host", "tls"]));
    let of_job = keys(&schema["properties"]["job"]["items"], "");
    let server_keys = ["destination.server", "destination.server.flavour", "destination.server.version"];
    let there = [&["name", "on_existing", "lanes", "functions", "error_log.mode"][..], &server_keys].concat();
    assert_eq!(offered(&mut server, "name = \"a\"\n"), without(of_job, &there));
}

#[test]
fn taplo_offers_the_values_of_a_key() {
    let folder = folder();
    let mut server = LanguageServer::taplo(folder.path(), "a.toml", JOB_FILE);
    assert_eq!(labels(&server.offers("on_existing = \"")), r#""skip", "replace""#);
    assert_eq!(labels(&server.offers("lanes = ")), r#""auto", 1, 2, 4, 8, 16, 32, 64"#);
    assert_eq!(labels(&server.offers("mode = \"")), r#""overwrite", "append", "w", "a""#);
    assert_eq!(labels(&server.offers("functions = ")), "false, true, false", "the default, and both");
}

#[test]
fn taplo_shows_what_a_key_means() {
    let folder = folder();
    let mut server = LanguageServer::taplo(folder.path(), "a.toml", JOB_FILE);
    let defaults = &parsed("job")["properties"]["defaults"]["properties"];
    assert_eq!(server.shows("sleep"), defaults["sleep"]["description"]);
    assert_eq!(server.shows("tls"), defaults["source"]["properties"]["tls"]["description"]);
    let about_version = &defaults["destination"]["properties"]["server"]["properties"]["version"]["description"];
    assert_eq!(server.shows("\"7.0\""), *about_version, "of a value in a job");
}

const FAULTY: &str = r#"#:schema ./job-file.schema.json

[defaults]
sleeep = "0s"

[defaults.source]
url = "redis://h"
port = 1
password_command = [""]

[defaults.destination]
db = "all"

[[job]]
name = "a b"
lanes = 3
match = 7
source.rdb = ["-"]
"#;

#[test]
fn taplo_reports_faults_of_a_job_file() {
    let folder = folder();
    // It reports an unknown key at the beginning of each table above it.
    let expected = r#"
9: "" does not match "^[^\x00]+$"
8: False schema does not allow 1
12: "all" does not match "^same$"
3: Additional properties are not allowed ('sleeep' was unexpected)
6: Additional properties are not allowed ('sleeep' was unexpected)
11: Additional properties are not allowed ('sleeep' was unexpected)
15: "a b" does not match "^[A-Za-z0-9]+([_-][A-Za-z0-9]+)*$"
16: 3 is not one of ["auto",1,2,4,8,16,32,64]
17: 7 is not of types "array", "string"
18: {"const":"-"} is not allowed for "-"
"#;
    LanguageServer::taplo(folder.path(), "a.toml", FAULTY).reports(expected.trim_start());
}

#[test]
fn tombi_offers_shows_and_reports_the_same() {
    let folder = folder();
    let text = "#:schema ./job-file.schema.json\n\n[[job]]\nname = \"a\"\non_existing = \"\"\ntypes = [\"\"]\n\n\
                [job.source]\n\ntls = false\n# end\n";
    let mut server = LanguageServer::tombi(folder.path(), "a.toml", text);
    let source = &parsed("job")["properties"]["job"]["items"]["properties"]["source"]["properties"];
    let keys: Vec<&str> = source.as_object().expect("a table").keys().map(String::as_str).collect();
    let offered = labels(&server.offers("[job.source]\n"));
    assert_eq!(offered, keys.into_iter().filter(|key| *key != "tls").collect::<Vec<_>>().join(", "));
    assert_eq!(labels(&server.offers("on_existing = \"")), r#""skip", "replace""#);
    assert_eq!(labels(&server.offers("types = [\"")), r#""string", "list", "set", "zset", "hash", "stream""#);
    let shown = server.shows("tls");
    assert_eq!(shown.lines().next().unwrap_or_default(), source["tls"]["description"]);
    let expected = r#"
4: "sleeep" is not allowed
9: "" does not match the pattern `^[^\x00]+$`
8: the schema matches no values
12: "all" does not match the pattern `^same$`
15: "a b" does not match the pattern `^[A-Za-z0-9]+([_-][A-Za-z0-9]+)*$`
16: the value must be one of [1, 2, 4, 8, 16, 32, 64], but found 3
17: expected a value of type String, but found Integer
17: expected a value of type Array, but found Integer
18: "not" schema is matched
"#;
    LanguageServer::tombi(folder.path(), "b.toml", FAULTY).reports(expected.trim_start());
}

#[test]
fn the_project_file_has_a_schema_of_its_own() {
    let folder = folder();
    let text = "#:schema ./project-file.schema.json\n\n[defaults]\n\nsleep = 1\n\n[profile.staging.defaults]\n\n\
                lanes = 3\n\n[endpoint.old]\n\nhost = \"h\"\n# end\n";
    let mut server = LanguageServer::taplo(folder.path(), "redis-keys-migrator.toml", text);
    let schema = parsed("project");
    let of_defaults = keys(&schema["properties"]["defaults"], "");
    assert_eq!(offered(&mut server, "[defaults]\n"), without(of_defaults, &["sleep"]));
    let of_profile = &schema["properties"]["profile"]["additionalProperties"]["properties"]["defaults"];
    assert_eq!(offered(&mut server, "[profile.staging.defaults]\n"), without(keys(of_profile, ""), &["lanes"]));
    let of_endpoint = keys(&schema["properties"]["endpoint"]["additionalProperties"], "");
    assert_eq!(offered(&mut server, "[endpoint.old]\n"), without(of_endpoint, &["host"]));
    assert_eq!(server.shows("sleep"), schema["properties"]["defaults"]["properties"]["sleep"]["description"]);
    server.reports("5: 1 is not of type \"string\"\n9: 3 is not one of [\"auto\",1,2,4,8,16,32,64]\n");
    let with_job = format!("{text}[[job]]\nname = \"a\"\n");
    let mut server = LanguageServer::tombi(folder.path(), "redis-keys-migrator.toml", &with_job);
    let expected = r#"
5: expected a value of type String, but found Integer
9: the value must be one of [1, 2, 4, 8, 16, 32, 64], but found 3
14: "job" is not allowed
"#;
    server.reports(expected.trim_start());
}
