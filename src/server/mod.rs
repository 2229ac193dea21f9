//! A server: connecting to it, and knowing what it is and can do.

mod facts;

pub use facts::{Flavour, ServerFacts};
