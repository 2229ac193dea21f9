//! Variables that override a named endpoint: `RKM_ENDPOINT__<NAME>__<KEY>`.

use std::collections::{BTreeMap, BTreeSet};

use super::elements::JobName;
use super::endpoint_table::{EndpointTable, Endpoints};
use super::environment::Environment;
use super::fault::{Fault, Faults, Problem};
use super::hints;
use super::keys::{self, ConfigKey};
use super::layer::{Layer, Level};
use super::nearest;
use super::origin::Origin;
use super::plain;
use super::siblings::Siblings;
use crate::error::Side;

pub(super) const PREFIX: &str = "RKM_ENDPOINT__";

/// The names of endpoints that variables can use: those of every profile, because a variable is set for any of them.
pub(super) struct EndpointNames<'a> {
    pub names: BTreeSet<&'a str>,
    /// Whether these are all. If not, an unknown name is no fault.
    pub complete: bool,
    pub siblings: &'a Siblings<'a>,
}

impl EndpointNames<'_> {
    /// Every name that is written like this in variables.
    fn written(&self, form: &str) -> impl Iterator<Item = &str> {
        self.names.iter().copied().filter(move |name| JobName((*name).to_owned()).in_variables() == form)
    }

    fn unknown(&self, form: &str, variable: &str) -> Option<Fault> {
        let is_unknown = self.complete && !self.siblings.have_endpoint(form);
        is_unknown.then(|| {
            let forms: Vec<String> = self.names.iter().map(|name| JobName((*name).to_owned()).in_variables()).collect();
            let problem = Problem::NoSuchEndpointInVariables(form.to_owned());
            let hint = nearest::hint(form, forms.iter().map(String::as_str));
            Fault::at(Origin::Variable(variable.to_owned()), problem).hint(hint)
        })
    }
}

/// Reads the variables of each endpoint.
pub(super) fn read(environment: &Environment, names: &EndpointNames<'_>, faults: &mut Faults) -> Endpoints {
    let mut of_endpoint: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for variable in environment.names_with(PREFIX) {
        let form = parts(variable).0;
        names.written(form).for_each(|name| of_endpoint.entry(name).or_default().push(variable));
        if names.written(form).next().is_none() {
            names.unknown(form, variable).into_iter().for_each(|fault| faults.push(fault));
        }
    }
    let table = |name: &str, variables: &[&str], faults: &mut Faults| {
        EndpointTable::read(name, &Layer::new(Level::Variables), faults, |side, layer, faults| {
            for variable in variables {
                one(variable, side, environment, layer, faults);
            }
        })
    };
    of_endpoint.into_iter().map(|(name, variables)| (name.to_owned(), table(name, &variables, faults))).collect()
}

/// The endpoint and the key of a variable, both in their form in variables.
fn parts(variable: &str) -> (&str, &str) {
    let rest = variable.strip_prefix(PREFIX).unwrap_or(variable);
    rest.split_once("__").unwrap_or((rest, ""))
}

fn one(variable: &str, side: Side, environment: &Environment, layer: &mut Layer, faults: &mut Faults) {
    let origin = Origin::Variable(variable.to_owned());
    let Some(key) = key_of(variable, side) else {
        if key_of(variable, Side::Source).is_none() {
            let name = format!("{}__{}", side.to_string().to_uppercase(), parts(variable).1);
            faults.push(Fault::at(origin, Problem::UnknownVariable).hint(hints::unknown_variable("RKM_", &name)));
        }
        return;
    };
    if let Some(text) = environment.get(variable, faults) {
        layer.read(key, &plain::read(key, &text), origin, None, faults);
    }
}

fn key_of(variable: &str, side: Side) -> Option<&'static ConfigKey> {
    let form = format!("{}__{}", side.to_string().to_uppercase(), parts(variable).1);
    keys::of_side(side).find(|key| key.in_variables() == form)
}
