//! From files, variables and options to checked jobs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use super::arguments::{Arguments, Misplaced};
use super::checked::Check;
use super::checkpoints;
use super::choice::{self, Candidate};
use super::command_line;
use super::configuration::{Configuration, ConfiguredJob, Warning};
use super::elements::JobName;
use super::endpoint_table::Endpoints;
use super::endpoint_variables::{self, EndpointNames};
use super::environment::Environment;
use super::fault::{Fault, Faults, Problem};
use super::file::{self, FileJob, FileKind, JobFile, Tables, Text};
use super::layer::{Layer, Level};
use super::named_endpoints::NamedEndpoints;
use super::origin::Origin;
use super::overrides::{JobNames, Overrides};
use super::project::{Project, is_project_file};
use super::read_only::ReadOnly;
use super::request::Request;
use super::script;
use super::service_links;
use super::siblings::Siblings;
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
    let mut built_in = file::read(&Text::built_in(DEFAULTS), FileKind::BuiltIn, &mut faults).tables.defaults;
    let environment = Environment::new(&request.environment);
    let project = Project::read(request, &environment, &mut faults);
    let (files, complete) = read_files(request, &mut faults);
    project.check_profile(&files, complete, &mut faults);
    let files = match &request.job {
        Some(job) => vec![file_of(command_line::NAME, command_line::layer(job, &mut faults))],
        None if request.files.is_empty() => vec![script_file()],
        None => files,
    };
    let siblings = Siblings::new(&request.files, request.project.as_deref());
    let variables = endpoint_variables(&siblings, &environment, &project, &files, complete, &mut faults);
    let jobs = jobs_of(files, &project, &variables);
    let names = JobNames { names: names_of(&jobs, &mut faults), complete, siblings: &siblings };

    let read_only = read_only(&jobs, &built_in);
    let script = script_layer(request, &environment, &mut faults, &mut warnings);
    if script.is_some() {
        built_in.put("source.host", SCRIPT_SOURCE, Origin::Default);
    }
    let overrides = Overrides::read(&environment, &request.sets, &names, &mut faults);
    let merge = |job: JobInFile| job.merged(&built_in, script.as_ref(), &overrides);
    let candidates = choice::chosen(jobs.into_iter().map(merge).collect(), request, &names, &mut faults);
    let configured = check(candidates, request, read_only, &mut faults, &mut warnings);
    if faults.is_empty() {
        let service_links = service_links::names(&environment);
        let (project, files) = (request.project.clone(), job_files(request).cloned().collect());
        let names = names.names.into_iter().map(|name| name.0).collect();
        Ok(Configuration { project, files, names, jobs: configured, warnings, service_links })
    } else {
        Err(faults)
    }
}

/// A job, and what stands below it in its file and its project.
struct JobInFile {
    below: Rc<Below>,
    job: FileJob,
}

struct Below {
    /// Weakest first.
    defaults: Vec<Layer>,
    endpoints: NamedEndpoints,
}

impl JobInFile {
    fn merged(self, built_in: &Layer, script: Option<&Layer>, overrides: &Overrides) -> Candidate {
        let FileJob { name, written_name, origin, layer } = self.job;
        let mut layers = vec![built_in.clone()];
        layers.extend(self.below.defaults.iter().cloned().chain([layer]).chain(script.cloned()));
        layers.extend(overrides.of_job(name.as_deref()));
        let mut faults = Faults::default();
        self.below.endpoints.insert_into(&mut layers, written_name.as_deref(), &mut faults);
        Candidate { written_name, origin, stack: Stack::new(layers), faults }
    }
}

/// The jobs of a file share their endpoints, which are examined once.
fn read_only(jobs: &[JobInFile], built_in: &Layer) -> ReadOnly {
    let mut of_files: Vec<&Rc<Below>> = jobs.iter().map(|job| &job.below).collect();
    of_files.dedup_by(|one, other| Rc::ptr_eq(one, other));
    ReadOnly::of_endpoints(of_files.into_iter().map(|below| &below.endpoints), built_in)
}

fn endpoint_variables(
    siblings: &Siblings<'_>,
    environment: &Environment,
    project: &Project,
    files: &[JobFile],
    complete: bool,
    faults: &mut Faults,
) -> Endpoints {
    let names =
        EndpointNames { names: project.endpoint_names(files), complete: complete && project.is_understood(), siblings };
    endpoint_variables::read(environment, &names, faults)
}

fn check(
    candidates: Vec<Candidate>,
    request: &Request,
    read_only: ReadOnly,
    faults: &mut Faults,
    warnings: &mut Vec<Warning>,
) -> Vec<ConfiguredJob> {
    let (secrets, has_files) = (request.secrets, !request.files.is_empty());
    let mut check = Check { secrets, has_files, faults, warnings, read_only };
    let mut configured: Vec<ConfiguredJob> = Vec::new();
    for Candidate { written_name, origin, stack, faults } in candidates {
        check.faults.append(&faults);
        if request.job.is_some() {
            command_line::check(&stack, check.faults);
        }
        configured.extend(check.job(written_name.as_deref(), origin, &stack));
    }
    let Check { faults, read_only, .. } = check;
    read_only.check(&configured, faults);
    checkpoints::check(&configured, faults);
    configured
}

/// The names of all profiles in the requested files. A file that cannot be read has none.
#[must_use]
pub fn profile_names(request: &Request) -> Vec<String> {
    let mut ignored = Faults::default();
    let project = Project::read(request, &Environment::new(&[]), &mut ignored);
    let (files, _) = read_files(request, &mut ignored);
    project.known(&files)
}

/// Reads each file; also returns whether all of them are valid TOML.
fn read_files(request: &Request, faults: &mut Faults) -> (Vec<JobFile>, bool) {
    let arguments = Arguments::new(&request.files, &request.sets);
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    if job_files(request).next().is_none()
        && let Some(project) = request.files.first()
    {
        let hint = "give the job files, too".to_owned();
        faults.push(Fault::at(Origin::file(&project.as_path().into()), Problem::OnlyProject).hint(hint));
    }
    for path in job_files(request) {
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
        match request.texts.read(path) {
            Ok(text) => files.push(file::read(&text, FileKind::Jobs, faults)),
            Err(fault) => faults.push(*fault),
        }
    }
    let complete = seen.len() == files.len() && files.iter().all(|file| file.understood);
    (files, complete)
}

/// The given files without the project file, which `run *.toml` gives, too.
fn job_files(request: &Request) -> impl Iterator<Item = &PathBuf> {
    request.files.iter().filter(|path| !is_project_file(path, request))
}

/// Each job with the tables of the project and of its file.
fn jobs_of(files: Vec<JobFile>, project: &Project, variables: &Endpoints) -> Vec<JobInFile> {
    let of_file = |file: JobFile| {
        let tables = project.tables(&file);
        let endpoints = tables.iter().map(|tables| tables.endpoints.clone()).chain([variables.clone()]).collect();
        let defaults = tables.iter().map(|tables| tables.defaults.clone()).collect();
        let below = Rc::new(Below { defaults, endpoints: NamedEndpoints(endpoints) });
        file.jobs.into_iter().map(move |job| JobInFile { below: Rc::clone(&below), job })
    };
    files.into_iter().flat_map(of_file).collect()
}

/// A file with the job that consists of the script's variables.
fn script_file() -> JobFile {
    let mut layer = Layer::new(Level::Job);
    layer.put("name", SCRIPT_JOB, Origin::Default);
    file_of(SCRIPT_JOB, layer)
}

/// A file with this job only.
fn file_of(name: &str, layer: Layer) -> JobFile {
    let name = Some(name.to_owned());
    let job = FileJob { written_name: name.clone(), name, origin: Origin::Default, layer };
    let tables = Tables::new(Level::FileDefaults, String::new());
    JobFile { tables, profiles: BTreeMap::new(), jobs: vec![job], understood: true }
}

/// All names. Reports names that are used twice, or that are the same in variables.
fn names_of(jobs: &[JobInFile], faults: &mut Faults) -> Vec<JobName> {
    let mut seen: Vec<(JobName, &Origin)> = Vec::new();
    for JobInFile { job, .. } in jobs {
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
    if request.job.is_some() {
        return None;
    }
    if request.files.is_empty() || request.script_variables {
        return Some(script::read(environment, faults));
    }
    let ignored = script::set_variables(environment);
    if !ignored.is_empty() {
        warnings.push(Warning::ScriptVariablesIgnored(ignored));
    }
    None
}
