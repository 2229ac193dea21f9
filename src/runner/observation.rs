//! Observes source and destination of one walk.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use futures_util::future::try_join_all;

use super::endpoints::Endpoints;
use super::evidence::{Findings, Share, compare};
use crate::engine::Ended;
use crate::error::{EndpointError, Side, Stop};
use crate::job::{BackupPath, Databases, Endpoint, Job};
use crate::outcome::{ByDatabase, Tally};
use crate::server::{Control, Counts, KeyCounts, Snapshot};

/// The counts of more servers are not recorded.
const MOST_RECORDED: usize = 64;

/// What the comparison with the end of a walk found.
#[derive(Debug, Default)]
pub struct Compared {
    pub warnings: Vec<String>,
    /// What was replaced.
    pub stops: Vec<Stop>,
}

/// Source and destination at the start of a walk.
pub struct Observation {
    /// Each server of the source; none for a file.
    source: Vec<Snapshot>,
    /// Each server of the destination; none in a dry run.
    destination: Vec<Snapshot>,
    files: Vec<Metadata>,
}

impl Observation {
    /// In a dry run, what happens to the destination does not matter.
    pub async fn begin(job: &Job, endpoints: &Endpoints, is_dry_run: bool) -> Result<Self, EndpointError> {
        let of_destination = async { if is_dry_run { Ok(Vec::new()) } else { destination(endpoints).await } };
        let (source, destination) = tokio::try_join!(source(endpoints), of_destination)?;
        Ok(Self { source, destination, files: files(job).into_iter().map(|(_, file)| file).collect() })
    }

    /// The counts of the source's servers, and of the destination's, for a record; `None` if they would be too many.
    pub fn counts(&self) -> Option<[Vec<Counts>; 2]> {
        let sides = [&self.source, &self.destination];
        let counts = sides.map(|servers| servers.iter().map(|server| server.counts.clone()).collect());
        (self.source.len() + self.destination.len() <= MOST_RECORDED).then_some(counts)
    }

    /// The same observation at the start of an earlier run, which this one continues with the same processes.
    pub fn since(&mut self, counts: [Vec<Counts>; 2]) {
        for (servers, counts) in [&mut self.source, &mut self.destination].into_iter().zip(counts) {
            if servers.len() == counts.len() {
                servers.iter_mut().zip(counts).for_each(|(server, counts)| server.counts = counts);
            }
        }
    }

    /// Compares both with the end of the walk, in which each job ended so. What was replaced is a reason of how it ended.
    pub async fn end(&self, job: &Job, endpoints: &Endpoints, ended: &[Ended]) -> Result<Compared, EndpointError> {
        let (moved, mut compared) = (moved(ended), Compared::default());
        let of_source = |db, tally: &Tally| {
            // A list may name keys that never were there.
            let has_vanished = tally.vanished > 0 && job.keys_from.is_none();
            Some(Share { db: Some(db), is_of_all: false, added: 0, has_vanished })
        };
        let of_destination = |db, tally: &Tally| {
            let db = job.destination.db.of(db)?;
            Some(Share { db: Some(db), is_of_all: false, added: tally.copied, has_vanished: false })
        };
        let written = job.destination_databases();
        let shares: [Vec<Share>; 2] = [
            shares(job.source.databases(), &moved, of_source, &self.source),
            shares(&written, &moved, of_destination, &self.destination),
        ];
        let now = tokio::try_join!(source(endpoints), async {
            if self.destination.is_empty() { Ok(Vec::new()) } else { destination(endpoints).await }
        })?;
        let sides = [
            (Side::Source, &self.source, now.0, job.source.server()),
            (Side::Destination, &self.destination, now.1, Some(&job.destination.endpoint)),
        ];
        for ((side, before, now, endpoint), shares) in sides.into_iter().zip(shares) {
            if let Some(server) = endpoint.map(Endpoint::address).filter(|_| !before.is_empty()) {
                let Findings { evidence, suspicions } = compare(before, &now, &shares);
                compared.warnings.extend(suspicions.into_iter().map(|suspicion| {
                    format!("the data of the {side} `{server}` may have been replaced during the walk: {suspicion}")
                }));
                if !evidence.is_empty() {
                    let evidence = evidence.join("; ");
                    compared.stops.push(Stop::Changed { side, server, evidence });
                }
            }
        }
        compared.warnings.extend(self.warn_of_files(job));
        Ok(compared)
    }

    /// A file that is replaced by another one is still read to its end, and a checksum reveals other changes. So it is
    /// only a warning if the file changes.
    fn warn_of_files(&self, job: &Job) -> Vec<String> {
        let stamp = |file: &Metadata| (file.len(), file.mtime(), file.mtime_nsec());
        let is_changed = |now: &Metadata| {
            let before = self.files.iter().find(|file| file.ino() == now.ino() && file.dev() == now.dev());
            before.is_some_and(|before| stamp(before) != stamp(now))
        };
        let changed = files(job).into_iter().filter(|(_, now)| is_changed(now));
        changed.map(|(path, _)| format!("the file `{}` was changed while it was read", path.display())).collect()
    }
}

/// The outcomes of all jobs of a walk, by database.
fn moved(ended: &[Ended]) -> ByDatabase {
    let mut moved = ByDatabase::new();
    for (db, tally) in ended.iter().flat_map(|ended| &ended.by_database) {
        let sum = moved.entry(*db).or_default();
        *sum = *sum + *tally;
    }
    moved
}

/// The part of an endpoint's data in each of these databases. All are those that have keys, or in which keys were moved.
fn shares(
    databases: &Databases,
    moved: &ByDatabase,
    share: impl Fn(u16, &Tally) -> Option<Share>,
    before: &[Snapshot],
) -> Vec<Share> {
    let is_of_all = databases.listed().is_none();
    let moved: Vec<Share> =
        moved.iter().filter_map(|(db, tally)| share(*db, tally)).map(|share| Share { is_of_all, ..share }).collect();
    let databases: BTreeSet<u16> = match (databases.listed(), KeyCounts::of(before).0) {
        (Some(listed), _) => listed.iter().copied().collect(),
        (None, Some(keys)) => keys.into_keys().chain(moved.iter().filter_map(|share| share.db)).collect(),
        (None, None) => {
            let has_vanished = moved.iter().any(|share| share.has_vanished);
            return vec![Share {
                db: None,
                is_of_all,
                added: moved.iter().map(|share| share.added).sum(),
                has_vanished,
            }];
        }
    };
    let of_one = |db: u16| moved.iter().find(|share| share.db == Some(db)).copied();
    let unmoved = |db: u16| Share { db: Some(db), is_of_all, added: 0, has_vanished: false };
    databases.into_iter().map(|db| of_one(db).unwrap_or_else(|| unmoved(db))).collect()
}

async fn source(endpoints: &Endpoints) -> Result<Vec<Snapshot>, EndpointError> {
    let nodes = endpoints.sources();
    snapshots(nodes.iter().map(|node| node.control())).await
}

async fn destination(endpoints: &Endpoints) -> Result<Vec<Snapshot>, EndpointError> {
    let nodes = endpoints.destination.nodes();
    snapshots(nodes.iter().map(|node| node.control())).await
}

async fn snapshots<'c>(controls: impl Iterator<Item = &'c Control>) -> Result<Vec<Snapshot>, EndpointError> {
    let of_one = async |control: &Control| {
        control.look_up_again().await;
        control.snapshot().await
    };
    try_join_all(controls.map(of_one)).await
}

/// The files that name or contain the keys, if they are regular ones.
fn files(job: &Job) -> Vec<(&Path, Metadata)> {
    let files = job.source.backup().map_or(&[][..], |backup| &backup.files);
    let paths = files.iter().filter_map(|file| match file {
        BackupPath::File(path) => Some(path.as_path()),
        BackupPath::StandardInput => None,
    });
    let paths = paths.chain(job.keys_from.as_ref().map(|list| list.path.as_path()));
    paths.filter_map(|path| Some((path, fs::metadata(path).ok().filter(Metadata::is_file)?))).collect()
}
