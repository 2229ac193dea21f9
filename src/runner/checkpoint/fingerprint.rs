//! What must be the same if a job continues.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use super::data::Data;
use super::job_files::{FileIdentity, digest_of};
use super::settings::settings;
use crate::error::Side;
use crate::job::{BackupPath, Job, Source};

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
        let mut settings = settings(job);
        if let Some(list) = &job.keys_from {
            let list = FileIdentity::of(&BackupPath::File(list.path.clone()))?;
            settings.insert("keys_from (content)".to_owned(), digest_of(&[list]));
        }
        Ok(Self { job: settings, source, destination: Data::Unknown })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{KeyList, ListLines, LogMode, samples};

    #[test]
    fn a_list_of_keys_with_another_content_is_another_job() {
        let list = tempfile::NamedTempFile::new().unwrap();
        let mut job = samples::job("carts", "x".as_ref(), LogMode::Append);
        job.keys_from = Some(KeyList { path: list.path().to_owned(), lines: ListLines::Names });
        let with = |text: &str| {
            std::fs::write(list.path(), text).unwrap();
            Fingerprint::of(&job).unwrap()
        };
        let [one, other] = ["a\n", "b\n"].map(with);
        assert_eq!(with("a\n").differences(&one), Vec::<String>::new());
        let differences = other.differences(&one);
        assert!(differences.len() == 1 && differences[0].starts_with("`keys_from (content)` is "), "{differences:?}");
    }
}
