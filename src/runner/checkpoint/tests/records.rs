//! Records as bytes.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::samples::{Walk, job, record, walk};
use crate::job::{BackupPath, Databases};
use crate::runner::checkpoint::{CheckpointProblem, Data, Fingerprint, Record};

fn parse(bytes: &[u8]) -> Result<Record<Walk>, CheckpointProblem> {
    Record::parse(bytes)
}

#[test]
fn a_record_is_one_line_of_json_and_is_read_as_it_was_written() {
    let text = String::from_utf8(record(walk(1)).to_bytes()).unwrap();
    insta::assert_snapshot!(text, @r#"{"redis-keys-migrator checkpoint":1,"job":"carts","program_version":"0.1.0","written_at":"2026-01-31T12:00:00.250Z","state":"running","keys":4711,"fingerprint":{"job":{"destination.db":"0","destination.host":"cache","destination.port":"6379","exclude":"[]","functions":"false","match":"[\"cart:*\"]","on_existing":"skip","on_unsupported":"fail","source.db":"0","source.host":"10.0.0.5","source.port":"6379","types":"[]"},"source":{"kind":"server","run_id":"1","histories":["",""],"databases":"database 0"},"destination":{"kind":"server","run_id":"2","histories":["",""],"databases":"database 0"}},"walk":{"lanes":[[18446744073709551615,0]]},"checksum":"c13cd3f096e73c24"}"#);
    assert_eq!(parse(text.as_bytes()), Ok(record(walk(1))));
}

#[test]
fn a_record_of_64_lanes_and_long_lists_has_less_than_64_kib() {
    let mut job = job("carts", Path::new("c"));
    job.selection.types = (0..9999).map(|number| format!("type-{number}")).collect();
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<BackupPath> = (0..500)
        .map(|number| {
            let path = folder.path().join(format!("{number}-{}.rdb", "x".repeat(180)));
            fs::write(&path, "x").unwrap();
            BackupPath::File(path)
        })
        .collect();
    let masters = (0..1000).map(|number| (format!("{number:040}"), format!("{number:040}"))).collect();
    let fingerprint = Fingerprint {
        source: Data::of_files(&files, &Databases::of((0..1000).collect())).unwrap(),
        destination: Data::of_cluster(masters, &"x".repeat(100_000)),
        ..Fingerprint::of(&job).unwrap()
    };
    // A lane has at most this many bytes.
    let bytes = Record { fingerprint, ..record(walk(64 * 8)) }.to_bytes();
    assert!(bytes.len() < 64 * 1024, "{}", bytes.len());
}

#[test]
fn what_is_no_record_of_this_version_has_its_reason() {
    let whole = record(walk(2)).to_bytes();
    let text = String::from_utf8(whole.clone()).unwrap();
    let newer = text.replacen("checkpoint\":1", "checkpoint\":2", 1).replacen("0.1.0", "9.0.0", 1);
    let cases = [
        ("", "is damaged: it ends early"),
        ("{\"redis-keys", "is damaged: it ends early"),
        (&text[..300], "is damaged: EOF while parsing"),
        ("[defaults]\n", "is not a checkpoint, and is not overwritten"),
        ("{}", "is not a checkpoint, and is not overwritten"),
        (&newer, "was written by version 9.0.0 in format 2, but this version reads format 1 and older"),
        (&text.replacen("4711", "4712", 1), "is damaged: its checksum is wrong"),
        (text.trim_end(), "is damaged: it has no checksum"),
        ("{\"redis-keys-migrator checkpoint\":1}\n", "is damaged: it has no checksum"),
        ("{\"redis-keys-migrator checkpoint\":-1}\n", "is damaged: invalid value: integer `-1`"),
    ];
    for (content, expected) in cases {
        let problem = parse(content.as_bytes()).unwrap_err().to_string();
        assert!(problem.starts_with(expected), "{content}: {problem}");
    }
}

#[test]
fn a_record_of_another_shape_is_damaged() {
    let bytes = Record { fingerprint: record(walk(0)).fingerprint, walk: "no lanes", ..of_text() }.to_bytes();
    let problem = parse(&bytes).unwrap_err().to_string();
    assert!(problem.starts_with("is damaged: invalid type: string \"no lanes\", expected struct Walk"), "{problem}");
}

fn of_text() -> Record<&'static str> {
    let Record { format_version, job, program_version, written_at, state, keys, fingerprint, .. } = record(walk(0));
    Record { format_version, job, program_version, written_at, state, keys, fingerprint, walk: "" }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(parse(&bytes).is_err());
        let begun = [b"{\"redis-keys-migrator checkpoint\":1,".to_vec(), bytes].concat();
        prop_assert!(parse(&begun).is_err());
    }

    #[test]
    fn a_record_in_which_bytes_are_changed_removed_or_added_is_never_taken_for_another_one(
        lanes in 0..5u64, at in any::<prop::sample::Index>(), length in 0..9usize, other in prop::collection::vec(any::<u8>(), 0..9)
    ) {
        let whole = record(walk(lanes)).to_bytes();
        let start = at.index(whole.len());
        let end = (start + length).min(whole.len());
        let mut mutated = whole.clone();
        mutated.splice(start..end, other);
        if let Ok(read) = parse(&mutated) {
            prop_assert_eq!(read, record(walk(lanes)));
        } else {
            prop_assert_ne!(mutated, whole);
        }
    }
}
