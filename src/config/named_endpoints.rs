//! The named endpoints that a job can use.
//!
//! A key `source.endpoint` stands for the values of the endpoint with this name. They are layers directly below the one
//! that gives the name, so that keys beside the name, and those of stronger layers, count. Of weaker layers, only the
//! settings of connections count: address and login are those of another server.

use std::collections::BTreeSet;

use super::endpoint_keys::SIDES;
use super::endpoint_parts::Part;
use super::endpoint_table::Endpoints;
use super::fault::{Fault, Faults, Problem};
use super::keys;
use super::layer::{Layer, Level};
use super::nearest;
use crate::error::Side;

/// What weaker layers have for any server.
const FOR_ANY_SERVER: [Part; 2] = [Part::Connection, Part::Guard];

/// The named endpoints of a job file, in tables of rising strength.
#[derive(Clone)]
pub(super) struct NamedEndpoints(pub Vec<Endpoints>);

impl NamedEndpoints {
    /// Puts the values of the endpoints that are named below the layers that name them. The layers are sorted, weakest
    /// first. Reports names that no endpoint has.
    pub fn insert_into(&self, layers: &mut Vec<Layer>, job: Option<&str>, faults: &mut Faults) {
        for side in SIDES {
            self.insert_side(side, layers, job, faults);
        }
    }

    fn insert_side(&self, side: Side, layers: &mut Vec<Layer>, job: Option<&str>, faults: &mut Faults) {
        let key = keys::of(side, "endpoint").path;
        let Some(at) = layers.iter().rposition(|layer| layer.get(key).is_some()) else { return };
        let Some((value, origin)) = layers[at].take(key) else { return };
        layers[..at].iter_mut().filter(|layer| layer.level != Level::BuiltIn).for_each(|layer| forget(layer, side));
        let (level, name) = (layers[at].level, value.as_str().unwrap_or_default().to_owned());
        let mut named = Layer::of_table(level, layers[at].table.clone());
        named.put(key, value, origin.clone());
        let mut inserted = vec![named];
        for table in self.0.iter().filter_map(|table| table.get(&name)) {
            faults.append(&table.of(side).faults);
            inserted.push(table.of(side).at(level));
        }
        if inserted.len() == 1 {
            // Then the missing address is no fault of its own.
            inserted[0].mark_faulty(keys::of(side, "host").path, origin.clone());
            let fault = Fault::at(origin, Problem::NoSuchEndpoint(name.clone())).in_job(job);
            faults.push(fault.hint(self.hint(&name, side)));
        }
        layers.splice(at..at, inserted);
    }

    /// All names.
    pub fn names(&self) -> BTreeSet<&str> {
        self.0.iter().flat_map(|table| table.keys().map(String::as_str)).collect()
    }

    fn hint(&self, name: &str, side: Side) -> String {
        let known = self.names();
        let listed: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        let all = || match listed.as_slice() {
            [] => format!("an endpoint is a table such as `[endpoint.{name}]`; a host is given as `{side}.host`"),
            listed => format!("known endpoints: {}; a host is given as `{side}.host`", listed.join(", ")),
        };
        nearest::hint(name, known).unwrap_or_else(all)
    }
}

/// Removes what only counts for another server.
fn forget(layer: &mut Layer, side: Side) {
    for key in keys::of_side(side).filter(|key| !key.is_part(&FOR_ANY_SERVER)) {
        layer.forget(key.path);
    }
}
