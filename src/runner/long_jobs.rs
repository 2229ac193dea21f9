//! Finds jobs that take long and have no checkpoint.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::event::{Event, HeldBy};
use crate::job::{Job, ListLines};
use crate::source::backup::read_once;

/// A shorter job can start from the beginning.
const LONG: Duration = Duration::from_mins(10);
/// The pace of the first seconds says little,
const MEASURED: Duration = Duration::from_secs(10);
/// and so does a smaller share.
const LEAST_SHARE: f64 = 0.001;

/// The jobs without a checkpoint that are running. Each is reported at most once.
#[derive(Debug, Default)]
pub struct LongJobs {
    started: HashMap<String, Instant>,
    /// The job that the next events are about.
    current: String,
}

impl LongJobs {
    /// How long the current job is expected to take, if this event shows that it is long.
    pub fn heard(&mut self, event: &Event<'_>, now: Instant) -> Option<Duration> {
        match event {
            Event::JobStarted { job, dry_run, .. } => {
                self.current.clone_from(&job.name);
                if !dry_run && job.checkpoint.is_none() && can_continue(job) {
                    self.started.insert(job.name.clone(), now);
                }
            }
            Event::JobResumed(job) => self.current.clone_from(&job.name),
            Event::WalkRestarted(_) => {
                self.started.entry(self.current.clone()).and_modify(|started| *started = now);
            }
            Event::JobEnded(summary) => drop(self.started.remove(&summary.job.name)),
            Event::Progress(progress, _) if !matches!(progress.held_by, HeldBy::Wait { .. }) => {
                let elapsed = now.duration_since(*self.started.get(&self.current)?);
                let share = progress.share.filter(|share| *share > LEAST_SHARE && elapsed >= MEASURED)?;
                let expected = Duration::try_from_secs_f64(elapsed.as_secs_f64() / share).ok()?;
                if expected > LONG {
                    self.started.remove(&self.current);
                    return Some(expected);
                }
            }
            _ => {}
        }
        None
    }
}

/// Nothing can continue in the middle of a pipe, and `retry` has no checkpoints.
fn can_continue(job: &Job) -> bool {
    let is_retry = job.keys_from.as_ref().is_some_and(|list| list.lines == ListLines::ErrorLog);
    !is_retry && job.source.backup().is_none_or(|backup| backup.files.iter().all(|file| read_once(file).is_none()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::error::{Failures, Side, WaitCause};
    use crate::event::Progress;
    use crate::job::{KeyList, LogMode, samples};
    use crate::server::ServerFacts;
    use crate::source::SourceFacts;

    struct Scene {
        jobs: LongJobs,
        now: Instant,
    }

    impl Scene {
        fn start(change: impl FnOnce(&mut Job), dry_run: bool) -> Self {
            let mut job = samples::job("carts", Path::new("x"), LogMode::Append);
            change(&mut job);
            let facts = ServerFacts::parse("h:1".to_owned(), "redis_version:7.0.0\r\n").unwrap();
            let (source, mut jobs, now) = (SourceFacts::Server(facts.clone()), LongJobs::default(), Instant::now());
            let event = Event::JobStarted { job: &job, source: &source, destination: &facts, dry_run };
            assert_eq!(jobs.heard(&event, now), None);
            Self { jobs, now }
        }

        fn after(&mut self, seconds: u64, share: f64) -> Option<u64> {
            self.held(seconds, share, HeldBy::Source)
        }

        fn held(&mut self, seconds: u64, share: f64, held_by: HeldBy) -> Option<u64> {
            let progress = Progress { share: Some(share), held_by, ..Progress::default() };
            let event = Event::Progress(&progress, &Failures::default());
            self.jobs.heard(&event, self.now + Duration::from_secs(seconds)).map(|expected| expected.as_secs())
        }
    }

    #[test]
    fn a_long_job_without_a_checkpoint_is_found_once() {
        let mut scene = Scene::start(|_| {}, false);
        assert_eq!(scene.after(9, 0.01), None, "it is too early");
        assert_eq!(scene.after(10, 0.001), None, "the share is too small");
        assert_eq!(scene.after(60, 0.1), None, "ten minutes are not long");
        let wait = HeldBy::Wait { side: Side::Source, cause: WaitCause::NoAnswer, duration: Duration::ZERO };
        assert_eq!(scene.held(90, 0.1, wait), None, "an outage says nothing");
        assert_eq!(scene.after(90, 0.1), Some(900));
        assert_eq!(scene.after(100, 0.1), None);
    }

    #[test]
    fn a_job_with_a_checkpoint_a_dry_run_and_a_retry_are_not() {
        let log = KeyList { path: "x".into(), lines: ListLines::ErrorLog };
        assert_eq!(Scene::start(|job| job.keys_from = Some(log), false).after(90, 0.1), None);
        assert_eq!(Scene::start(|job| job.checkpoint = Some("c".into()), false).after(90, 0.1), None);
        assert_eq!(Scene::start(|_| {}, true).after(90, 0.1), None);
    }
}
