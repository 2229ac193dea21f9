//! Values that come from no file: `RKM_…` variables and `--set`.

use std::collections::BTreeMap;

use super::elements::JobName;
use super::endpoints;
use super::environment::Environment;
use super::fault::{Fault, Faults, Problem};
use super::keys::{self, ConfigKey, KEYS};
use super::layer::{Layer, Level};
use super::origin::Origin;
use super::request::PROFILE_VARIABLE;
use super::siblings::Siblings;
use super::{endpoint_variables, hints, mask, nearest, plain, service_links};

/// A hint does not list more names of jobs than this.
const LISTED_NAMES: usize = 8;

/// The layers of variables and `--set`.
pub(super) struct Overrides {
    every_job: Vec<Layer>,
    /// By name.
    one_job: BTreeMap<String, Vec<Layer>>,
}

/// The names of jobs that overrides can use.
pub(super) struct JobNames<'a> {
    /// Valid names. Duplicates have been reported.
    pub names: Vec<JobName>,
    /// Whether these are all. If not, an unknown name is no fault.
    pub complete: bool,
    pub siblings: &'a Siblings<'a>,
}

impl JobNames<'_> {
    fn in_variables(&self, form: &str) -> Option<&str> {
        self.names.iter().find(|name| name.in_variables() == form).map(|name| name.0.as_str())
    }

    pub fn find(&self, name: &str) -> Option<&str> {
        self.names.iter().find(|known| known.0 == name).map(|known| known.0.as_str())
    }

    /// All of them.
    pub fn all(&self) -> Option<String> {
        let listed: Vec<String> = self.names.iter().map(|name| format!("`{}`", name.0)).collect();
        (!listed.is_empty()).then(|| format!("known names: {}", listed.join(", ")))
    }

    pub fn hint(&self, name: &str) -> Option<String> {
        name_hint(name, &self.names.iter().map(|known| known.0.clone()).collect::<Vec<_>>())
    }
}

impl Overrides {
    pub fn read(environment: &Environment, sets: &[String], names: &JobNames<'_>, faults: &mut Faults) -> Self {
        let mut all = Layers::default();
        let links = service_links::names(environment);
        let is_override = |name: &&str| !is_setting(name);
        for variable in
            environment.names_with("RKM_").filter(is_override).filter(|name| !links.iter().any(|link| link == name))
        {
            all.read_variable(variable, environment, names, faults);
        }
        for set in sets {
            all.read_set(set, names, faults);
        }
        let mut overrides = Self { every_job: Vec::new(), one_job: BTreeMap::new() };
        for ((level, name), mut layer) in all.0 {
            endpoints::settle(&mut layer, name.as_deref(), faults);
            match name {
                None => overrides.every_job.push(layer),
                Some(name) => overrides.one_job.entry(name).or_default().push(layer),
            }
            debug_assert!(level > Level::Job, "overrides are stronger than files");
        }
        overrides
    }

    /// The layers for a job, weakest first. A job without a valid name has only those for every job.
    pub fn of_job(&self, name: Option<&str>) -> Vec<Layer> {
        let of_this_one = name.and_then(|name| self.one_job.get(name)).into_iter().flatten();
        let mut layers: Vec<Layer> = self.every_job.iter().chain(of_this_one).cloned().collect();
        layers.sort_by_key(|layer| layer.level);
        layers
    }
}

/// The key that an override sets, and where.
struct OverrideTarget<'a> {
    level: Level,
    /// The job, if it is for one job only.
    job: Option<&'a str>,
    /// The key: a path, or its form in variables.
    key: &'a str,
}

/// One layer for each level, and for each job where the level is for one.
#[derive(Default)]
struct Layers(BTreeMap<(Level, Option<String>), Layer>);

impl Layers {
    fn put(
        &mut self,
        target: &OverrideTarget<'_>,
        key: &'static ConfigKey,
        text: &str,
        origin: Origin,
        faults: &mut Faults,
    ) {
        if !key.is_overridable() {
            let place = "here: the name of a job is only set in its file";
            return faults.push(Fault::at(origin, Problem::Misplaced { key: key.path.to_owned(), place }));
        }
        let OverrideTarget { level, job, .. } = *target;
        let layer = self.0.entry((level, job.map(str::to_owned))).or_insert_with(|| Layer::new(level));
        layer.read(key, &plain::read(key, text), origin, job, faults);
    }

    fn read_variable(&mut self, variable: &str, environment: &Environment, names: &JobNames<'_>, faults: &mut Faults) {
        let origin = Origin::Variable(variable.to_owned());
        let Some(target) = target_of_variable(variable, &origin, names, faults) else { return };
        match KEYS.iter().find(|key| key.in_variables() == target.key) {
            Some(key) => {
                if let Some(text) = environment.get(variable, faults) {
                    self.put(&target, key, &text, origin, faults);
                }
            }
            None => faults.push(unknown_variable(variable, target.key, names, origin)),
        }
    }

    fn read_set(&mut self, set: &str, names: &JobNames<'_>, faults: &mut Faults) {
        let Some((path, text)) = set.split_once('=') else { return faults.push(without_value(set)) };
        // A text that does not look like a key may be a URL without its key, with a secret in it.
        let plain_path =
            !path.is_empty() && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        let path = if plain_path { path } else { mask::LEFT_OUT };
        let origin = Origin::Option(format!("--set {path}"));
        let Some(target) = target_of_set(path, &origin, names, faults) else { return };
        if let Some(key) = keys::find(target.key) {
            self.put(&target, key, text, origin, faults);
        } else {
            let hint = match names.find(target.key.split('.').next().unwrap_or_default()) {
                _ if !plain_path || target.key.is_empty() => WRITE_SET.to_owned(),
                Some(_) if target.job.is_none() => format!("for one job, write `--set job.{path}=…`"),
                _ if keys::is_table(target.key) => hints::key_of_table(target.key),
                _ => hints::unknown_key(target.key.strip_prefix("RKM_").unwrap_or(target.key)),
            };
            let shown = if target.key.is_empty() { path } else { target.key };
            faults.push(Fault::at(origin, Problem::UnknownKey(shown.to_owned())).hint(hint));
        }
    }
}

/// Whether a variable is no value of a key of a job. `RKM_SHARD_COUNT` and `RKM_HOOK_…` are for scripts around a run.
fn is_setting(name: &str) -> bool {
    name == PROFILE_VARIABLE
        || name.starts_with(endpoint_variables::PREFIX)
        || name == "RKM_SHARD_COUNT"
        || name.starts_with("RKM_HOOK_")
}

/// `RKM_<KEY>` or `RKM_JOB__<NAME>__<KEY>`; `None` if there is no such job.
fn target_of_variable<'a>(
    variable: &'a str,
    origin: &Origin,
    names: &'a JobNames<'_>,
    faults: &mut Faults,
) -> Option<OverrideTarget<'a>> {
    let Some(rest) = variable.strip_prefix("RKM_JOB__") else {
        let key = variable.strip_prefix("RKM_").unwrap_or(variable);
        return Some(OverrideTarget { level: Level::Variables, job: None, key });
    };
    let (form, key) = rest.split_once("__").unwrap_or((rest, ""));
    let job = names.in_variables(form);
    if job.is_none() && names.complete && !names.siblings.have_job(form) {
        faults.push(no_such_job_in_variables(form, origin.clone(), names));
    }
    Some(OverrideTarget { level: Level::JobVariables, job: Some(job?), key })
}

/// `KEY` or `job.NAME.KEY`; `None` if there is no such job.
fn target_of_set<'a>(
    path: &'a str,
    origin: &Origin,
    names: &'a JobNames<'_>,
    faults: &mut Faults,
) -> Option<OverrideTarget<'a>> {
    let Some(rest) = path.strip_prefix("job.") else {
        return Some(OverrideTarget { level: Level::Sets, job: None, key: path });
    };
    let (name, key) = rest.split_once('.').unwrap_or((rest, ""));
    let job = names.find(name);
    if job.is_none() && names.complete {
        let fault = Fault::at(origin.clone(), Problem::NoSuchJob(name.to_owned()));
        faults.push(fault.hint(names.hint(name)));
    }
    Some(OverrideTarget { level: Level::JobSets, job: Some(job?), key })
}

const WRITE_SET: &str = "write `--set KEY=VALUE` or `--set job.NAME.KEY=VALUE`";

/// Shows only a known key: the text may be a secret whose key is missing.
fn without_value(set: &str) -> Fault {
    let key = set.strip_prefix("job.").and_then(|rest| Some(rest.split_once('.')?.1)).unwrap_or(set);
    let shown = if keys::find(key).is_some() { set } else { mask::LEFT_OUT };
    let form = if keys::find(key).is_some() { set } else { "KEY" };
    Fault::at(Origin::Option(format!("--set {shown}")), Problem::NoValue(form.to_owned()))
}

fn no_such_job_in_variables(form: &str, origin: Origin, names: &JobNames<'_>) -> Fault {
    let forms: Vec<String> = names.names.iter().map(JobName::in_variables).collect();
    Fault::at(origin, Problem::NoSuchJobInVariables(form.to_owned())).hint(name_hint(form, &forms))
}

/// The nearest name, or else all if there are few.
fn name_hint(name: &str, known: &[String]) -> Option<String> {
    let listed = || known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let all = || (1..=LISTED_NAMES).contains(&known.len()).then(|| format!("known names: {}", listed()));
    nearest::hint(name, known.iter().map(String::as_str)).or_else(all)
}

fn unknown_variable(variable: &str, key: &str, names: &JobNames<'_>, origin: Origin) -> Fault {
    let for_one_job = variable.strip_prefix("RKM_JOB_").filter(|rest| !rest.starts_with('_'));
    let hint = match for_one_job {
        Some(rest) => with_two_underscores(rest, names).unwrap_or_else(|| FORMS.to_owned()),
        None if key.is_empty() || key == "JOB" => FORMS.to_owned(),
        None => hints::unknown_variable(variable.strip_suffix(key).unwrap_or("RKM_"), key),
    };
    Fault::at(origin, Problem::UnknownVariable).hint(hint)
}

const FORMS: &str = "write `RKM_<KEY>` or `RKM_JOB__<NAME>__<KEY>`, with two underscores between the parts";

/// The variable for one job that was written with single underscores, such as `RKM_JOB_A_SLEEP`.
fn with_two_underscores(rest: &str, names: &JobNames<'_>) -> Option<String> {
    let single = |text: &str| text.replace("__", "_");
    names.names.iter().map(JobName::in_variables).find_map(|form| {
        let key = rest.strip_prefix(&form)?.trim_start_matches('_');
        let key = KEYS.iter().find(|known| single(&known.in_variables()) == single(key))?;
        Some(format!("did you mean `RKM_JOB__{form}__{}`?", key.in_variables()))
    })
}
