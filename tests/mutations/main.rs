//! What real servers wrote, damaged: no panic, no hang, and no memory that the bytes do not pay for.
//!
//! A program of its own, as its allocator counts. The full measure is a million mutations, in a build that is quick and
//! still checks its arithmetic:
//!
//! ```text
//! MIGRATOR_TEST_MUTATIONS=1000000 CARGO_PROFILE_TEST_OPT_LEVEL=2 tests/run.sh --test mutations
//! ```
//!
//! | variable | |
//! |---|---|
//! | `MIGRATOR_TEST_MUTATIONS` | how many there are, half of payloads and half of files; by default some ten thousand |
//! | `MIGRATOR_TEST_SEED` | a number; another one gives other mutations |
//! | `MIGRATOR_TEST_RDB_CORPUS` | a folder of RDB files that are damaged as well |

mod bombs;
mod bound;
mod cases;
mod files;
mod handmade;
mod material;
mod members;
mod mutation;
mod payloads;
mod sample;
#[expect(dead_code, unused_imports, reason = "the suite needs more of it")]
#[path = "../support/mod.rs"]
mod support;
mod watchdog;
