//! How to continue a run that ended early.

use crate::error::Stop;
use crate::event::{JobSummary, RunSummary, Status};
use crate::sanitize;

/// The line with the command, if the run ended early and has a checkpoint; otherwise empty. It is not wrapped, so that it can
/// be copied.
pub(super) fn continued(summary: &RunSummary, command: &str) -> String {
    let has_begun = |job: &JobSummary| job.job.checkpoint.is_some() && job.started.is_some();
    if summary.dry_run || !summary.jobs.iter().any(has_begun) || summary.jobs.iter().all(is_walked) {
        return String::new();
    }
    format!("to continue: {}\n", sanitize::one_line(command))
}

/// Whether nothing is left to do.
fn is_walked(job: &JobSummary) -> bool {
    match &job.status {
        Status::Done | Status::TooFew(_) => true,
        Status::Stopped(stops) => stops.iter().all(|stop| matches!(stop, Stop::Checkpoint { .. })),
        Status::Refused(_) | Status::NotRun(_) => !job.job.enabled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Obstacle;
    use crate::report::samples;

    fn with_checkpoint(status: Status) -> JobSummary {
        let mut job = samples::job_summary("carts", status);
        job.job.checkpoint = Some("carts.checkpoint".into());
        job
    }

    fn shown(dry_run: bool, jobs: Vec<JobSummary>) -> String {
        continued(&samples::run_summary(dry_run, jobs), "rkm run a.toml --resume")
    }

    #[test]
    fn a_run_that_ended_early_is_continued_by_a_command() {
        let line = "to continue: rkm run a.toml --resume\n";
        let stopped = || with_checkpoint(Status::Stopped(vec![samples::lost()]));
        let idle = samples::idle_summary("idle", Status::NotRun(Obstacle::EndedEarly("carts".to_owned())));
        assert_eq!(shown(false, vec![stopped()]), line);
        assert_eq!(shown(false, vec![with_checkpoint(Status::Done), idle]), line);
        assert_eq!(shown(true, vec![stopped()]), "");
        assert_eq!(shown(false, vec![with_checkpoint(Status::Done)]), "");
        assert_eq!(shown(false, vec![samples::job_summary("carts", Status::Stopped(vec![samples::lost()]))]), "");
    }
}
