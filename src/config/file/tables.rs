//! The tables that a file has for itself and for each profile: `[defaults]` and `[endpoint.NAME]`.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::Text;
use super::values::Reader;
use crate::config::elements::{Element, EndpointName, JobName};
use crate::config::endpoint_table::{EndpointTable, Endpoints};
use crate::config::endpoints;
use crate::config::fault::{Fault, Faults, Problem};
use crate::config::layer::{Layer, Level};

/// The tables of a file, or of one of its profiles.
#[derive(Clone)]
pub(in crate::config) struct Tables {
    pub defaults: Layer,
    pub endpoints: Endpoints,
    /// What is before their names, such as `profile.staging.`.
    above: String,
}

impl Tables {
    pub fn new(level: Level, above: String) -> Self {
        let defaults = Layer::of_table(level, format!("[{above}defaults]"));
        Self { defaults, endpoints: Endpoints::new(), above }
    }

    /// Reads a table if it is one of these.
    pub fn read(&mut self, name: &str, value: &DeValue<'_>, text: &Text, faults: &mut Faults) -> bool {
        match (name, value) {
            ("defaults", DeValue::Table(table)) => defaults(table, text, &mut self.defaults, faults),
            ("endpoint", DeValue::Table(tables)) => {
                for (name, value) in tables {
                    self.endpoint(name, value, text, faults);
                }
            }
            _ => return false,
        }
        true
    }

    fn endpoint(
        &mut self,
        name: &Spanned<DeString<'_>>,
        value: &Spanned<DeValue<'_>>,
        text: &Text,
        faults: &mut Faults,
    ) {
        let (place, name) = (text.line(name.span().start), name.get_ref().as_ref());
        let key = format!("{}endpoint.{name}", self.above);
        if EndpointName::from_text(name).is_err() {
            let reason = format!("is no name of an endpoint, which must be {}", JobName::EXPECTED);
            return faults.push(Fault::at(place, Problem::Refused { key, reason }));
        }
        let DeValue::Table(table) = value.get_ref() else {
            let hint = format!("an endpoint is a table, such as `[{}endpoint.NAME]`", self.above);
            let problem = Problem::Unfit { key, value: "not a table".to_owned(), expected: "a table".to_owned() };
            return faults.push(Fault::at(place, problem).hint(hint));
        };
        let layer = Layer::of_table(self.defaults.level, format!("[{key}]"));
        let table = EndpointTable::read(name, &layer, faults, |side, layer, faults| {
            Reader { text, job: None, layer, faults }.table(table, &format!("{side}."));
        });
        self.endpoints.insert(name.to_owned(), table);
    }
}

fn defaults(table: &DeTable<'_>, text: &Text, layer: &mut Layer, faults: &mut Faults) {
    Reader { text, job: None, layer, faults }.table(table, "");
    if let Some(origin) = layer.forget("name") {
        let problem =
            Problem::Misplaced { key: "name".to_owned(), place: "in `[defaults]`, because each job has its own" };
        faults.push(Fault::at(origin, problem));
    }
    endpoints::settle(layer, None, faults);
}
