//! The stages that a key passes through.

pub mod batches;
pub mod existence;
pub mod fit;
pub mod libraries;
pub mod measure;
pub mod read;
pub mod select;
pub mod walk;
pub mod write;
