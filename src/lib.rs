//! Moves keys from one Redis to another, as job files say.
//!
//! # Layout
//!
//! Imports point downwards only, and in no circle, neither between modules nor between files; a test holds this
//! (`tests/structure`). Modules on one line do not import each other.
//!
//! | module | what happens there |
//! |---|---|
//! | [`cli`] | arguments, one file per subcommand, exit codes |
//! | [`config`] · `report` | layers → merged values → checked jobs, faults with file and line · listeners: progress, notices, summary, error log, differences, reports as JSON, Markdown and JUnit |
//! | `runner` | jobs in order: pre-flight, walks, stop or continue; whether the data of a server were replaced meanwhile; `checkpoint/`: the record from which a later run continues |
//! | `engine` | one job: `job.rs` is its table of contents, `context.rs` what its stages share; `modes/`, `stages/`, `account/`, `rate/`; `shared/`: several jobs in one walk |
//! | `event` | what happens in a run: the contract between engine, runner and listeners |
//! | `source` · `destination` | the traits `Source` and `Lane`, one node, a cluster, a backup, a list of keys · the trait `Destination`, one node, a cluster |
//! | `server` · [`rdb`] · `outputs` | finding a server, by its address or by Sentinels, the nodes of a cluster, links, sessions that reconnect, control connection, what a server can do · RDB files · files that a run writes |
//! | [`payload`] · [`resp`] | the serialised value: types, layouts, translation, comparison · the codec of the data path |
//! | `error` | why a key fails, why a job stops |
//! | `entry` | a key, and an entry ready to be written |
//! | [`job`] | the checked job |
//! | [`outcome`] | what became of keys, and how many of each |
//! | `budget` · [`version`] · `sanitize` | every limit on keys and bytes in flight · flavours and versions of servers · text that is safe to print |
//!
//! # How a key moves
//!
//! ```text
//! job files ─► config: layers ─► merged ─► checked Job              (all faults at once, with file and line)
//!                                              │
//! runner: jobs in order ───────────────────────┤ pre-flight
//!                                              ▼
//! Source ─ lanes ─► pages ─► batches ─► select ─► (exists?) ─► read ─► fit ─► Destination.write ─► outcomes
//!                               │                                                                     │
//!                               └── tickets ──────────► ledger: tally, watermarks ◄───────────────────┘
//!                                                          │
//!                                                          └─► events ─► progress · summary · JSON · error log
//! ```
//!
//! A page keeps its lane and the position that the lane has reached. Each of its keys gets a ticket when it is taken up,
//! and a ticket ends in one of two ways: it is settled with an outcome, or released because the key was never sent. When
//! the oldest page of a lane has no open ticket, the lane's watermark moves on.
//!
//! Consecutive jobs with the same endpoints and pace share a walk (`runner/sharing`). Each runs in the engine as if it had the
//! source for itself, but its pages come from `engine/shared/feed`: a key waits for the first job that selects it, and, when it
//! leaves that job's ledger, for the next one. The jobs share what limits the load (`engine/pace`).
//!
//! A lost connection does not end a job. `server::Session` reconnects and repeats reads, and `destination/settle` settles
//! each write that has no reply. If another process answers in place of a server, `runner/walks` walks the job again.
//!
//! A cluster is another `Source` and another `Destination`, made of nodes: `server/cluster/route` sends each request about a
//! key to the node that serves its slot, and follows redirects. The lanes of a source are those of its nodes, and a last one
//! for slots that moved meanwhile.
//!
//! Every arrow is bounded in keys and bytes (`budget`), so a slow destination stops the reading, and memory does not grow
//! with the data.

pub(crate) mod budget;
pub mod cli;
pub mod config;
pub(crate) mod destination;
pub(crate) mod engine;
pub(crate) mod entry;
pub(crate) mod error;
pub(crate) mod event;
pub mod job;
pub mod outcome;
pub(crate) mod outputs;
pub mod payload;
pub mod rdb;
pub(crate) mod report;
pub mod resp;
pub(crate) mod runner;
pub(crate) mod sanitize;
pub(crate) mod server;
pub(crate) mod source;
pub mod version;
