//! Which jobs of the files are chosen, by name and by tag.

use std::collections::BTreeSet;

use super::elements::Tags;
use super::fault::{Fault, Faults, Problem};
use super::nearest;
use super::origin::Origin;
use super::overrides::JobNames;
use super::request::Request;
use super::stack::Stack;
use crate::job::{CharSign, Glob};

/// A job of the files, before it is checked.
pub(super) struct Candidate {
    /// Its name as it is written, valid or not.
    pub written_name: Option<String>,
    pub origin: Origin,
    pub stack: Stack,
    /// They only matter if the job is chosen.
    pub faults: Faults,
}

impl Candidate {
    fn tags(&self) -> Vec<String> {
        self.stack.optional::<Tags>("tags").ok().flatten().unwrap_or_default()
    }
}

/// Keeps the chosen jobs. Reports names and tags that no job has, and a choice without a job.
pub(super) fn chosen(
    all: Vec<Candidate>,
    request: &Request,
    names: &JobNames<'_>,
    faults: &mut Faults,
) -> Vec<Candidate> {
    if names.complete {
        report_unknown(&all, request, names, faults);
    }
    let had_jobs = !all.is_empty();
    let chosen: Vec<Candidate> = all.into_iter().filter(|job| is_chosen(job, request)).collect();
    if had_jobs && chosen.is_empty() && faults.is_empty() {
        faults.push(Fault::of_the_run(Problem::NothingSelected).hint(names.all()));
    }
    chosen
}

/// Without a choice, a job with an invalid or missing name is chosen, too, so that its other faults are reported.
fn is_chosen(job: &Candidate, request: &Request) -> bool {
    let name = job.written_name.as_deref();
    let is_named = |patterns: &[String]| name.is_some_and(|name| patterns.iter().any(|one| matches(one, name)));
    let tags = job.tags();
    let is_tagged = |wanted: &[String]| wanted.iter().any(|tag| tags.contains(tag));
    (request.only_jobs.is_empty() || is_named(&request.only_jobs))
        && !is_named(&request.skip_jobs)
        && (request.tags.is_empty() || is_tagged(&request.tags))
        && !is_tagged(&request.skip_tags)
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern == name || Glob::new(pattern).matches(name.as_bytes(), CharSign::default())
}

fn report_unknown(all: &[Candidate], request: &Request, names: &JobNames<'_>, faults: &mut Faults) {
    let option = |name: &str| Origin::Option(name.to_owned());
    for (place, patterns) in [("--job", &request.only_jobs), ("--skip", &request.skip_jobs)] {
        let is_there =
            |pattern: &str| all.iter().filter_map(|job| job.written_name.as_deref()).any(|name| matches(pattern, name));
        for pattern in patterns.iter().filter(|pattern| !is_there(pattern)) {
            let fault = Fault::at(option(place), Problem::NoSuchJob(pattern.clone()));
            faults.push(fault.hint(names.hint(pattern)));
        }
    }
    let known: BTreeSet<String> = all.iter().flat_map(Candidate::tags).collect();
    for (place, tags) in [("--tag", &request.tags), ("--skip-tag", &request.skip_tags)] {
        for tag in tags.iter().filter(|tag| !known.contains(tag.as_str())) {
            faults.push(Fault::at(option(place), Problem::NoSuchTag(tag.clone())).hint(hint(tag, &known)));
        }
    }
}

fn hint(tag: &str, known: &BTreeSet<String>) -> Option<String> {
    let listed: Vec<String> = known.iter().map(|tag| format!("`{tag}`")).collect();
    let all = || format!("known tags: {}", listed.join(", "));
    nearest::hint(tag, known.iter().map(String::as_str)).or_else(|| (!listed.is_empty()).then(all))
}
