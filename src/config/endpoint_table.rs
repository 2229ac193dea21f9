//! The values of one named endpoint in one layer: a table `[endpoint.NAME]`, or variables.

use std::collections::BTreeMap;

use super::endpoint_keys::SIDES;
use super::endpoints;
use super::fault::{Fault, Faults, Problem};
use super::keys;
use super::layer::{Layer, Level};
use crate::error::Side;

/// Named endpoints, by name.
pub(super) type Endpoints = BTreeMap<String, EndpointTable>;

/// What the endpoint is as a source, and as a destination. The values are read once for each, because a source may have
/// other values than a destination, such as a list of databases.
#[derive(Clone)]
pub(super) struct EndpointTable {
    source: OneSide,
    destination: OneSide,
}

#[derive(Clone)]
pub(super) struct OneSide {
    layer: Layer,
    /// They only matter if the endpoint is used on this side.
    pub faults: Faults,
}

impl OneSide {
    /// The layer at the level of the keys that are given with the name of the endpoint.
    pub fn at(&self, level: Level) -> Layer {
        let mut layer = self.layer.clone();
        layer.level = level;
        layer
    }
}

impl EndpointTable {
    /// Reads the values for each side. What is wrong on both sides is reported at once.
    pub fn read(name: &str, layer: &Layer, faults: &mut Faults, read: impl Fn(Side, &mut Layer, &mut Faults)) -> Self {
        let [source, destination] = SIDES.map(|side| one_side(side, name, layer.clone(), &read));
        let (mut source, mut destination) = (source, destination);
        let places: Vec<_> = destination.faults.iter().map(|fault| fault.place.clone()).collect();
        let common = source.faults.remove(|fault| places.contains(&fault.place));
        destination.faults.remove(|fault| common.iter().any(|other| other.place == fault.place));
        faults.append_sorted(common);
        Self { source, destination }
    }

    pub fn of(&self, side: Side) -> &OneSide {
        match side {
            Side::Source => &self.source,
            Side::Destination => &self.destination,
        }
    }
}

fn one_side(side: Side, name: &str, mut layer: Layer, read: impl Fn(Side, &mut Layer, &mut Faults)) -> OneSide {
    let mut read_faults = Faults::default();
    read(side, &mut layer, &mut read_faults);
    if let Some(place) = layer.forget(keys::of(side, "endpoint").path) {
        let problem = Problem::Misplaced { key: "endpoint".to_owned(), place: "in a named endpoint" };
        read_faults.push(Fault::at(place, problem));
    }
    endpoints::settle(&mut layer, None, &mut read_faults);
    let mut faults = Faults::default();
    for fault in read_faults.iter().filter(|fault| !is_of_sources(side, fault)) {
        faults.push(fault.clone().of_endpoint(side, name));
    }
    OneSide { layer, faults }
}

/// Whether a key is unknown only because it is one of sources. It has no effect at a destination.
fn is_of_sources(side: Side, fault: &Fault) -> bool {
    let Problem::UnknownKey(path) = &fault.problem else { return false };
    let name = path.strip_prefix("destination.").filter(|_| side == Side::Destination);
    name.is_some_and(|name| keys::find(&format!("{}.{name}", Side::Source)).is_some())
}
