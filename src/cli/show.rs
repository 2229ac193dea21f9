//! `show`: prints the effective configuration of each job, and where each value comes from.

use super::args::ShowArguments;
use super::{Exit, jobs};
use crate::config::{Configuration, ConfiguredJob, DEFAULTS, Origin, Secrets};

/// Longer values do not widen the column of values.
const WIDEST: usize = 48;

/// Shows the effective configuration of the jobs, or the built-in defaults.
pub fn show(options: &ShowArguments) -> (String, Exit) {
    if options.defaults {
        return (DEFAULTS.to_owned(), Exit::Success);
    }
    match jobs::configuration(&options.jobs, Secrets::Warn) {
        Ok(configuration) => (text(&configuration), Exit::Success),
        Err(exit) => (String::new(), exit),
    }
}

/// Shows all jobs, with the same width of columns.
pub(super) fn text(configuration: &Configuration) -> String {
    let widest = |of: fn(&crate::config::ConfiguredValue) -> &str| {
        let values = configuration.jobs.iter().flat_map(|job| &job.values);
        values.map(|value| of(value).chars().count()).filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let widths = (widest(|value| value.key), widest(|value| &value.shown));
    let jobs: Vec<String> = configuration.jobs.iter().map(|job| one(job, widths)).collect();
    jobs.join("\n")
}

fn one(job: &ConfiguredJob, (keys, values): (usize, usize)) -> String {
    let place = match &job.origin {
        Origin::Default => "no file".to_owned(),
        place => place.to_string(),
    };
    let mut lines = vec![format!("job `{}` ({place})\n", job.job.name)];
    for value in job.values.iter().filter(|value| value.key != "name") {
        let line = format!("  {:keys$}  {:values$}  {} {}", value.key, value.shown, value.origin, value.table);
        lines.push(format!("{}\n", line.trim_end()));
    }
    lines.concat()
}
