//! Verifies jobs: instead of moving their keys, or after it.

use std::slice;
use std::time::Instant;

use super::Shutdown;
use super::connect::{Known, connect};
use super::endpoints::Endpoints;
use super::interrupted::unless_interrupted;
use super::recorder::{Recorder, add_stop};
use super::verification::{Verify, verification};
use super::walks::{How, Walks, walk, warn};
use crate::error::Stop;
use crate::event::{Event, JobSummary, Listener, Status, Verification, WaitTotal};
use crate::job::{Job, VerifyMode};
use crate::outcome::Tally;

/// Verifies the jobs whose keys were moved, if they are to be verified and were walked to their ends.
pub async fn verify_after(
    summaries: &mut [JobSummary],
    (endpoints, jobs): (Endpoints, &[Job]),
    known: &mut Known,
    recorder: &mut Recorder<'_>,
    shutdown: &Shutdown,
) {
    // Each job connects again. Before that, these connections would have to be closed.
    endpoints.close().await;
    drop(endpoints);
    for summary in summaries {
        let is_walked = matches!(summary.status, Status::Done | Status::TooFew(_));
        if summary.job.verify.mode != VerifyMode::Off && is_walked {
            verify_one(summary, jobs, known, recorder, shutdown).await;
        }
    }
}

async fn verify_one(
    summary: &mut JobSummary,
    jobs: &[Job],
    known: &mut Known,
    recorder: &mut Recorder<'_>,
    shutdown: &Shutdown,
) {
    let started = Instant::now();
    let job = summary.job.clone();
    let verifying = Box::pin(verify(&job, jobs, known, recorder, shutdown)).await;
    let stops = match verifying {
        Ok(Walks { endpoints, mut ended, .. }) => {
            endpoints.close().await;
            let ended = ended.remove(0);
            summary.verification = Some(verification(&job, &ended, started.elapsed()));
            let warned = warn(&job, ended.warnings, recorder);
            ended.stops.into_iter().chain(warned.err()).collect()
        }
        Err(stop) => vec![stop],
    };
    add_waits(&mut summary.waits, recorder.take_waits());
    for stop in stops {
        add_stop(&mut summary.status, stop);
    }
}

/// Adds the waits of a verification to those of its job.
fn add_waits(waits: &mut Vec<WaitTotal>, more: Vec<WaitTotal>) {
    for wait in more {
        match waits.iter_mut().find(|known| (known.side, known.cause) == (wait.side, wait.cause)) {
            Some(known) => known.add_all(&wait),
            None => waits.push(wait),
        }
    }
    waits.sort_by_key(|wait| (wait.side, wait.cause));
}

async fn verify(
    job: &Job,
    jobs: &[Job],
    known: &mut Known,
    recorder: &mut Recorder<'_>,
    shutdown: &Shutdown,
) -> Result<Walks, Stop> {
    // The events before may have been about another job of the same walk.
    recorder.hear(&Event::JobResumed(job))?;
    recorder.recording.pause();
    // A file is opened again, and a server is examined again if another one answers now.
    let (endpoints, warnings) = unless_interrupted(shutdown, Box::pin(connect(job, known))).await?;
    warn(job, warnings, recorder)?;
    let verify = Some(Verify { repair: None, jobs });
    let how = How { is_dry_run: false, keep_going: false, is_begun: true, verify };
    Ok(Box::pin(walk(slice::from_ref(job), endpoints, how, (known, None), recorder, shutdown)).await)
}

/// The summary of a job. If it was only verified, no key was moved.
pub fn only_verified(summary: JobSummary, verification: Option<Verification>) -> JobSummary {
    if verification.is_none() { summary } else { JobSummary { tally: Tally::default(), verification, ..summary } }
}
