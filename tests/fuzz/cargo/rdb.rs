//! See `../entry.rs`.
#![no_main]

#[expect(dead_code, reason = "each target uses one entry")]
#[path = "../entry.rs"]
mod entry;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entry::rdb(bytes));
