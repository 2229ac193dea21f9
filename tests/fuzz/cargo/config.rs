//! See `../entry.rs`.
#![no_main]

#[expect(dead_code, reason = "each target uses one entry")]
#[path = "../entry.rs"]
mod entry;

use std::sync::LazyLock;

use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| TempDir::new().expect("a temporary folder"));

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entry::config(bytes, FOLDER.path()));
