//! Moves keys from one Redis to another, as job files say.
//!
//! # Layout
//!
//! Imports point downwards only.
//!
//! | room | what happens there |
//! |---|---|
//! | [`cli`] | arguments, one file per subcommand, exit codes |
//! | [`config`] | layers → merged values → checked jobs; faults with file and line |
//! | [`report`] | listeners: progress, summary, JSON, error log |
//! | [`runner`] | jobs in order: pre-flight, run, stop or go on |
//! | [`engine`] | one job: scan, filter, read, pace, write, tally, events |
//! | [`event`] | what happens in a run, and who receives it |
//! | [`outputs`] | files that a run writes: inspected early, opened and locked before the first key moves |
//! | [`source`] | where entries come from: a server, a backup |
//! | [`destination`] | where entries go |
//! | [`server`] | connecting to a server and knowing what it can do |
//! | [`resp`] | the hot path's own RESP: requests encoded in place, replies as slices |
//! | [`rdb`] | RDB files: records, and each value as a payload |
//! | [`payload`] | the serialised value: its type, its end, its members; fit to a destination |
//! | [`entry`], [`outcome`], [`error`] | a key on its way, what became of it, why a job ends early |
//! | [`job`] | the checked job: what every room above may rely on |
//! | [`version`] | whose server it is, and which version |
//!
//! # The way a key walks
//!
//! ```text
//! job file ─► config: layers ─► merged ─► checked Job     (all faults at once, with file and line)
//!                                       │
//! runner: jobs in order ────────────────┤
//!                                       ▼
//! scan ─► filter ─► throttle ─► (ask) ─► read (expiry + payload) ─► fit ─► write ─► outcomes
//! in lanes                               pipelined, in flight              pipelined    │
//! (a backup is read by a thread of its own, which hands out keys with their values)     │
//!                                                                                       ▼
//!                              tally ─► events ─► progress · summary · error log · JSON report
//! ```

pub mod cli;
pub mod config;
pub mod destination;
pub mod engine;
pub mod entry;
pub mod error;
pub mod event;
pub mod job;
pub mod outcome;
pub mod outputs;
pub mod payload;
pub mod rdb;
pub mod report;
pub mod resp;
pub mod runner;
pub mod server;
pub mod source;
pub mod version;
