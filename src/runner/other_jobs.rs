//! The other jobs of a run that write to the same destination: a key that the source of one of them has is not extra.

use std::collections::BTreeMap;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, join_all};
use tokio::sync::Mutex;

use super::contacts::Contacts;
use super::opened::OpenSource;
use crate::engine::{Names, Others};
use crate::entry::{DbKey, Key};
use crate::error::Stop;
use crate::event::SideFacts;
use crate::job::{self, Job};
use crate::source::{BackupSource, KeyInfo, Positions, ScanPlan, Source};

/// The other jobs that write to the destination of a job. Their sources are connected when they are first needed.
pub struct OtherJobs<'j> {
    /// Those before the job, and those after it.
    jobs: [Vec<&'j Job>; 2],
    /// Unix time in ms from which `min_ttl` and `max_ttl` count.
    now_ms: u64,
    opened: Mutex<BTreeMap<String, Rc<Opened>>>,
}

/// What is asked for the keys of a job.
enum Opened {
    Server(OpenSource),
    /// A file is read once, and cannot be asked.
    Names(Names),
}

impl<'j> OtherJobs<'j> {
    /// The others that write to the destination of this job.
    pub fn of(job: &Job, all: &'j [Job], now_ms: u64) -> Self {
        let at = all.iter().position(|other| other.name == job.name).unwrap_or_default();
        let place = |job: &Job| job.destination.endpoint.location.clone();
        let is_other = |other: &&Job| other.enabled && other.name != job.name && place(other) == place(job);
        let (before, after) = all.split_at(at);
        Self {
            jobs: [before, after].map(|jobs| jobs.iter().filter(is_other).collect()),
            now_ms,
            opened: Mutex::default(),
        }
    }

    /// Marks the keys that a job before this one reports if no source has them.
    fn mark_selected(&self, job: &Job, keys: &[(DbKey<'_>, &SideFacts)], have: &mut [bool]) {
        let expiries = job.selection.lifetimes.from(self.now_ms);
        for ((key, facts), has) in keys.iter().zip(have) {
            *has |= job.keys_from.is_none()
                && job.source_of((key.db, key.key.as_bytes())).is_some()
                && job.selection.matches_type(&facts.type_name)
                && expiries.contain(facts.expires_at);
        }
    }

    /// Marks the keys that the source of one job has.
    async fn mark(&self, job: &Job, keys: &[(DbKey<'_>, &SideFacts)], have: &mut [bool]) -> Result<(), Stop> {
        let origin = |(at, (key, _)): (usize, &(DbKey<'_>, &SideFacts))| {
            let (db, name) = job.source_of((key.db, key.key.as_bytes()))?;
            Some((at, db, Key::from(name.into_owned())))
        };
        let open = keys.iter().enumerate().filter(|(at, _)| !have[*at]);
        let ours: Vec<(usize, u16, Key)> = open.filter_map(origin).collect();
        if ours.is_empty() {
            return Ok(());
        }
        let ids: Vec<DbKey<'_>> = ours.iter().map(|(_, db, key)| DbKey { db: *db, key }).collect();
        let found = match &*self.opened(job).await? {
            Opened::Names(names) => ids.iter().map(|id| names.contains(*id)).collect(),
            Opened::Server(source) => {
                let answers = source.as_source().types(&ids).await;
                if let Some(error) = answers.error {
                    return Err(error.into());
                }
                answers.each.iter().map(|info| matches!(info, KeyInfo::There { .. })).collect::<Vec<_>>()
            }
        };
        for ((at, ..), _) in ours.iter().zip(found).filter(|(_, is_there)| *is_there) {
            have[*at] = true;
        }
        Ok(())
    }

    async fn opened(&self, job: &Job) -> Result<Rc<Opened>, Stop> {
        let mut opened = self.opened.lock().await;
        if let Some(known) = opened.get(&job.name) {
            return Ok(Rc::clone(known));
        }
        let source = Rc::new(open(job).await?);
        opened.insert(job.name.clone(), Rc::clone(&source));
        Ok(source)
    }

    /// Closes the connections.
    pub async fn close(&self) {
        let opened = self.opened.lock().await;
        join_all(opened.values().map(|opened| async {
            if let Opened::Server(source) = &**opened {
                source.close().await;
            }
        }))
        .await;
    }
}

impl Others for OtherJobs<'_> {
    fn have<'a>(&'a self, keys: &'a [(DbKey<'a>, &'a SideFacts)]) -> LocalBoxFuture<'a, Result<Vec<bool>, Stop>> {
        async move {
            let (mut have, [before, after]) = (vec![false; keys.len()], &self.jobs);
            for job in before {
                self.mark_selected(job, keys, &mut have);
            }
            for job in before.iter().chain(after) {
                self.mark(job, keys, &mut have).await?;
            }
            Ok(have)
        }
        .boxed_local()
    }
}

async fn open(job: &Job) -> Result<Opened, Stop> {
    if let job::Source::Backup(backup) = &job.source {
        let source = BackupSource::open(backup).await?;
        return Ok(Opened::Names(names(&source, job).await?));
    }
    let contacts = Contacts::of(job);
    let control = contacts.open_source_control().await?;
    match contacts.open_source(job, control).await? {
        Some(source) => Ok(Opened::Server(source)),
        None => Err(Stop::Internal("the source has no contact".to_owned())),
    }
}

/// The names of all keys of a file.
async fn names(source: &dyn Source, job: &Job) -> Result<Names, Stop> {
    let names = Names::default();
    let (selection, databases) = (job.selection.clone(), source.databases().await?);
    let plan = ScanPlan { selection, count: job.scan_batch_size, lanes: 1, databases, from: Positions::default() };
    for mut lane in source.lanes(&plan) {
        while let Some(page) = lane.next_page().await? {
            page.keys.iter().for_each(|key| names.insert(DbKey { db: key.db, key: &key.key }));
        }
    }
    Ok(names)
}
