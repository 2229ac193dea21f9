//! Log lines that every run has, and those of `-v` and `-vv`. Each has a sentence, which the text shows, and fields, which
//! JSON shows.

mod details;
mod ended;
mod listener;
#[cfg(test)]
mod tests;

pub use listener::Notices;
