//! What must be the same if a job continues.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use super::data::Data;
use super::settings::settings;
use crate::error::Side;
use crate::job::{Job, Source};

/// What must be the same if a job continues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The settings that decide which keys move, where, and what they become.
    pub job: BTreeMap<String, String>,
    pub source: Data,
    pub destination: Data,
}

impl Fingerprint {
    /// What is known without a connection: the job, and the files that it reads.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub fn of(job: &Job) -> io::Result<Self> {
        let source = match &job.source {
            Source::Backup(backup) => Data::of_files(&backup.files, &backup.db)?,
            Source::Server(_) => Data::Unknown,
        };
        Ok(Self { job: settings(job), source, destination: Data::Unknown })
    }

    /// What differs from the fingerprint `before`, in sentences.
    pub fn differences(&self, before: &Self) -> Vec<String> {
        let mut differences = of_settings(&self.job, &before.job);
        differences.extend(self.source.differences(&before.source, Side::Source));
        differences.extend(self.destination.differences(&before.destination, Side::Destination));
        differences
    }
}

fn of_settings(now: &BTreeMap<String, String>, before: &BTreeMap<String, String>) -> Vec<String> {
    let mut differences = Vec::new();
    for (key, value) in now {
        match before.get(key) {
            Some(earlier) if earlier == value => {}
            Some(earlier) => differences.push(format!("`{key}` is `{value}`, before `{earlier}`")),
            None => differences.push(format!("`{key}` is `{value}`, before it was not set")),
        }
    }
    let removed = before.iter().filter(|(key, _)| !now.contains_key(*key));
    differences.extend(removed.map(|(key, earlier)| format!("`{key}` is not set, before it was `{earlier}`")));
    differences
}
