//! Black-box tests: the binary against real servers. Every test sets its own scene; none needs another.

#[path = "../support/mod.rs"]
mod support;

mod again;
mod backup;
mod backup_corpus;
mod backup_damage;
mod backup_databases;
mod backup_endings;
mod backup_formats;
mod backup_functions;
mod backup_memory;
mod backup_mutations;
mod backup_outcomes;
mod backup_pace;
mod backup_refused;
mod backup_reports;
mod backup_selection;
mod backup_stdin;
mod bad_input;
mod commands;
mod comparison;
mod corpus;
mod dry_run;
mod endings;
mod existing;
mod failures;
mod far;
mod harness;
mod lanes;
mod layers;
mod limits;
mod memory;
mod pace;
mod pairs;
mod payloads;
mod preflight;
mod readme;
mod reports;
mod robust;
mod sample;
mod samples;
mod script;
mod selection;
mod vanished;
mod walk;
