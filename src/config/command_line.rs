//! The job of `migrate`, whose source and destination are arguments of the command line.

use figment::value::Value;

use super::endpoint_keys::SIDES;
use super::endpoint_parts::Part;
use super::endpoint_variables;
use super::endpoints;
use super::fault::{Fault, Faults, Problem};
use super::hints::Written;
use super::keys;
use super::layer::{Layer, Level};
use super::origin::Origin;
use super::stack::Stack;

/// A job without a file. Its layer is that of a `[[job]]`, so that variables and `--set` apply.
pub struct CommandLineJob {
    /// URLs or names of endpoints: source and destination.
    pub endpoints: [String; 2],
    /// The patterns of `match`; empty for all keys.
    pub matches: Vec<String>,
}

/// Its name.
pub(super) const NAME: &str = "migrate";

const ARGUMENTS: [&str; 2] = ["SOURCE", "DESTINATION"];

pub(super) fn layer(job: &CommandLineJob, faults: &mut Faults) -> Layer {
    let mut layer = Layer::new(Level::Job);
    layer.put("name", NAME, Origin::Default);
    for ((side, text), argument) in SIDES.into_iter().zip(&job.endpoints).zip(ARGUMENTS) {
        let key = keys::of(side, if text.contains("://") { "url" } else { "endpoint" });
        layer.read(key, &Written::text(text), Origin::Option(argument.to_owned()), None, faults);
    }
    if let Some(key) = keys::find("match").filter(|_| !job.matches.is_empty()) {
        let written = Written::new(Value::from(job.matches.clone()), format!("{:?}", job.matches));
        layer.read(key, &written, Origin::Option("--match".to_owned()), None, faults);
    }
    endpoints::settle(&mut layer, None, faults);
    layer
}

/// Reports variables that name another server: the command line decides where keys go.
pub(super) fn check(stack: &Stack, faults: &mut Faults) {
    for (side, argument) in SIDES.into_iter().zip(ARGUMENTS) {
        let places =
            keys::of_side(side).filter(|key| key.is_part(&Part::PLACES) || key.is_part(&[Part::Name, Part::Port]));
        for key in places {
            let Some((value, Origin::Variable(name))) = stack.value(key.path) else { continue };
            if name.starts_with(endpoint_variables::PREFIX) || value.to_bool() == Some(false) {
                continue;
            }
            let reason = format!("would replace `{argument}` of the command line");
            let hint = format!("unset the variable, or write `--set {}=…`", key.path);
            faults.push(
                Fault::at(Origin::Variable(name), Problem::Refused { key: key.path.to_owned(), reason }).hint(hint),
            );
        }
    }
}
