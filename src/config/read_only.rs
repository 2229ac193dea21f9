//! Endpoints that must never be written to.

use super::configuration::ConfiguredJob;
use super::fault::{Fault, Faults, Problem};
use super::keys;
use super::layer::{Layer, Level};
use super::location::location;
use super::named_endpoints::NamedEndpoints;
use super::origin::Origin;
use super::stack::Stack;
use crate::error::Side;
use crate::job::{HostPort, Location};

/// The servers that are read-only: the sources of all jobs, and the named endpoints, even if no job uses them.
pub(super) struct ReadOnly(Vec<Protected>);

struct Protected {
    location: Location,
    /// The key that protects it, and its place.
    key: String,
    origin: Origin,
}

/// The fault of a destination that is read-only. Every layer counts: an override, or a job, cannot unset the flag.
pub(super) fn destination(stack: &Stack) -> Option<Fault> {
    let key = keys::of(Side::Destination, "read_only").path;
    let origin = stack.set_anywhere(key)?;
    let reason = "is true, so this endpoint is never a destination".to_owned();
    let hint = "no stronger layer can unset it: name another destination, or remove the key here";
    Some(Fault::at(origin, Problem::Refused { key: key.to_owned(), reason }).hint(hint.to_owned()))
}

impl ReadOnly {
    pub fn of_endpoints<'a>(all: impl Iterator<Item = &'a NamedEndpoints>, built_in: &Layer) -> Self {
        let mut protected: Vec<Protected> = Vec::new();
        for endpoints in all {
            for name in endpoints.names() {
                let one = named(name, endpoints, built_in);
                let is_known = |new: &Protected| protected.iter().any(|old| old.origin == new.origin);
                protected.extend(one.filter(|new| !is_known(new)));
            }
        }
        Self(protected)
    }

    /// Remembers the source of a job, if it is read-only.
    pub fn add(&mut self, job: &ConfiguredJob, stack: &Stack) {
        let origin = stack.set_anywhere(keys::of(Side::Source, "read_only").path);
        if let (Some(origin), Some(server)) = (origin, job.job.source.server()) {
            let key = keys::of(Side::Source, "read_only").path.to_owned();
            self.0.push(Protected { location: server.location.clone(), key, origin });
        }
    }

    /// Reports each job whose destination is the read-only source of a job, whatever the database.
    pub fn check(&self, jobs: &[ConfiguredJob], faults: &mut Faults) {
        for job in jobs {
            let is_destination = |known: &&Protected| is_same(&known.location, &job.job.destination.location);
            let Some(Protected { location, key, origin }) = self.0.iter().find(is_destination) else { continue };
            let key = key.clone();
            let reason = format!("is true for `{location}`, so it is never a destination");
            let hint = "no stronger layer can unset it: name another destination, or remove the key here";
            let fault = Fault::at(origin.clone(), Problem::Refused { key, reason }).in_job(Some(&job.job.name));
            faults.push(fault.hint(hint.to_owned()));
        }
    }
}

/// A named endpoint, if it is read-only and a server.
fn named(name: &str, endpoints: &NamedEndpoints, built_in: &Layer) -> Option<Protected> {
    let mut user = Layer::new(Level::Job);
    user.put(keys::of(Side::Source, "endpoint").path, name, Origin::Default);
    let mut layers = vec![built_in.clone(), user];
    endpoints.insert_into(&mut layers, None, &mut Faults::default());
    let stack = Stack::new(layers);
    let origin = stack.set_anywhere(keys::of(Side::Source, "read_only").path)?;
    stack.place(Side::Source).filter(|_| !stack.is_file(Side::Source))?;
    let location = location(&stack, Side::Source, None, None).ok()?;
    Some(Protected { location, key: format!("endpoint.{name}.read_only"), origin })
}

/// Whether two locations are written as one server. Names and addresses of one server are compared when it is connected.
fn is_same(one: &Location, other: &Location) -> bool {
    match (one, other) {
        (Location::Sentinel(one), Location::Sentinel(other)) => {
            one.service == other.service && one.sentinel.iter().any(|sentinel| other.sentinel.contains(sentinel))
        }
        (one, other) => one == other || nodes(one).iter().any(|node| nodes(other).contains(node)),
    }
}

/// The addresses of a server or of nodes of a cluster.
fn nodes(location: &Location) -> Vec<HostPort> {
    let lower = |host: &str, port| HostPort { host: host.to_ascii_lowercase(), port };
    match location {
        Location::Tcp { host, port } => vec![lower(host, *port)],
        Location::Cluster(seeds) => seeds.cluster.iter().map(|node| lower(&node.host, node.port)).collect(),
        Location::Socket { .. } | Location::Sentinel(_) => Vec::new(),
    }
}
