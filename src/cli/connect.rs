//! `check --connect`: examines the source and destination of every job, without moving keys.

use std::collections::HashSet;

use super::Exit;
use super::execute::{cannot_start, start};
use super::findings::Findings;
use crate::error::Stop;
use crate::event::{Event, Listener};
use crate::job::Job;
use crate::report::{self, Screen};
use crate::runner::{self, Shutdown, Surveyed};
use crate::source::backup::Survey;

/// Examines the source and destination of every job, and reads backups completely. Returns a description of the
/// backups, and the exit code.
pub fn connect(jobs: Vec<Job>, screen: &Screen, findings: &mut Findings) -> (String, Exit) {
    try_connect(jobs, screen, findings).unwrap_or_else(|exit| (String::new(), exit))
}

fn try_connect(jobs: Vec<Job>, screen: &Screen, findings: &mut Findings) -> Result<(String, Exit), Exit> {
    runner::inspect_backups(&jobs).map_err(|errors| findings.errors(&errors))?;
    let (runtime, shutdown) = start(screen.patience(), None)?;
    let examined = runtime.block_on(runner::preflight(jobs, false, &shutdown, findings)).map_err(cannot_start)?.jobs;
    let refusals = examined.iter().filter_map(|(_, refusal)| refusal.as_ref());
    let exit = refusals.map(Exit::of_stop).fold(Exit::Success, Exit::or_worse);
    if shutdown.signal().is_some() {
        return Err(exit);
    }
    let faultless = examined.iter().filter(|(_, refusal)| refusal.is_none()).map(|(job, _)| job.name.clone()).collect();
    let jobs: Vec<Job> = examined.into_iter().map(|(job, _)| job).collect();
    let (text, of_files) = runtime.block_on(survey(&jobs, &faultless, &shutdown, findings))?;
    Ok((text, exit.or_worse(of_files)))
}

/// Describes the backups, and returns an exit code. For jobs without a fault so far, the destination must also have
/// the databases of the backup.
async fn survey(
    jobs: &[Job],
    faultless: &HashSet<String>,
    shutdown: &Shutdown,
    listener: &mut dyn Listener,
) -> Result<(String, Exit), Exit> {
    let (mut text, mut exit) = (String::new(), Exit::Success);
    for Surveyed { jobs, survey } in runner::survey_backups(jobs, shutdown).await {
        if let Ok(survey) = &survey {
            text += &report::survey_text(&jobs, survey);
        }
        for job in jobs {
            let found = match &survey {
                Ok(survey) if faultless.contains(&job.name) => find_databases(job, survey, listener).await,
                Ok(_) => Ok(()),
                Err(stop) => Err(stop.clone()),
            };
            if let Err(reason) = found {
                listener.hear(&Event::JobRefused { job, reason: &reason }).map_err(cannot_start)?;
                exit = exit.or_worse(exit_of(&reason));
            }
        }
    }
    Ok((text, exit))
}

async fn find_databases(job: &Job, survey: &Survey, listener: &mut dyn Listener) -> Result<(), Stop> {
    for warning in runner::find_databases(job, survey).await? {
        listener.hear(&Event::Warned(&warning))?;
    }
    Ok(())
}

/// A damaged file is a wrong input here, because no key has moved.
fn exit_of(stop: &Stop) -> Exit {
    if let Stop::Backup(_) = stop { Exit::Usage } else { Exit::of_stop(stop) }
}
