//! What identifies the data of an endpoint.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use super::digest::{bounded, digest};
use super::job_files::{FileIdentity, digest_of};
use crate::error::Side;
use crate::job::{BackupPath, Databases};
use crate::server::Identity;

/// More nodes or files are only part of a digest.
const MOST: usize = 32;

/// What identifies the data of an endpoint. If it differs, the positions of a walk have no meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Data {
    /// It is not compared.
    Unknown,
    Server {
        /// Empty if the server hides it.
        run_id: String,
        /// See [`Identity::histories`].
        histories: [String; 2],
        databases: String,
    },
    Cluster {
        /// The first masters, by their ids in the cluster, with their `run_id`.
        masters: BTreeMap<String, String>,
        /// A digest of all masters.
        all_masters: String,
        /// A digest of the slots of each master of a source, and of their epochs.
        slots: String,
    },
    Files {
        /// The first files.
        files: Vec<FileIdentity>,
        /// A digest of all files.
        all_files: String,
        databases: String,
    },
}

impl Data {
    pub fn of_server(Identity { run_id, histories }: Identity, databases: &Databases) -> Self {
        Self::Server { run_id, histories, databases: bounded(&databases.to_string()) }
    }

    /// `masters` are ids with the `run_id`; `slots` is a text that differs if the slots are served by others.
    pub fn of_cluster(masters: BTreeMap<String, String>, slots: &str) -> Self {
        let all = serde_json::to_string(&masters).expect("a map of texts");
        let masters = masters.into_iter().take(MOST).collect();
        Self::Cluster { masters, all_masters: digest(all.as_bytes()), slots: digest(slots.as_bytes()) }
    }

    /// Reads the beginning and the end of each file.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub fn of_files(paths: &[BackupPath], databases: &Databases) -> io::Result<Self> {
        let mut files = paths.iter().map(FileIdentity::of).collect::<io::Result<Vec<_>>>()?;
        let all_files = digest_of(&files);
        files.truncate(MOST);
        Ok(Self::Files { files, all_files, databases: bounded(&databases.to_string()) })
    }

    /// What differs from the data `before`, in sentences. What is unknown does not differ.
    pub fn differences(&self, before: &Self, side: Side) -> Vec<String> {
        match (self, before) {
            (Self::Unknown, _) | (_, Self::Unknown) => Vec::new(),
            (
                Self::Server { run_id, histories, databases },
                Self::Server { run_id: run_id_before, histories: histories_before, databases: databases_before },
            ) => {
                let now = Identity { run_id: run_id.clone(), histories: histories.clone() };
                let before = Identity { run_id: run_id_before.clone(), histories: histories_before.clone() };
                of_server(&before, &now, side)
                    .into_iter()
                    .chain(of_databases(side, databases, databases_before))
                    .collect()
            }
            (
                Self::Cluster { masters, all_masters, slots },
                Self::Cluster { masters: before, all_masters: all_before, slots: slots_before },
            ) => of_cluster((masters, all_masters, slots), (before, all_before, slots_before), side),
            (
                Self::Files { files, all_files, databases },
                Self::Files { files: before, all_files: all_before, databases: databases_before },
            ) => {
                let of_files = of_files((files, all_files), (before, all_before));
                of_files.into_iter().chain(of_databases(side, databases, databases_before)).collect()
            }
            (now, before) => vec![format!("the {side} is {}, before {}", now.kind(), before.kind())],
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Server { .. } => "a server",
            Self::Cluster { .. } => "a cluster",
            Self::Files { .. } => "a file",
        }
    }
}

fn of_server(before: &Identity, now: &Identity, side: Side) -> Option<String> {
    let mismatch = before.compare(now).err()?;
    Some(format!("the {side} is another process ({} {}, before {})", mismatch.field, mismatch.now, mismatch.before))
}

fn of_databases(side: Side, now: &str, before: &str) -> Option<String> {
    (now != before).then(|| format!("the job uses {now} of the {side}, before {before}"))
}

type Masters<'a> = (&'a BTreeMap<String, String>, &'a String, &'a String);

fn of_cluster(
    (now, all, slots): Masters<'_>,
    (before, all_before, slots_before): Masters<'_>,
    side: Side,
) -> Vec<String> {
    let mut differences = Vec::new();
    for (id, run_id) in now {
        match before.get(id) {
            None => differences.push(format!("the {side} has a new master {id}")),
            Some(earlier) if !earlier.is_empty() && !run_id.is_empty() && earlier != run_id => {
                differences.push(format!(
                    "the master {id} of the {side} is another process (run_id {run_id}, before {earlier})"
                ));
            }
            Some(_) => {}
        }
    }
    let gone = before.keys().filter(|id| !now.contains_key(*id));
    differences.extend(gone.map(|id| format!("{id} is not a master of the {side} any more")));
    if differences.is_empty() && all != all_before {
        differences.push(format!("the {side} has other masters, or their processes are others"));
    }
    if slots != slots_before {
        differences.push(format!("slots of the {side} have moved since then, or are moving"));
    }
    differences
}

type Files<'a> = (&'a [FileIdentity], &'a String);

fn of_files((now, all): Files<'_>, (before, all_before): Files<'_>) -> Vec<String> {
    let mut differences: Vec<String> =
        now.iter().zip(before).filter_map(|(now, before)| now.difference(before)).collect();
    if now.len() != before.len() {
        differences.push(format!("there are {} files, before {}", now.len(), before.len()));
    }
    if differences.is_empty() && all != all_before {
        differences.push(format!("files after the first {MOST} are others"));
    }
    differences
}
