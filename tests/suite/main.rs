//! Black-box tests: the binary against real servers. Every test sets its own scene; none needs another.

#[path = "../support/mod.rs"]
mod support;

mod comparison;
mod harness;
mod sample;
