//! The beginning of a value as one line of text.
//!
//! A value can have hundreds of MiB, so nothing is collected but the few members that are shown, and of each only its
//! first bytes.

mod few;
mod members;
mod quoted;
mod stream;
#[cfg(test)]
mod tests;
mod value;

pub use value::abbreviate;
