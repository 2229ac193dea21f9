//! RDB files that other programs wrote, in the folder that `MIGRATOR_TEST_RDB_CORPUS` names.
//! Its `expected.tsv` lists what an independent reader found in each file.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::payload::{Footer, Payload};
use crate::rdb::{Checksum, Reader, Record, Value, unpack};
use crate::version::Flavour;

/// A line of `expected.tsv`, in its own words.
#[derive(Debug, Default, PartialEq, Eq)]
struct Contents {
    magic: String,
    keys: BTreeMap<u64, u64>,
    functions: u64,
    checksum: String,
}

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("MIGRATOR_TEST_RDB_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("LEFT OUT: no file of the corpus was read, because `MIGRATOR_TEST_RDB_CORPUS` names no folder");
    }
    folder
}

fn expected(folder: &Path) -> Vec<(String, Contents)> {
    let table = std::fs::read_to_string(folder.join("expected.tsv")).expect("the corpus has its table");
    table.lines().skip(1).map(expected_row).collect()
}

fn expected_row(line: &str) -> (String, Contents) {
    let columns: Vec<&str> = line.split('\t').collect();
    let [file, magic, keys, functions, checksum, "-"] = columns[..] else { panic!("another table: {line}") };
    let keys = keys.split(' ').filter(|&keys| keys != "-").map(|keys| {
        let (db, count) = keys.split_once(':').expect("db:keys");
        (db.parse().unwrap(), count.parse().unwrap())
    });
    let contents = Contents {
        magic: magic.into(),
        keys: keys.collect(),
        functions: functions.parse().unwrap(),
        checksum: checksum.into(),
    };
    (file.into(), contents)
}

/// Reads a file to its end, and each payload to the end of its value.
fn found(path: &Path) -> Contents {
    let (mut contents, mut db, mut flavour) = (Contents::default(), 0, Flavour::Redis);
    for record in Reader::new(unpack(File::open(path).unwrap()).unwrap()) {
        match record.unwrap_or_else(|error| panic!("{}: {error}", path.display())) {
            Record::Header(header) => {
                flavour = header.flavour;
                contents.magic = match flavour {
                    Flavour::Valkey => format!("VALKEY{:03}", header.version),
                    _ => format!("REDIS{:04}", header.version),
                };
            }
            Record::SelectDb(index) => db = index,
            Record::Function(_) => contents.functions += 1,
            Record::Key(key) => {
                *contents.keys.entry(db).or_default() += 1;
                let Value::Payload(payload) = key.value else { panic!("{}: {:?}", key.key, key.value) };
                let parts = Payload::open(&payload).unwrap();
                assert_eq!(parts.value_length(flavour), Ok(parts.value.len()), "{}", key.key);
                assert_eq!(key.length, parts.value.len() as u64);
                Footer::verify(&payload).unwrap();
            }
            Record::End(checksum) => {
                contents.checksum = match checksum {
                    Checksum::Right => "ok",
                    Checksum::Off => "zero",
                    Checksum::Absent => "none",
                }
                .into();
            }
            Record::Aux { .. } | Record::ResizeDb { .. } | Record::Slot(_) | Record::NotCarried(_) => {}
            Record::Commands => panic!("{}: commands follow", path.display()),
        }
    }
    contents
}

#[test]
fn every_file_is_read_to_its_end() {
    let Some(folder) = corpus() else { return };
    let expected = expected(&folder);
    assert!(expected.len() > 50, "the table is not empty");
    for (file, contents) in expected {
        assert_eq!(found(&folder.join(&file)), contents, "{file}");
    }
}
