//! From files, variables and options to checked jobs.

use std::collections::BTreeSet;

use super::arguments::{Arguments, Misplaced};
use super::checked::Check;
use super::choice::{self, Candidate};
use super::configuration::{Configuration, ConfiguredJob, Warning};
use super::elements::JobName;
use super::environment::Environment;
use super::fault::{Fault, Faults, Problem};
use super::file::{self, FileJob, JobFile, Text};
use super::layer::{Layer, Level};
use super::origin::Origin;
use super::overrides::{JobNames, Overrides};
use super::read_only::ReadOnly;
use super::request::Request;
use super::script;
use super::service_links;
use super::stack::Stack;

/// The built-in defaults, the weakest layer, written like a job file.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// The name of the only job if there are no files.
pub const SCRIPT_JOB: &str = "default";

/// The source of the script, if its variables do not name another one. Job files have to name theirs.
const SCRIPT_SOURCE: &str = "localhost";

/// Reads, merges and checks everything.
///
/// # Errors
///
/// All faults: of every file, variable and option, and of the chosen jobs.
pub fn load(request: &Request) -> Result<Configuration, Faults> {
    let mut faults = Faults::default();
    let mut warnings = Vec::new();
    let mut built_in = file::read(&Text::built_in(DEFAULTS), Level::BuiltIn, &mut faults).defaults;
    let (files, complete) = read_files(request, &mut faults);
    let has_files = !request.files.is_empty();
    let jobs = if has_files { jobs_of(files) } else { vec![script_job()] };
    let names = JobNames { names: names_of(&jobs, &mut faults), complete, files: request.files.clone() };

    let environment = Environment::new(&request.environment);
    let script = script_layer(request, &environment, &mut faults, &mut warnings);
    if script.is_some() {
        built_in.put("source.host", SCRIPT_SOURCE, Origin::Default);
    }
    let overrides = Overrides::read(&environment, &request.sets, &names, &mut faults);

    let merge = |(defaults, job): (Option<Layer>, FileJob)| {
        let of_file = [Some(built_in.clone()), defaults, Some(job.layer), script.clone()];
        let layers = of_file.into_iter().flatten().chain(overrides.of_job(job.name.as_deref())).collect();
        Candidate { written_name: job.written_name, origin: job.origin, stack: Stack::new(layers) }
    };
    let candidates = choice::chosen(jobs.into_iter().map(merge).collect(), request, &names, &mut faults);
    let configured = check(candidates, request, &mut faults, &mut warnings);
    if faults.is_empty() {
        let service_links = service_links::names(&environment);
        Ok(Configuration { files: request.files.clone(), jobs: configured, warnings, service_links })
    } else {
        Err(faults)
    }
}

fn check(
    candidates: Vec<Candidate>,
    request: &Request,
    faults: &mut Faults,
    warnings: &mut Vec<Warning>,
) -> Vec<ConfiguredJob> {
    let (secrets, has_files) = (request.secrets, !request.files.is_empty());
    let mut check = Check { secrets, has_files, faults, warnings, read_only: ReadOnly::default() };
    let mut configured: Vec<ConfiguredJob> = Vec::new();
    for Candidate { written_name, origin, stack } in candidates {
        configured.extend(check.job(written_name.as_deref(), origin, &stack));
    }
    let Check { faults, read_only, .. } = check;
    read_only.check(&configured, faults);
    configured
}

/// Reads each file; also returns whether all of them are valid TOML.
fn read_files(request: &Request, faults: &mut Faults) -> (Vec<JobFile>, bool) {
    let arguments = Arguments::new(&request.files, &request.sets);
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    for path in &request.files {
        if let Some(misplaced) = arguments.misplaced(path) {
            if let Misplaced::Fault(fault) = misplaced {
                faults.push(*fault);
            }
            continue;
        }
        let place = Origin::file(&path.as_path().into());
        if !seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
            faults.push(Fault::at(place, Problem::GivenTwice));
            continue;
        }
        match Text::read(path) {
            Ok(text) => files.push(file::read(&text, Level::FileDefaults, faults)),
            Err(fault) => faults.push(*fault),
        }
    }
    let complete = seen.len() == files.len() && files.iter().all(|file| file.understood);
    (files, complete)
}

/// Each job with the defaults of its file.
fn jobs_of(files: Vec<JobFile>) -> Vec<(Option<Layer>, FileJob)> {
    files
        .into_iter()
        .flat_map(|file| {
            let defaults = file.defaults;
            file.jobs.into_iter().map(move |job| (Some(defaults.clone()), job))
        })
        .collect()
}

/// The job that consists of the script's variables.
fn script_job() -> (Option<Layer>, FileJob) {
    let mut layer = Layer::new(Level::Job);
    layer.put("name", SCRIPT_JOB, Origin::Default);
    let name = Some(SCRIPT_JOB.to_owned());
    (None, FileJob { written_name: name.clone(), name, origin: Origin::Default, layer })
}

/// All names. Reports names that are used twice, or that are the same in variables.
fn names_of(jobs: &[(Option<Layer>, FileJob)], faults: &mut Faults) -> Vec<JobName> {
    let mut seen: Vec<(JobName, &Origin)> = Vec::new();
    for (_, job) in jobs {
        let Some(name) = job.name.clone().map(JobName) else { continue };
        let place = job.layer.place_of("name").unwrap_or(&job.origin);
        let form = name.in_variables();
        let problem = match seen.iter().find(|(other, _)| other.in_variables() == form) {
            None => None,
            Some((other, at)) if *other == name => {
                Some(Problem::NameTaken { name: name.0.clone(), other: Origin::clone(at) })
            }
            Some((other, at)) => {
                let (name, other_name) = (name.0.clone(), other.0.clone());
                Some(Problem::NamesMeet { name, other_name, other: Origin::clone(at), form })
            }
        };
        seen.push((name, place));
        if let Some(problem) = problem {
            faults.push(Fault::at(place.clone(), problem));
        }
    }
    seen.into_iter().map(|(name, _)| name).collect()
}

/// The layer of the script's variables, if they count. If they are set but do not count, there is a warning.
fn script_layer(
    request: &Request,
    environment: &Environment,
    faults: &mut Faults,
    warnings: &mut Vec<Warning>,
) -> Option<Layer> {
    if request.files.is_empty() || request.script_variables {
        return Some(script::read(environment, faults));
    }
    let ignored = script::set_variables(environment);
    if !ignored.is_empty() {
        warnings.push(Warning::ScriptVariablesIgnored(ignored));
    }
    None
}
