//! One job from its first key to its last.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::asking::Asking;
use super::depth::Depth;
use super::halt::Halt;
use super::ledger::Ledger;
use super::pieces::Pieces;
use super::sizer::{READ_KEYS, Sizer};
use super::throttle::Throttle;
use super::window::Window;
use super::{fast, gentle, governor, rehearsal, scan, unload};
use crate::destination::Destination;
use crate::entry::{Entry, Key};
use crate::error::{EndpointError, EndpointProblem, Side, Signal, Stop};
use crate::event::{Event, HeldBy, Listener, Progress};
use crate::job::Job;
use crate::outcome::{ByType, Outcome};
use crate::source::{Found, Reading, Server, Source};

/// How often listeners hear of progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);
/// Pages that wait while the one before is worked on.
const PAGES_AHEAD: usize = 1;

/// How a job ended.
#[derive(Debug)]
pub struct Ended {
    /// Where it stands.
    pub progress: Progress,
    /// What was written, by type.
    pub by_type: ByType,
    /// Why it ended before its source did: every reason, the strongest first.
    pub stops: Vec<Stop>,
}

/// What all stages of a job share.
pub struct Walk<'a> {
    pub(super) job: &'a Job,
    pub(super) source: &'a Source,
    pub(super) destination: &'a Destination,
    pub(super) halt: Rc<Halt>,
    pub(super) ledger: Ledger<'a>,
    pub(super) sizer: Sizer,
    pub(super) window: Window,
    pub(super) depth: Depth,
    pub(super) throttle: Throttle,
    pub(super) asking: Asking,
    pub(super) held_by: Cell<HeldBy>,
    pub(super) key_count: Option<u64>,
    pub(super) is_dry_run: bool,
}

impl Walk<'_> {
    /// Runs a job (or, in a dry run, looks at what it would do) until its source ends, its limit
    /// is reached, an end is lost, or `shutdown` resolves. What is in flight then is finished and counted.
    pub async fn run(
        job: &Job,
        source: &Source,
        destination: &Destination,
        dry_run: bool,
        listener: &mut dyn Listener,
        shutdown: impl Future<Output = Signal>,
    ) -> Ended {
        let halt = Rc::new(Halt::default());
        let ledger = Ledger::new(listener, Rc::clone(&halt), job, source, destination);
        ledger.tell(&Event::JobStarted { job, source: &source.facts(), destination: destination.facts(), dry_run });
        let key_count = source.key_count().await.unwrap_or_else(|error| {
            halt.stop(error.into());
            None
        });
        let depth = Depth::for_trips(source.trip(), destination.clock().trip());
        let (sizer, window) = (Sizer::default(), Window::new(depth.window()));
        let walk = Walk {
            job,
            source,
            destination,
            halt,
            ledger,
            sizer,
            window,
            depth,
            throttle: Throttle::new(&job.limits),
            asking: Asking::default(),
            held_by: Cell::default(),
            key_count,
            is_dry_run: dry_run,
        };
        walk.to_the_end(shutdown).await;
        walk.close()
    }

    async fn to_the_end(&self, shutdown: impl Future<Output = Signal>) {
        let (send_pages, pages) = mpsc::channel(PAGES_AHEAD);
        let pieces = Pieces::new(self, pages);
        let work = async {
            governor::look_before(self).await;
            if self.is_dry_run {
                rehearsal::rehearse(self, pieces).await;
            } else if self.job.sleep.is_zero() {
                fast::move_keys(self, pieces).await;
            } else {
                gentle::move_keys(self, pieces).await;
            }
        };
        let feed = async {
            match self.source {
                Source::Server(server) => scan::scan(self, server, send_pages).await,
                Source::Backup(backup) => unload::unload(self, backup, send_pages).await,
            }
        };
        let work = async { tokio::join!(feed, work) };
        let watch = async {
            self.halt.stop(Stop::Interrupted(shutdown.await));
            std::future::pending::<()>().await;
        };
        tokio::select! {
            _ = work => {}
            () = watch => {}
            () = self.tell_progress() => {}
            () = governor::govern(self) => {}
        }
    }

    /// Tells of progress while there is any, and while there is none: in a pause, or when an end stalls.
    async fn tell_progress(&self) {
        let mut ticks = tokio::time::interval(PROGRESS_EVERY);
        loop {
            ticks.tick().await;
            let held_by = if self.throttle.is_waiting() { HeldBy::Limit } else { self.held_by.get() };
            self.ledger.tell_progress(held_by);
        }
    }

    /// In how many lanes a server is walked: one where cursors tell nothing.
    pub(super) fn lanes(&self, server: &Server) -> u32 {
        if !server.facts().has_plain_cursor() {
            return 1;
        }
        self.depth.lanes(self.job.lanes, self.scan_count(), self.key_count)
    }

    /// `COUNT` of each `SCAN`.
    pub(super) fn scan_count(&self) -> u32 {
        self.throttle.scan_count(self.job.scan_batch_size)
    }

    /// The most entries of one write pipeline.
    pub(super) fn write_size(&self) -> usize {
        self.throttle.at_once(self.job.pipeline_batch_size)
    }

    /// Read pipelines in flight: one where the source is to stay quick, and near.
    pub(super) fn reads(&self) -> usize {
        let is_quick = self.throttle.latency().is_some();
        if is_quick { self.depth.quick_reads(self.throttle.at_once(READ_KEYS)) } else { self.depth.reads() }
    }

    /// Splits off what is best read at once, when the job's limits let it: the keys, and how many bytes their
    /// values are expected to be.
    pub(super) async fn next_read(&self, found: &mut VecDeque<Found>) -> (Vec<Found>, usize) {
        self.halt.cut_short(self.throttle.pass_values()).await;
        let at_once = self.sizer.keys().min(self.throttle.values(self.sizer.bytes(1))).min(found.len());
        let expected = self.sizer.bytes(at_once);
        self.throttle.take_values(at_once, expected);
        (found.drain(..at_once).collect(), expected)
    }

    /// Reads keys, and settles those that do not come to an entry. `expected` is the room that was made for
    /// them; the window is told how large they were.
    pub(super) async fn read(&self, found: Vec<Found>, expected: usize) -> Vec<Entry> {
        let count = found.len();
        let readings = match self.source.read(found).await {
            Ok(readings) => readings,
            Err((keys, error)) => {
                self.window.release(expected);
                self.halt.stop(error.into());
                self.ledger.put_back(keys.iter());
                return Vec::new();
            }
        };
        let entries: Vec<Entry> = readings.into_iter().filter_map(|reading| self.entry(reading)).collect();
        let bytes = bytes(&entries);
        self.sizer.learn(count, bytes);
        self.throttle.correct_bytes(expected, bytes);
        self.window.correct(expected, bytes);
        entries
    }

    fn entry(&self, reading: Reading) -> Option<Entry> {
        match reading {
            Reading::Entry(entry) => return Some(entry),
            Reading::Vanished(key) => self.ledger.settle(&key, Outcome::Vanished),
            Reading::Failed { key, type_name, said } => self.ledger.failed(&key, type_name, Side::Source, said),
            Reading::Refused(key, problem) => self.refused_by_server(&key, Side::Source, problem),
        }
        None
    }

    /// Notes a refusal of one key, or of the server whatever the key.
    pub(super) fn refused(&self, key: &Key, type_name: Option<String>, side: Side, refusal: crate::server::Refusal) {
        use crate::server::Refusal;
        match refusal {
            Refusal::Key(said) => self.ledger.failed(key, type_name, side, said),
            Refusal::KeyExists => self.ledger.failed(key, type_name, side, "BUSYKEY".into()),
            Refusal::Server(problem) => self.refused_by_server(key, side, problem),
        }
    }

    /// An end is lost before anything was written of these keys.
    pub(super) fn lose(&self, error: EndpointError, found: &[Found]) {
        self.halt.stop(error.into());
        self.ledger.put_back(found.iter().map(Found::key));
    }

    /// Ends the job: tells what was not confirmed, and checks that the books are right.
    fn close(self) -> Ended {
        self.ledger.say_rest(self.job);
        let tally = self.ledger.progress().tally;
        if !tally.adds_up() {
            self.halt.stop(Stop::Internal(format!("the outcomes do not add up: {tally:?}")));
        }
        // Keys may have failed after the limit was reached.
        let counted = |stop| match stop {
            Stop::ErrorLimit { limit, .. } => Stop::ErrorLimit { failed: tally.failed, limit },
            other => other,
        };
        let stops = self.halt.reasons().into_iter().map(counted).collect();
        let (progress, by_type) = self.ledger.close();
        Ended { progress, by_type, stops }
    }

    pub(super) fn refused_by_server(&self, key: &Key, side: Side, problem: EndpointProblem) {
        let error = match side {
            Side::Source => self.source.problem(problem),
            Side::Destination => self.destination.control().address().problem(problem),
        };
        self.halt.stop(error.into());
        self.ledger.refused(key);
    }
}

/// The payload bytes of entries.
pub(super) fn bytes(entries: &[Entry]) -> usize {
    entries.iter().map(|entry| entry.payload.len()).sum()
}
