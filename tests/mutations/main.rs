//! Damages what real servers wrote: no panic, no hang, and no memory out of proportion to the bytes.
//!
//! It is a program of its own, because it needs an allocator that counts. A full run is a million mutations, in a build
//! that is optimised but still checks its arithmetic:
//!
//! ```text
//! MIGRATOR_TEST_MUTATIONS=1000000 CARGO_PROFILE_TEST_OPT_LEVEL=2 tests/run.sh --test mutations
//! ```
//!
//! | variable | |
//! |---|---|
//! | `MIGRATOR_TEST_MUTATIONS` | the number of mutations, half of payloads and half of files; by default 40 000 |
//! | `MIGRATOR_TEST_SEED` | a number; other numbers give other mutations |
//! | `MIGRATOR_TEST_RDB_CORPUS` | a folder of RDB files to be damaged as well |

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
