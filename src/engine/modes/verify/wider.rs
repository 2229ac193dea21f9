//! What the destination is asked for, to find extra keys.

use crate::job::{Glob, Job, Lifetimes, Selection};

/// What the destination is asked for, so that it returns every key that a job writes, and few others.
pub fn selection(job: &Job) -> Selection {
    let matches = match &job.rename {
        None => job.selection.matches.clone(),
        Some(rename) => vec![Glob::new(format!("{}*", Glob::literal(&rename.add_prefix)))],
    };
    let (exclude, types, lifetimes) = (Vec::new(), Vec::new(), Lifetimes::default());
    Selection { matches, exclude, types, lifetimes, char_sign: job.selection.char_sign }
}
