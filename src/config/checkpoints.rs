//! The checkpoints of the jobs of a run.

use std::collections::HashMap;

use super::configuration::ConfiguredJob;
use super::fault::{Fault, Faults, Problem};

/// Reports each job with the checkpoint of an earlier job: each has to keep its own progress.
pub(super) fn check(jobs: &[ConfiguredJob], faults: &mut Faults) {
    let mut seen = HashMap::new();
    for ConfiguredJob { job, origin, values, .. } in jobs.iter().filter(|job| job.job.enabled) {
        let Some(path) = &job.checkpoint else { continue };
        let Some(other) = seen.insert(path, &job.name) else { continue };
        let reason = format!("is `{}`, which is also the checkpoint of job `{other}`", path.display());
        let value = values.iter().find(|value| value.key == "checkpoint");
        let place = value.map_or(origin, |value| &value.origin).clone();
        let fault = Fault::at(place, Problem::Refused { key: "checkpoint".to_owned(), reason }).in_job(Some(&job.name));
        faults.push(
            fault.hint("each job needs a file of its own: `{job}` in the path is the name of the job".to_owned()),
        );
    }
}
