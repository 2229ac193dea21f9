//! A table of defaults: `[defaults]`, or that of a profile.

use toml::de::DeTable;

use super::Text;
use super::values::Reader;
use crate::config::endpoints;
use crate::config::fault::{Fault, Faults, Problem};
use crate::config::layer::Layer;

pub(super) fn defaults(table: &DeTable<'_>, text: &Text, layer: &mut Layer, faults: &mut Faults) {
    Reader { text, job: None, layer, faults }.table(table, "");
    if let Some(origin) = layer.forget("name") {
        let problem =
            Problem::Misplaced { key: "name".to_owned(), place: "in `[defaults]`, because each job has its own" };
        faults.push(Fault::at(origin, problem));
    }
    endpoints::settle(layer, None, faults);
}
