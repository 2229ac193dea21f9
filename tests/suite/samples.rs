//! Every sample job file matches its schema, and works.

use std::fs;
use std::path::{Path, PathBuf};

use crate::sample;
use crate::support::{Kind, Scene, Server, words};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn samples() -> Vec<PathBuf> {
    let files = fs::read_dir(root().join("jobs"))
        .expect("the folder of samples exists")
        .map(|file| file.expect("a file").path());
    let mut samples: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect();
    samples.sort();
    assert!(samples.len() >= 3, "samples are missing: {samples:?}");
    samples
}

#[test]
fn every_sample_names_its_schema_and_matches_it() {
    let schema = fs::read_to_string(root().join("schemas/job-file.schema.json")).expect("the schema exists");
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).expect("JSON")).expect("a schema");
    for path in samples() {
        let text = fs::read_to_string(&path).expect("a sample");
        assert_eq!(text.lines().next(), Some("#:schema ../schemas/job-file.schema.json"), "{}", path.display());
        let sample: serde_json::Value = toml::from_str(&text).expect("TOML");
        let faults: Vec<String> = validator.iter_errors(&sample).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{}: {}", path.display(), faults.join("\n"));
    }
}

#[test]
fn every_sample_passes_check() {
    let scene = Scene::new();
    for path in samples() {
        scene.run(&["check", &path.display().to_string()]).exits(0);
    }
}

#[test]
fn every_sample_runs_with_other_endpoints() {
    for path in samples() {
        let source = Server::on_backup(Kind::Redis62, &sample::path(), &[]);
        let scene = Scene::of(source, Server::start(Kind::Redis70));
        scene.destination.run(words!["SET", "cart:0", "newer"]);
        let run = scene
            .prepare(&["run", &path.display().to_string()])
            .env("RKM_DESTINATION__HOST", "127.0.0.1")
            .env("RKM_DESTINATION__PORT", "{DESTINATION_PORT}");
        let is_file = fs::read_to_string(&path).expect("a sample").contains("rdb = ");
        let run = if is_file {
            run.env("RKM_SOURCE__RDB", &sample::path().display().to_string())
        } else {
            run.env("RKM_SOURCE__HOST", "127.0.0.1").env("RKM_SOURCE__PORT", "{SOURCE_PORT}")
        };
        run.run().exits(0).stdout_has("sessions");
        let arrived = scene.destination.reading();
        assert_eq!(arrived.0.keys().filter(|key| key.starts_with(b"session:")).count(), 120, "{}", path.display());
        assert!(!arrived.0.keys().any(|key| key.starts_with(b"cache:") || key.starts_with(b"cart:tmp:")));
    }
}
