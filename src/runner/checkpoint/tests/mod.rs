//! Records, whole and damaged, and their files.

mod fingerprints;
mod records;
mod runs;
mod samples;
